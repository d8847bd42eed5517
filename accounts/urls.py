"""Addresses of signing in, out, of passwords, and of an invitation's link."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import invitations

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.account.urls")),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
]
