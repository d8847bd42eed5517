"""Things that tests need, made as the portal makes them: through the verbs.

What no verb can do yet, or what only time does, is put into the database directly and says so.
"""

from datetime import timedelta
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.functions import Now
from django.test import Client

from accounts.actor import Actor, PersonActor, SystemActor
from accounts.models import Membership, Tenant, TenantKind, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from apikeys.models import AccessState, ApiAccess, ApiKey
from apikeys.services.api_access import enable_access
from apikeys.services.keys import CreatedKey, create_key, revoke_key
from apikeys.services.onboarding import open_tenant

PASSWORD = "correct horse battery staple"
"""Everybody's password."""
SIGN_IN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PLATFORM = SystemActor("tests")

_numbers = count(1)


def make_person(name: str = "", *, email: str = "", **fields: Any) -> User:
    """Create a person who can sign in with PASSWORD: their email address is verified."""
    name = name or f"Person {next(_numbers)}"
    user = User.objects.create_user(email or _address(name), PASSWORD, name=name, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


def make_tenant(
    name: str = "",
    *,
    kind: TenantKind = TenantKind.CORPORATE,
    access: AccessState = AccessState.ENABLED,
    key_limit: int = 10,
    **fields: Any,
) -> Tenant:
    """Onboard a tenant, with API access unless told otherwise."""
    name = name or f"Tenant {next(_numbers)}"
    with transaction.atomic():
        tenant = open_tenant(
            actor=PLATFORM, name=name, kind=kind, contact_email=_address(name), **fields
        )
    if access == AccessState.ENABLED:
        enable_access(actor=PLATFORM, tenant=tenant)
    elif access != AccessState.NONE:
        put_access(tenant, access)
    if key_limit != 10:
        put_limit(tenant, key_limit)
    return tenant


def make_member(tenant: Tenant, role: Role, name: str = "", **fields: Any) -> User:
    """Create a person and make them a member of `tenant`."""
    user = make_person(name, **fields)
    add_member(actor=PLATFORM, tenant=tenant, user=user, role=role)
    return user


def make_key(
    tenant: Tenant, *, actor: Actor = PLATFORM, email: str = "keys@example.com", **fields: Any
) -> CreatedKey:
    """Create a key, by the platform unless an actor is given; with it comes its secret."""
    return create_key(actor=actor, tenant=tenant, email=email, **fields)


def make_expired_key(tenant: Tenant, **fields: Any) -> CreatedKey:
    """Create a key and let it expire."""
    created = make_key(tenant, **fields)
    let_expire(created.key)
    return created


def make_revoked_key(tenant: Tenant, **fields: Any) -> CreatedKey:
    """Create a key and revoke it again."""
    created = make_key(tenant, **fields)
    revoke_key(actor=PLATFORM, key=created.key)
    created.key.refresh_from_db()
    return created


def let_expire(key: ApiKey, *, ago: timedelta = timedelta(hours=1)) -> None:
    """Do what only time does: the key expired `ago`. It keeps its slot, as it would."""
    ApiKey.objects.filter(pk=key.pk).update(expires_at=Now() - ago)
    key.refresh_from_db()


def put_access(tenant: Tenant, state: AccessState) -> None:
    """Set the state of API access in the database, past the verbs."""
    text = "Unusual traffic" if state == AccessState.SUSPENDED else ""
    ApiAccess.objects.filter(tenant=tenant).update(
        state=state, client_text=text, internal_note=text
    )


def put_limit(tenant: Tenant, limit: int) -> None:
    """Set how many active keys the tenant may have in the database, past the verbs."""
    ApiAccess.objects.filter(tenant=tenant).update(key_limit=limit)


def end_membership(user: User, tenant: Tenant) -> None:
    """End a membership in the database, past the verbs."""
    Membership.objects.current().filter(user=user, tenant=tenant).update(ended_at=Now())


def disable(user: User) -> None:
    """Disable a person in the database, past the verbs."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.refresh_from_db()


def acting(user: User) -> PersonActor:
    """The person as an actor, with rights not yet read."""
    return PersonActor(user)


def signed_in(user: User, **extra: Any) -> Client:
    """Return a test client in which `user` is signed in, past the sign-in page."""
    client = Client(**extra)
    # The first configured backend answers questions about rights and knows no people.
    client.force_login(user, backend=SIGN_IN_BACKEND)
    return client
