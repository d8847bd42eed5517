"""Guides in plain words, one for each kind of account and one for relationship managers.

Readable without signing in: somebody who lost a secret reads them too.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import person
from accounts.actor import StaffActor
from accounts.models import Tenant, TenantKind
from accounts.pages.words import (
    admin_noun,
    member_role_label,
    role_choices,
    role_label,
    tenant_noun,
)
from accounts.roles import (
    PERMISSION_LABELS,
    ROLE_PERMISSIONS,
    STAFF_PERMISSIONS,
    Permission,
    Role,
    StaffRole,
)
from apikeys.pages.help.pictures import MANAGER_PICTURES, tenant_pictures
from apikeys.rules import DEFAULT_KEY_LIMIT

MANAGERS = "relationship-managers"
"""The guide that belongs to no kind of account."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One section of a guide. Pages link to the anchor, so it stays as it is."""

    anchor: str
    title: str
    template: str


def _topics(folder: str, titles: dict[str, str]) -> list[Topic]:
    return [
        Topic(anchor, title, f"help/{folder}/{anchor}.html") for anchor, title in titles.items()
    ]


TENANT_TOPICS = _topics(
    "tenant",
    {
        "what-is-a-key": "What an API key is",
        "get-access": "Getting API access",
        "create-a-key": "Creating a key and storing its secret",
        "replace-a-key": "Replacing a key",
        "lost-secret": "A lost secret",
        "leaked-key": "A leaked key",
        "expired": "A key that expires or has expired",
        "limit": "The limit of active keys",
        "suspended": "API access is suspended",
        "members": "Inviting people",
        "colleague-left": "A colleague who left",
        "roles": "Who may do what",
        "whom-to-ask": "Whom to ask",
    },
)
MANAGER_TOPICS = _topics(
    "managers",
    {
        "portfolio": "Your portfolio",
        "onboard": "Onboarding an account",
        "requests": "Deciding about a request",
        "limit": "Changing the limit",
        "leaked-key": "A leaked key on a Friday night",
        "suspend": "Suspending API access",
        "restore": "Restoring API access",
        "delete-all": "Deleting all keys",
        "hand-over": "Handing an account over",
        "what-you-see": "What you see, and what you cannot",
        "rights": "Who of the platform’s staff may do what",
    },
)

TENANT_RIGHTS = [
    permission
    for permission in PERMISSION_LABELS
    if any(permission in held for held in ROLE_PERMISSIONS.values())
]
STAFF_RIGHTS = [
    permission
    for permission in PERMISSION_LABELS
    if any(permission in held for held in STAFF_PERMISSIONS.values())
] + [Permission.CREATE_KEYS]
"""What the staff may do, and what they may not though they might be asked."""


@login_not_required
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """Which guide is yours; a signed-in person's own ones come first."""
    own = _own_guides(request)
    guides = [
        {
            "title": "For business accounts",
            "text": "You belong to an account of a company and use API keys for it.",
            "url": reverse("help_guide", kwargs={"kind": TenantKind.CORPORATE}),
            "own": TenantKind.CORPORATE in own,
        },
        {
            "title": "For partner organisations",
            "text": "You belong to a partner organisation and use API keys for it.",
            "url": reverse("help_guide", kwargs={"kind": TenantKind.PARTNER}),
            "own": TenantKind.PARTNER in own,
        },
        {
            "title": "For relationship managers",
            "text": "You work for the platform and look after accounts and partner organisations.",
            "url": reverse("help_managers"),
            "own": MANAGERS in own,
        },
    ]
    guides.sort(key=lambda guide: not guide["own"])
    return render(request, "help/index.html", {"guides": guides})


@login_not_required
@require_safe
def tenant_guide(request: HttpRequest, kind: str) -> HttpResponse:
    """The guide for members of this kind of tenant, in its words."""
    example = Tenant(kind=kind)  # carries the words alone and is never saved
    noun, admin = tenant_noun(example), admin_noun(example)
    holders = {member_role_label(example, role): ROLE_PERMISSIONS[role] for role in Role}
    context = {
        "title": f"Guide for {'business account' if noun == 'account' else noun}s",
        "topics": TENANT_TOPICS,
        "noun": noun,
        "a_noun": _with_article(noun),
        "admin": admin,
        "an_admin": _with_article(admin),
        "viewer_label": role_label(Role.VIEWER),
        "gl_label": role_label(Role.GL),
        "admin_label": member_role_label(example, Role.ADMIN),
        "key_admin_label": role_label(Role.ADMIN),
        "what_roles_do": dict(role_choices()),
        "key_limit": DEFAULT_KEY_LIMIT,
        "ceiling": settings.KEY_LIMIT_CEILING,
        "holders": list(holders),
        "rights": _rights(TENANT_RIGHTS, holders, noun),
        "pictures": tenant_pictures(TenantKind(kind)),
    }
    return render(request, "help/guide.html", context)


@login_not_required
@require_safe
def manager_guide(request: HttpRequest) -> HttpResponse:
    """The guide for the platform's relationship managers."""
    holders = {
        "Relationship manager": STAFF_PERMISSIONS[StaffRole.RELATIONSHIP_MANAGER],
        "Operator": STAFF_PERMISSIONS[StaffRole.OPERATOR],
    }
    context = {
        "title": "Guide for relationship managers",
        "topics": MANAGER_TOPICS,
        "ceiling": settings.KEY_LIMIT_CEILING,
        "holders": list(holders),
        "rights": _rights(STAFF_RIGHTS, holders),
        "pictures": MANAGER_PICTURES,
    }
    return render(request, "help/guide.html", context)


def _own_guides(request: HttpRequest) -> set[str]:
    """The guides of this person: the kinds of their tenants, and the staff's."""
    if not request.user.is_authenticated:
        return set()
    actor = person(request)
    kinds = Tenant.objects.visible_to(actor).values_list("kind", flat=True).distinct().order_by()
    is_staff = StaffActor(actor.user).staff_role is not None
    return {*kinds, MANAGERS} if is_staff else set(kinds)


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _rights(
    asked: list[Permission], holders: dict[str, frozenset[Permission]], noun: str = "account"
) -> list[dict[str, Any]]:
    """One row per permission: its words, and whether each holder has it."""
    return [
        {
            "text": PERMISSION_LABELS[permission].replace("'", "’").replace("account", noun),
            "held": [
                {"holder": holder, "yes": permission in held} for holder, held in holders.items()
            ],
        }
        for permission in asked
    ]
