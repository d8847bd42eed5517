"""Addresses of access tokens."""

from django.urls import path, re_path

from apikeys.rest.frame import unknown_address
from apikeys.rest.oauth.errors import oauth_response
from apikeys.rest.oauth.introspection import introspect
from apikeys.rest.oauth.tokens import hubpay_token, oauth_token
from apikeys.rest.problems import problem_response

oauth_addresses = [
    path("token", oauth_token, name="oauth_token"),
    path("introspect", introspect, name="oauth_introspect"),
    re_path(r"", unknown_address(oauth_response), name="unknown_oauth_address"),
]

hubpay_addresses = [
    path("token", hubpay_token, name="hubpay_token"),
    re_path(r"", unknown_address(problem_response), name="unknown_hubpay_address"),
]
