"""The demo installation: invented people and accounts, made through the same verbs as real ones."""

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.actor import PersonActor, StaffActor, SystemActor
from accounts.clock import database_now
from accounts.models import StaffRole, Tenant, TenantKind, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from accounts.services.memberships import add_member
from apikeys.demo.allowed import refuse_production
from apikeys.services.api_access import enable_access, request_access, suspend_access
from apikeys.services.keys import create_key, revoke_key
from apikeys.services.onboarding import open_tenant
from apikeys.services.platform_keys import create_platform_key

COMMAND = SystemActor("make_demo_data")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can sign in to the demo."""

    email: str
    role: str
    tenant_id: str
    tenant_kind: str


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A working key of the demo, with its secret. A platform key has no tenant and no role."""

    tenant_id: str | None
    client_id: str
    client_secret: str = field(repr=False)
    role: str
    kind: str = "tenant"


@dataclass(slots=True)
class Demo:
    """All sign-ins and keys that were made."""

    people: list[DemoPerson] = field(default_factory=list)
    keys: list[DemoKey] = field(default_factory=list)


class DemoBuilder:
    """Makes the demo data with one password for everybody."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.demo = Demo()

    def build(self) -> Demo:
        """Accounts in every state of API access, and a person for every kind of user."""
        refuse_production()
        with transaction.atomic():
            rita = self.person("Rita Lindqvist", staff_role=StaffRole.RELATIONSHIP_MANAGER)
            robert = self.person("Robert Achebe", staff_role=StaffRole.RELATIONSHIP_MANAGER)
            self.person("Oscar Brandt", staff_role=StaffRole.OPERATOR)
            northwind = self.tenant("Northwind Traders", rita)
            harbour = self.tenant("Harbour Coffee", robert)
            partner = self.tenant("Fjord Payments Partners", rita, TenantKind.PARTNER)
            newcomer = self.tenant("Juniper Books", rita, enabled=False)
            alice = self.member("Alice Moreau", northwind, Role.ADMIN, "Europe/Paris")
            self.member("Bob Okafor", northwind, Role.GL, "Europe/London")
            self.member("Vera Nilsen", northwind, Role.VIEWER, "Europe/Oslo")
            charlie = self.member("Charlie Reyes", harbour, Role.ADMIN, "America/New_York")
            paula = self.member("Paula Berg", partner, Role.ADMIN, "Europe/Oslo")
            self.member("Gustav Holm", partner, Role.GL, "Europe/Oslo")
            self.member("Nina Patel", newcomer, Role.ADMIN, "Europe/London")
            add_member(actor=COMMAND, tenant=partner, user=alice, role=Role.VIEWER)
            invite_member(
                actor=PersonActor(alice), tenant=northwind, email="ines@example.com", role=Role.GL
            )
        self.keys_of(northwind, alice)
        for name, role in (("Web shop", Role.ADMIN), ("Reporting", Role.VIEWER)):
            self.key(harbour, charlie, name, role)
        self.key(partner, paula, "Partner platform", Role.ADMIN)
        self.waiting_tenant(rita)
        self.suspended_tenant(rita)
        self.platform_key()
        self.demo.people.sort(key=lambda person: not person.tenant_id)  # staff last
        return self.demo

    def tenant(
        self,
        name: str,
        manager: User,
        kind: TenantKind = TenantKind.CORPORATE,
        *,
        enabled: bool = True,
    ) -> Tenant:
        """An account of a relationship manager, with API access unless told otherwise."""
        with transaction.atomic():
            tenant = open_tenant(actor=COMMAND, name=name, kind=kind, relationship_manager=manager)
        if enabled:
            enable_access(actor=COMMAND, tenant=tenant)
        return tenant

    def waiting_tenant(self, manager: User) -> None:
        """An account whose request for API access waits in the queue."""
        tenant = self.tenant("Larch Clinic", manager, enabled=False)
        lena = self.member("Lena Fischer", tenant, Role.ADMIN, "Europe/Berlin")
        reason = "Patients pay online; the booking system needs a key."
        request_access(actor=PersonActor(lena), tenant=tenant, reason=reason)

    def suspended_tenant(self, manager: User) -> None:
        """An account whose key is refused until access is restored."""
        tenant = self.tenant("Sorrel Travel", manager)
        samir = self.member("Samir Haddad", tenant, Role.ADMIN, "Europe/Paris")
        self.key(tenant, samir, "Booking engine", Role.GL, listed=False)
        suspend_access(
            actor=StaffActor(manager),
            tenant=tenant,
            client_text="Payments from a country you do not serve. Call us, and we restore access.",
            internal_note="Fraud desk, 12 payments overnight.",
        )

    def platform_key(self) -> None:
        """A key of the platform itself."""
        created = create_platform_key(actor=COMMAND, name="Demo of the platform")
        self.demo.keys.append(
            DemoKey(None, created.key.client_id, created.secret.text, "", "platform")
        )

    def person(self, name: str, *, zone: str = "UTC", staff_role: str = "") -> User:
        """A person whose email is their first name at example.com, verified."""
        user = User.objects.create_user(
            f"{name.split(maxsplit=1)[0].lower()}@example.com",
            self.password,
            name=name,
            time_zone=zone,
            staff_role=staff_role,
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        if staff_role:
            self.demo.people.append(DemoPerson(user.email, staff_role, "", ""))
        return user

    def member(self, name: str, tenant: Tenant, role: Role, zone: str) -> User:
        """A person with a role in one account."""
        user = self.person(name, zone=zone)
        add_member(actor=COMMAND, tenant=tenant, user=user, role=role)
        self.demo.people.append(
            DemoPerson(user.email, str(role), tenant.public_id, str(tenant.kind))
        )
        return user

    def keys_of(self, tenant: Tenant, creator: User) -> None:
        """A key of each role, one that expires soon, and one that was deleted."""
        self.key(tenant, creator, "Operations console", Role.ADMIN)
        self.key(tenant, creator, "Payroll", Role.GL)
        self.key(tenant, creator, "Month-end reports", Role.VIEWER)
        self.key(tenant, creator, "Audit export", Role.VIEWER, days=9)
        old = self.key(tenant, creator, "Legacy import", Role.GL, listed=False)
        key = tenant.api_keys.get(client_id=old.client_id)
        revoke_key(actor=PersonActor(creator), key=key, reason="Replaced by Payroll")

    def key(  # noqa: PLR0913, PLR0917  # what one key of the demo differs in
        self,
        tenant: Tenant,
        creator: User,
        name: str,
        role: Role,
        days: int | None = None,
        *,
        listed: bool = True,
    ) -> DemoKey:
        """One key, kept with its secret if it is `listed`."""
        created = create_key(
            actor=PersonActor(creator),
            tenant=tenant,
            name=name,
            email=creator.email,
            role=role,
            expires_at=database_now() + timedelta(days=days) if days else None,
        )
        made = DemoKey(tenant.public_id, created.key.client_id, created.secret.text, str(role))
        if listed:
            self.demo.keys.append(made)
        return made
