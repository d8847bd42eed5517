"""Addresses of access tokens."""

from django.urls import path, re_path

from apikeys.rest.oauth.introspection import introspect
from apikeys.rest.oauth.tokens import hubpay_token, oauth_token
from apikeys.rest.oauth.unknown import unknown_hubpay_address, unknown_oauth_address

oauth_addresses = [
    path("token", oauth_token, name="oauth_token"),
    path("introspect", introspect, name="oauth_introspect"),
    re_path(r"", unknown_oauth_address, name="unknown_oauth_address"),
]

hubpay_addresses = [
    path("token", hubpay_token, name="hubpay_token"),
    re_path(r"", unknown_hubpay_address, name="unknown_hubpay_address"),
]
