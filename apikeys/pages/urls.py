"""Addresses of pages about keys. Every page of a tenant names it."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.pages import invitations, members
from apikeys.pages.account import access, key_changes, keys, overview
from apikeys.pages.docs import views as docs
from apikeys.pages.help.views import help_index, manager_guide, tenant_guide

tenant_pages = [
    path("", overview.overview, name="overview"),
    path("keys/", keys.key_list, name="key_list"),
    path("keys/new/", key_changes.key_create, name="key_create"),
    path("keys/<str:client_id>/", keys.key_detail, name="key_detail"),
    path("keys/<str:client_id>/edit/", key_changes.key_edit, name="key_edit"),
    path("keys/<str:client_id>/role/", key_changes.key_role, name="key_role"),
    path("keys/<str:client_id>/delete/", key_changes.key_delete, name="key_delete"),
    path("access/", access.access, name="access"),
    path("members/", members.member_list, name="member_list"),
    path("members/invite/", invitations.member_invite, name="member_invite"),
    path("members/leave/", members.member_leave, name="member_leave"),
    path("members/<str:member_id>/role/", members.member_role, name="member_role"),
    path("members/<str:member_id>/remove/", members.member_remove, name="member_remove"),
    path(
        "members/invitations/<uuid:invitation_id>/resend/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "members/invitations/<uuid:invitation_id>/cancel/",
        invitations.invitation_cancel,
        name="invitation_cancel",
    ),
]

help_pages = [
    path("", help_index, name="help"),
    # One name for both, so that a tenant's page links `kind=tenant.kind`.
    path("corporate/", tenant_guide, {"kind": "corporate"}, name="help_guide"),
    path("partner/", tenant_guide, {"kind": "partner"}, name="help_guide"),
    path("relationship-managers/", manager_guide, name="help_managers"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.home, name="home"),
    path("help/", include(help_pages)),
    path("docs/", docs.docs, name="docs"),
    path("portfolio/", include("apikeys.pages.portfolio.urls")),
    path("account/", overview.account_choice, name="tenant_list"),
    path("account/<str:tenant_id>/", include(tenant_pages)),
]
