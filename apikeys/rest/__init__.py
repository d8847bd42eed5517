"""The REST APIs: canonical, merchant, and OAuth for access tokens."""
