"""What: API access, keys, and their use."""

from apikeys.models.access_requests import AccessRequest, Decision
from apikeys.models.api_access import AccessState, ApiAccess
from apikeys.models.api_keys import ApiKey, ApiKeyQuerySet, KeyStatus
from apikeys.models.idempotency import IdempotencyRecord
from apikeys.models.platform_keys import PlatformKey, PlatformKeyKind
from apikeys.models.summaries import SummarySweep, TenantSummary
from apikeys.models.usage import KeyUsage, KeyUseDay, UsedNonce

__all__ = [
    "AccessRequest",
    "AccessState",
    "ApiAccess",
    "ApiKey",
    "ApiKeyQuerySet",
    "Decision",
    "IdempotencyRecord",
    "KeyStatus",
    "KeyUsage",
    "KeyUseDay",
    "PlatformKey",
    "PlatformKeyKind",
    "SummarySweep",
    "TenantSummary",
    "UsedNonce",
]
