"""Whether a credential passes now: secrets, access tokens and signed requests."""
