"""Addresses of the platform's staff."""

from django.urls import path

from apikeys.pages.portfolio import access as portfolio_access
from apikeys.pages.portfolio import keys as portfolio_keys
from apikeys.pages.portfolio import list as portfolio
from apikeys.pages.portfolio import people as portfolio_people
from apikeys.pages.portfolio import tenant as portfolio_tenant

urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("requests/", portfolio.access_queue, name="access_queue"),
    path("new/", portfolio_people.portfolio_new, name="portfolio_new"),
    path("<str:tenant_id>/", portfolio_tenant.portfolio_tenant, name="portfolio_tenant"),
    path("<str:tenant_id>/approve/", portfolio_access.portfolio_approve, name="portfolio_approve"),
    path("<str:tenant_id>/decline/", portfolio_access.portfolio_decline, name="portfolio_decline"),
    path("<str:tenant_id>/enable/", portfolio_access.portfolio_enable, name="portfolio_enable"),
    path("<str:tenant_id>/suspend/", portfolio_access.portfolio_suspend, name="portfolio_suspend"),
    path("<str:tenant_id>/restore/", portfolio_access.portfolio_restore, name="portfolio_restore"),
    path("<str:tenant_id>/limit/", portfolio_access.portfolio_limit, name="portfolio_limit"),
    path(
        "<str:tenant_id>/revoke-all/",
        portfolio_keys.portfolio_revoke_all,
        name="portfolio_revoke_all",
    ),
    path(
        "<str:tenant_id>/keys/<str:client_id>/delete/",
        portfolio_keys.portfolio_key_delete,
        name="portfolio_key_delete",
    ),
    path(
        "<str:tenant_id>/hand-over/",
        portfolio_people.portfolio_hand_over,
        name="portfolio_hand_over",
    ),
    path(
        "<str:tenant_id>/invite-admin/",
        portfolio_people.portfolio_invite_admin,
        name="portfolio_invite_admin",
    ),
]
