"""Refusals about keys, with the codes of the HTTP contract."""

from accounts.errors import PermissionRefused, Refused
from accounts.roles import PERMISSION_LABELS, Permission, Role
from apikeys.models import AccessState, ApiKey


class KeyLimitReached(Refused):
    """The tenant has as many active keys as it may."""

    code = "key_limit_reached"

    def __init__(self, *, limit: int, active: int) -> None:
        noun = "key" if limit == 1 else "keys"
        super().__init__(
            f"This account may have {limit} active {noun} and has {active}. Delete one first.",
            limit=limit,
            active=active,
        )


class AccessNotEnabled(Refused):
    """The tenant may not have new keys: API access is not enabled, or suspended."""

    code = "access_not_enabled"

    def __init__(self, state: AccessState) -> None:
        if state == AccessState.SUSPENDED:
            self.code = "access_suspended"
            message = (
                "API access of this account is suspended, so no key can be created. "
                "Ask your relationship manager."
            )
        else:
            message = "API access is not enabled for this account, so it cannot have keys yet."
        super().__init__(message, state=str(state))


class KeyRevoked(Refused):
    """A revoked key cannot be changed; it never comes back."""

    code = "key_revoked"

    def __init__(self) -> None:
        super().__init__("This key was deleted for good. Create a new key instead.")


class AlreadyCreated(Refused):
    """The same form was sent before and made `key`; its secret cannot be shown again."""

    code = "already_created"
    audited = False

    def __init__(self, key: ApiKey) -> None:
        super().__init__(
            "This form was sent before and created a key. Its secret cannot be shown again."
        )
        self.key = key


class ActorEnded(Refused):
    """The key that asks was revoked, expired or suspended while its request waited."""

    code = "unauthenticated"
    audited = False

    def __init__(self) -> None:
        super().__init__("The API key was not accepted.")


class TokenRefused(PermissionRefused):
    """An access token cannot do what its key's secret could."""

    def __init__(self, permission: Permission, role: Role | None) -> None:
        super().__init__(permission, role)
        label = PERMISSION_LABELS[permission]
        self.message = (
            f"An access token cannot {label[:1].lower()}{label[1:]}. Send the client secret itself."
        )


class AccessStateRefused(Refused):
    """API access is not in the state that the verb starts from."""

    code = "access_state"
    audited = False

    def __init__(self, state: AccessState) -> None:
        super().__init__(
            f"API access of this account is now: {str(state.label).lower()}. Look at it again.",
            state=str(state),
        )


class StoppedByOperator(Refused):
    """Only an operator starts again what an operator stopped; `whom` names those who can."""

    code = "stopped_by_operator"

    def __init__(self, whom: str) -> None:
        super().__init__(
            f"An operator suspended this account, so only an operator restores it. Ask {whom}."
        )


class ServerOnly(Refused):
    """Only a command on the server may do this: no person and no key."""

    code = "permission_denied"
    audited = False

    def __init__(self) -> None:
        super().__init__("Platform keys are made and revoked by commands on the server.")
