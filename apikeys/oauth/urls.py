"""Addresses of access tokens."""

from django.urls import path

from apikeys.oauth.introspection import introspect
from apikeys.oauth.tokens import hubpay_token, oauth_token

urlpatterns = [
    path("oauth/token", oauth_token, name="oauth_token"),
    path("oauth/introspect", introspect, name="oauth_introspect"),
    path("auth/token", hubpay_token, name="hubpay_token"),
]
