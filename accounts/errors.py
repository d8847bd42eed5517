"""What a verb answers when it does not do what it was asked: always a `Refused`.

Pages, both REST APIs and commands translate these into their own form; the rule and its words
exist once, here and in the verb.
"""

from typing import Any

from accounts.roles import Permission, Role


class Refused(Exception):
    """A rule said no. Nothing was changed; the sentence says what to do next.

    `code` is stable and documented (http-api.md); `audited` says whether the refusal itself
    is an audit event.
    """

    code = "refused"
    audited = True

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class PermissionRefused(Refused):
    """The actor's role lacks a permission."""

    code = "permission_denied"

    def __init__(self, permission: Permission, role: Role | None) -> None:
        held = f"your role is {role}" if role else "you have no role here"
        super().__init__(
            f"This needs the permission {permission}; {held}. Ask an admin of the account.",
            permission=str(permission),
            role=str(role) if role else None,
        )


class GrantRefused(Refused):
    """The actor would give away more than they have."""

    code = "permission_denied"

    def __init__(self, granted: Role, held: Role | None) -> None:
        super().__init__(
            f"You cannot give the role {granted}: it may do more than your own role.",
            permission=str(Permission.ASSIGN_KEY_ROLE),
            role=str(held) if held else None,
        )


class Invalid(Refused):
    """One or more fields were not acceptable; `errors` maps the field to its sentence."""

    code = "validation_failed"
    audited = False

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class PreconditionFailed(Refused):
    """Somebody else changed the thing since the caller read it."""

    code = "precondition_failed"
    audited = False


class TooMany(Refused):
    """Asked more often than is allowed; `retry_after` is in seconds."""

    code = "rate_limited"
    audited = False

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyAtOnce(TooMany):
    """Too many passwords came at one moment. This one was not looked at; send it again."""

    def __init__(self) -> None:
        super().__init__(
            "Too many people are signing in at this moment. Try again in 2 seconds.", 2
        )


class StaffRefused(PermissionRefused):
    """Only platform staff may do this, or only operators."""

    def __init__(self) -> None:
        Refused.__init__(self, "Only platform staff with the right to it may do this.")


class OwnAccountRefused(PermissionRefused):
    """Whoever is a member of a tenant decides nothing about it for the platform.

    `whom` says who can, with their address.
    """

    code = "own_account"

    def __init__(self, whom: str) -> None:
        Refused.__init__(
            self,
            "You are a member of this account, so you decide nothing about it for the platform. "
            f"Ask {whom}.",
        )


class LastAdmin(Refused):
    """The last admin of a tenant can be neither removed nor demoted."""

    code = "last_admin"

    def __init__(self) -> None:
        super().__init__(
            "This is the account's last admin. Make somebody else an admin first, "
            "or ask your relationship manager."
        )


class InvitationGone(Refused):
    """The invitation was accepted, cancelled, or is past its time."""

    code = "invitation_gone"
    audited = False

    def __init__(self) -> None:
        super().__init__(
            "This invitation is no longer valid: it was used, cancelled, or is older than "
            "7 days. Ask for a new one."
        )


class AlreadyOpened(Refused):
    """The same form was sent before and opened a tenant."""

    code = "already_opened"
    audited = False

    def __init__(self, public_id: str) -> None:
        super().__init__("This form was sent before and opened the account.")
        self.public_id = public_id


class EmailChangeGone(Refused):
    """The link of a change of a sign-in email was used, replaced, or is past its time."""

    code = "email_change_gone"
    audited = False

    def __init__(self) -> None:
        super().__init__("This link was used already, or it is too old.")
