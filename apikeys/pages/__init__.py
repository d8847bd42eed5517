"""The pages about keys: accounts, portfolio, help and API documentation."""
