"""The gateway's unit: it answers whether a request may pass to the API behind it."""
