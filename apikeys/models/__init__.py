"""What: API access, keys, and their use."""

from apikeys.models.api_access import AccessState, ApiAccess
from apikeys.models.api_keys import ApiKey, ApiKeyQuerySet, KeyStatus
from apikeys.models.usage import KeyUsage

__all__ = ["AccessState", "ApiAccess", "ApiKey", "ApiKeyQuerySet", "KeyStatus", "KeyUsage"]
