"""What every request passes through: its id and address, the way of programs, rules of pages."""

import re
import secrets
import zoneinfo
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, cast

import structlog
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.urls import resolve
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.encoding import escape_uri_path
from django_htmx.http import HttpResponseClientRedirect
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bound_contextvars

from accounts.access import count_post, too_many
from accounts.addresses import read_address
from accounts.errors import TooMany
from accounts.models import User
from accounts.request_context import RequestContext, serving
from apikeys.rest.routes import root_of
from portal.request_lines import request_line

log = structlog.get_logger(__name__)

type View = Callable[[HttpRequest], HttpResponse]

HEALTH_PATHS = frozenset({"/livez", "/readyz"})
NUL = "\0"
REQUEST_ID_HEADER = "X-Request-Id"
_REQUEST_ID = re.compile(r"\A[A-Za-z0-9_.:-]{8,64}\Z")


def client_address(request: HttpRequest) -> str | None:
    """The caller's address: the peer's, or what our trusted proxies say, counted from the right.

    None when they say none that can be read.
    """
    count = settings.TRUSTED_PROXY_COUNT
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if count and len(hops) >= count and hops[-count].strip():
        return read_address(hops[-count])
    return read_address(request.META.get("REMOTE_ADDR", ""))


def request_context(get_response: View) -> View:
    """Give the request an id, in logs, events and the answer, and keep the caller's beside it.

    Were the caller's taken for ours, it could be that of another request, and hide this one.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")  # `headers` would be kept as it is now
        callers = given if _REQUEST_ID.fullmatch(given) else ""
        request_id = secrets.token_hex(16)
        # django-structlog binds what stands here, and makes an id of its own where nothing does.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        _forwarded_scheme(request)
        browser = request.META.get("HTTP_USER_AGENT", "").replace(NUL, "")
        context = RequestContext(request_id, client_address(request), callers, browser)
        with serving(context), _in_each_line(context):
            response = get_response(request)
        response[REQUEST_ID_HEADER] = request_id
        return response

    return middleware


def _forwarded_scheme(request: HttpRequest) -> None:
    """Read the scheme that the proxy in front of us says, in upper or lower case.

    It is the last of a list: what stands before came from further away.
    """
    said = request.META.get("HTTP_X_FORWARDED_PROTO")
    if said is not None:
        request.META["HTTP_X_FORWARDED_PROTO"] = said.rpartition(",")[2].strip().lower()


def _in_each_line(context: RequestContext) -> AbstractContextManager[None]:
    """Say in each line of the log which request it is of, and where that came from.

    django-structlog's own address believes the headers of any client, and looks through dozens.
    """
    facts: dict[str, Any] = {"request_id": context.request_id, "ip": context.address}
    if context.caller_request_id:
        facts["caller_request_id"] = context.caller_request_id
    return bound_contextvars(**facts)


class RequestLines(RequestMiddleware):
    """Writes a line for each request, which says no parameter's value."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The request as the line says it."""
        query = request.META.get("QUERY_STRING", "")
        return request_line(request.method or "", escape_uri_path(request.path), query)


def health(get_response: View) -> View:
    """Answer questions about our health past all other middleware.

    A load balancer asks by our address over http, and nothing may ask the database whose cookie
    that is.
    """
    return _past(get_response, HEALTH_PATHS.__contains__)


def programs(get_response: View) -> View:
    """Lead requests to the REST APIs past all middleware that follows, to their view.

    Sessions, people, forms and messages are of pages alone; here they took a seventh of a request's
    time. Each of these views says itself that it needs none of them, and no transaction around it.
    """
    return _past(get_response, lambda path: root_of(path) is not None)


def _past(get_response: View, leads: Callable[[str], bool]) -> View:
    """Ask the view at once where the path `leads` there. The request's line is written too."""
    answer = cast(View, RequestLines(cast(View, convert_exception_to_response(_by_its_view))))

    def middleware(request: HttpRequest) -> HttpResponse:
        return (answer if leads(request.path_info) else get_response)(request)

    return middleware


def _by_its_view(request: HttpRequest) -> HttpResponse:
    path = request.path_info
    root = root_of(path)
    match = request.resolver_match = resolve(root if root == f"{path}/" else path)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def without_nul(get_response: View) -> View:
    """Keep NUL from what pages look up: PostgreSQL takes it in no text, and says so with an error.

    An address that holds one leads nowhere; a cookie that holds one is none of ours. Forms refuse
    it by themselves, and the REST APIs in their own words.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            log.info("address_with_nul", path=escape_uri_path(request.path))
            raise Http404
        for name in [name for name, value in request.COOKIES.items() if NUL in value]:
            del request.COOKIES[name]
        return get_response(request)

    return middleware


def htmx_redirects(get_response: View) -> View:
    """Send the whole page, not a fragment of it, to sign-in when a session has expired.

    htmx follows a redirect and would swap the sign-in page into a table.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.headers.get("HX-Request") and isinstance(response, HttpResponseRedirectBase):
            return HttpResponseClientRedirect(response.url)
        return response

    return middleware


def personal_pages(get_response: View) -> View:
    """Show times in the person's zone, and keep pages of signed-in people out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        zone = user.time_zone if isinstance(user, User) else "UTC"
        with timezone.override(zoneinfo.ZoneInfo(zone)):
            response = get_response(request)
        request.was_answered = True  # type: ignore[attr-defined]  # for portal.errors
        if isinstance(user, User) and "Cache-Control" not in response:
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ("HX-Request",))
        return response

    return middleware


class TooManyRequests:
    """Answer with a 429 page, which says when to try again, where something was one too many.

    What a page changed before it said so is rolled back.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Change nothing of what is answered."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Refuse a change that is one too many, before the page's transaction begins."""
        try:
            count_post(request, view)
        except TooMany as refusal:
            return too_many(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page, for what Django would take for a fault of ours."""
        return too_many(request, exception) if isinstance(exception, TooMany) else None
