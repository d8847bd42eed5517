"""What: API keys, API access, and everything that creates, checks or shows them."""
