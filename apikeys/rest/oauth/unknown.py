"""Addresses that nothing is at: 404 in each form, also with DEBUG on, and without a redirect."""

from django.http import HttpRequest, HttpResponse

from apikeys.codes import Code
from apikeys.rest.oauth.tokens import HUBPAY, OAUTH
from apikeys.rest.problems import Problem


@OAUTH.view
def unknown_oauth_address(request: HttpRequest) -> HttpResponse:
    """404 below /oauth/."""
    raise Problem(Code.NOT_FOUND, "There is nothing at this address.")


@HUBPAY.view
def unknown_hubpay_address(request: HttpRequest) -> HttpResponse:
    """404 below /auth/."""
    raise Problem(Code.NOT_FOUND, "There is nothing at this address.")
