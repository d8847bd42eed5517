"""Random base62 public ids: what URLs and APIs show in place of database ids."""

import secrets
import string

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
TENANT_ID_PREFIX = "acct_"
PUBLIC_ID_LENGTH = 20
"""Characters after the prefix: 119 bits, so that an id can neither be guessed nor collide."""


def random_base62(length: int) -> str:
    """`length` characters of 0-9A-Za-z from the system's random source, each equally likely."""
    return "".join(secrets.choice(BASE62) for _ in range(length))


def new_tenant_id() -> str:
    """A tenant's public id, `acct_` and 20 characters; imported tenants keep the id they have."""
    return f"{TENANT_ID_PREFIX}{random_base62(PUBLIC_ID_LENGTH)}"


def new_user_id() -> str:
    """A person's public id, `usr_` and 20 characters."""
    return f"usr_{random_base62(PUBLIC_ID_LENGTH)}"


def new_session_id() -> str:
    """The public id of a session, 20 characters. It opens nothing."""
    return random_base62(PUBLIC_ID_LENGTH)


def new_email_change_id() -> str:
    """The public id of a change of a sign-in email, 20 characters; its links hold it signed."""
    return random_base62(PUBLIC_ID_LENGTH)
