"""Addresses of signing in, out, of passwords, and of links that mails bring."""

from allauth.account.urls import urlpatterns as allauth_addresses
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from accounts.pages import invitations, passwords, sign_in, sign_in_email

OPEN = frozenset(
    {
        "account_inactive",
        "account_signup",  # says that one comes in by invitation
        "account_email_verification_sent",
        "account_confirm_email",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
    }
)
"""allauth's addresses that are served as they are, in our design."""
OURS = {
    "account_login": sign_in.sign_in,
    "account_logout": sign_in.sign_out,
    "account_change_password": passwords.change,
    "account_reset_password": sign_in.reset,
    "account_reset_password_from_key": passwords.reset_from_key,
    "account_email": sign_in_email.sign_in_email,
}
"""allauth's addresses that we serve ourselves. All others are closed, also those to come."""


@login_not_required
def closed(request: HttpRequest, **_: str) -> HttpResponse:
    """An address of allauth that nobody needs here: there is nothing. Its name stays known."""
    raise Http404


def _served(address: URLPattern) -> URLPattern:
    name = address.name or ""
    view = address.callback if name in OPEN else OURS.get(name, closed)
    return URLPattern(address.pattern, view, name=name)


sign_in_addresses: list[URLPattern | URLResolver] = [
    *map(_served, allauth_addresses),
    path("login/mail-code/", sign_in.sign_in_code, name="sign_in_code"),
    path(
        "email/confirm/<str:token>/",
        sign_in_email.sign_in_email_confirm,
        name="sign_in_email_confirm",
    ),
    path("email/undo/<str:token>/", sign_in_email.sign_in_email_undo, name="sign_in_email_undo"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include(sign_in_addresses)),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
]
