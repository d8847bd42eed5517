"""Asking for pages in turns, and what it took.

Every round asks for every page in both databases, and for the stock list in the large one, so that
whatever else the machine does hits all alike. Times are the server's: Django's test client, no
network, no browser. The person is an operator, who sees every tenant: the hardest case; for a
tenant's own pages its admin.
"""

import re
import statistics
import time
from html import unescape

from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import StaffRole, Tenant, User
from apikeys.models import ApiKey
from tests.factories import make_person, signed_in

ROUNDS, STOCK_ROUNDS = 21, 5
WARM_UP = 2
PAGES_ON = 10
"""How far on "a later page" lies."""
NOTHING = "qzxwvk"
"""What no invented name, ID or email holds; nor does any begin with its first two letters."""

_NEXT = re.compile(r'href="([^"]*cursor=[^"]*)"')
HEAD = (
    "| page | small | large | large : small | stock list, large | stock : ours |",
    "|---|---|---|---|---|---|",
)


class Visitor:
    """An operator in one of the databases, with a connection that stays open."""

    def __init__(self, database: str) -> None:
        self.connection = connections.create_connection("default")
        self.connection.settings_dict = {**self.connection.settings_dict, "NAME": database}
        self.enter()
        self.operator = make_person("Oscar", staff_role=StaffRole.OPERATOR, is_superuser=True)
        self.client: Client = signed_in(self.operator)
        self.member = self.client
        self.times: dict[str, list[float]] = {}
        self.addresses, self.stock = self._pages()

    def enter(self) -> None:
        """Make this database the one that Django talks to."""
        connections["default"] = self.connection

    def ask(self, what: str, address: str, *, counts: bool) -> str:
        """Ask for a page and remember how long it took."""
        self.enter()
        client = self.member if address.startswith("/account/") else self.client
        start = time.perf_counter()
        answer = client.get(address)
        seconds = time.perf_counter() - start
        assert answer.status_code == 200, (what, address, answer.status_code)
        if counts:
            self.times.setdefault(what, []).append(seconds)
        return str(answer.content.decode())

    def _pages(self) -> tuple[dict[str, str], dict[str, str]]:
        """What to ask for, from the portal and from the stock lists."""
        portfolio, stock = reverse("portfolio"), "/stock/accounts/tenant/"
        middle = Tenant.objects.order_by("pk")[Tenant.objects.count() // 2]
        key = ApiKey.objects.active().filter(tenant__pk__gte=middle.pk).order_by("pk")[0]
        tenant = Tenant.objects.get(pk=key.tenant_id)
        admin = User.objects.filter(memberships__tenant=tenant, memberships__role="admin")[0]
        self.member, keys = signed_in(admin), reverse("key_list", args=[tenant.public_id])
        searches = {
            "search by name, hit": tenant.name,
            "search by email, hit": admin.email,
            "search by account ID, hit": tenant.public_id,
            "search for a common word": "Bakery",
            "search, miss": NOTHING,
            "search of two letters, miss": NOTHING[:2],
        }
        on = portfolio
        for _ in range(PAGES_ON):
            on = unescape(_NEXT.findall(self.ask("", on, counts=False))[-1])
        last = Tenant.objects.count() // 50
        queue = "/stock/apikeys/accessrequest/?decision__exact="
        of_tenant = f"/stock/apikeys/apikey/?tenant__id__exact={tenant.pk}"
        return (
            {
                "portfolio, first page": portfolio,
                "portfolio, a later page": on,
                "portfolio by active keys": f"{portfolio}?sort=-active_keys",
                "portfolio, at the limit": f"{portfolio}?full=1",
                **{name: f"{portfolio}?q={q}" for name, q in searches.items()},
                "queue": reverse("access_queue"),
                "an account with its keys": reverse("portfolio_tenant", args=[tenant.public_id]),
                "a member's key list": keys,
                "a member's key list, all": f"{keys}?all=1",
                "a member's key": f"{keys}{key.client_id}/",
            },
            {
                "portfolio, first page": stock,
                "portfolio, a later page": f"{stock}?p={min(PAGES_ON, last)}",
                **{name: f"{stock}?q={q}" for name, q in searches.items()},
                "queue": queue,
                "an account with its keys": of_tenant,
                "a member's key list": of_tenant,
            },
        )


def measure(small: str, large: str) -> list[str]:
    """Ask in turns; the lines of a Markdown table of medians."""
    few, many = Visitor(small), Visitor(large)
    for number in range(WARM_UP + ROUNDS):
        for what in many.addresses:
            for visitor in (few, many):
                visitor.ask(what, visitor.addresses[what], counts=number >= WARM_UP)
            if what in many.stock and number < WARM_UP + STOCK_ROUNDS:
                many.ask(f"stock {what}", many.stock[what], counts=number >= WARM_UP)
    return [*HEAD, *(_line(what, few, many) for what in many.addresses)]


def _line(what: str, few: Visitor, many: Visitor) -> str:
    small, large = (statistics.median(one.times[what]) * 1000 for one in (few, many))
    line = f"| {what} | {small:.1f} ms | {large:.1f} ms | {large / small:.2f} |"
    if f"stock {what}" not in many.times:
        return f"{line} | |"
    stock = statistics.median(many.times[f"stock {what}"]) * 1000
    return f"{line} {stock:.1f} ms | {stock / large:.1f} |"
