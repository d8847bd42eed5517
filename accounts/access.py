"""The one access decorator of pages, and what stands behind `user.has_perm`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import audit, request_context
from accounts.actor import PersonActor, StaffActor
from accounts.change_limits import count_change
from accounts.errors import PermissionRefused, Refused, TooMany
from accounts.events import ReadEvent
from accounts.models import Tenant, User
from accounts.roles import Permission


class TenantRequest(HttpRequest):
    """A request that passed `tenant_page`: it names its tenant and who asks."""

    tenant: Tenant
    actor: PersonActor


class StaffRequest(HttpRequest):
    """A request that passed `staff_page`: it names who of the platform's staff asks."""

    actor: StaffActor


class PortfolioRequest(StaffRequest):
    """A request that passed `portfolio_page`: it also names the tenant."""

    tenant: Tenant


def person(request: HttpRequest) -> PersonActor:
    """The signed-in person as an actor. Only for views behind `LoginRequiredMiddleware`."""
    return PersonActor(cast(User, request.user))


def tenant_page[**P](
    permission: Permission, *, stops: bool = False
) -> Callable[[Callable[Concatenate[TenantRequest, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Open a page of the tenant named in the URL to members who hold `permission`.

    Who has no part in the tenant gets 404, like for a tenant that does not exist; a member
    without the permission gets 403, which is recorded. The view finds `request.tenant` and
    `request.actor`. What it posts counts as a change, unless the page `stops` something; what
    happens to a `Refused` that it lets pass is in `_answered`.
    """

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def open_page(request: HttpRequest, tenant_id: str, **kwargs: Any) -> HttpResponse:
            actor = person(request)
            tenant = Tenant.objects.visible_to(actor).filter(public_id=tenant_id)
            opened = cast(TenantRequest, request)
            opened.actor = actor
            try:
                opened.tenant = tenant.select_related("relationship_manager").get()
            except Tenant.DoesNotExist:
                raise Http404 from None
            if not actor.may(permission, opened.tenant):
                missing = PermissionRefused(permission, actor.role_in(opened.tenant))
                audit.record_refused_read(actor, ReadEvent.PAGE_OPENED, opened.tenant, missing)
                return forbidden(opened, missing)
            return _answered(opened, view, kwargs)

        return _counting(open_page, stops=stops)

    return decorate


def staff_page[**P](
    view: Callable[Concatenate[StaffRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Open a page of the platform's staff; to everybody else it does not exist.

    The view finds `request.actor`, which acts for the platform and never as a member. What it
    posts counts as a change.
    """

    @wraps(view)
    def open_page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return _answered(_of_staff(request), view, kwargs)

    return _counting(open_page)


def _of_staff(request: HttpRequest) -> StaffRequest:
    """The request, with the member of the staff who asks. Raises `Http404` for everybody else."""
    actor = StaffActor(cast(User, request.user))
    if actor.staff_role is None:
        raise Http404
    opened = cast(StaffRequest, request)
    opened.actor = actor
    return opened


def portfolio_page[**P](
    permission: Permission, *, stops: bool = False
) -> Callable[
    [Callable[Concatenate[PortfolioRequest, P], HttpResponse]], Callable[..., HttpResponse]
]:
    """Open a staff page about the tenant named in the URL to staff who hold `permission` there.

    A tenant outside the portfolio is 404, like one that does not exist; within it staff without
    the permission get 403, which is recorded. The view finds `request.tenant` as well. What it
    posts counts as a change, unless the page `stops` something.
    """

    def decorate(
        view: Callable[Concatenate[PortfolioRequest, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def open_page(request: HttpRequest, tenant_id: str, **kwargs: Any) -> HttpResponse:
            opened = cast(PortfolioRequest, _of_staff(request))
            tenant = Tenant.objects.visible_to(opened.actor).filter(public_id=tenant_id)
            try:
                opened.tenant = tenant.select_related("relationship_manager").get()
            except Tenant.DoesNotExist:
                raise Http404 from None
            if not opened.actor.may(permission, opened.tenant):
                missing = opened.actor.refusal(permission, opened.tenant)
                audit.record_refused_read(
                    opened.actor, ReadEvent.PAGE_OPENED, opened.tenant, missing
                )
                return forbidden(opened, missing)
            return _answered(opened, view, kwargs)

        return _counting(open_page, stops=stops)

    return decorate


def _counting(
    open_page: Callable[..., HttpResponse], *, stops: bool = False
) -> Callable[..., HttpResponse]:
    """Let what is posted to this page count as a change. To stop something is never delayed."""
    open_page.counts_as_change = not stops  # type: ignore[attr-defined]  # read by count_post
    return open_page


def count_post(request: HttpRequest, view: Callable[..., HttpResponse]) -> None:
    """Count what is posted to this view, if that is a change. Raises `TooMany`.

    To be called outside of the page's transaction: inside, the person's counter would be held for
    as long as the page waits for others, and so would all that they send meanwhile.
    """
    counts = request.method == "POST" and getattr(view, "counts_as_change", False)
    if counts and isinstance(request.user, User):
        count_change(request.user)


def _answered(
    request: HttpRequest, view: Callable[..., HttpResponse], kwargs: dict[str, Any]
) -> HttpResponse:
    """The view's answer. A `Refused` that it lets pass becomes a 403, or a 429."""
    try:
        return view(request, **kwargs)
    except TooMany as refusal:
        return too_many(request, refusal)
    except Refused as refusal:
        return forbidden(request, refusal)


def forbidden(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A 403 page that says why; an answer, not an exception, so that the audit event commits."""
    context = {"reason": refusal.message, "request_id": request_context.current().request_id}
    return render(request, "errors/403.html", context, status=403)


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    """A 429 page that says how long to wait, for people and in Retry-After."""
    context = {"reason": refusal.message, "request_id": request_context.current().request_id}
    answer = render(request, "errors/429.html", context, status=429)
    answer["Retry-After"] = str(refusal.retry_after)
    return answer


def malformed(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A 400 page that says what is wrong with the address or the form."""
    context = {"reason": refusal.message, "request_id": request_context.current().request_id}
    return render(request, "errors/400.html", context, status=400)


class MembershipBackend(BaseBackend):
    """Answers `user.has_perm(permission, tenant)` from memberships.

    Without a tenant a tenant permission is never held; the groups that mirror the roles are
    for reading only and never put on a person.
    """

    def has_perm(
        self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Any = None
    ) -> bool:
        """Whether the person holds `accounts.<permission>` in the tenant `obj`.

        PermissionDenied where they do not: Django then asks no other backend, and a group that
        somebody put on a person after all gives them nothing.
        """
        label, _, codename = perm.partition(".")
        if label != "accounts" or codename not in Permission:
            return False
        if (
            isinstance(user_obj, User)
            and user_obj.is_active
            and isinstance(obj, Tenant)
            and PersonActor(user_obj).may(Permission(codename), obj)
        ):
            return True
        raise PermissionDenied
