"""Django's admin under /ops/: for operators, to look things up. Not found for everybody else.

What may be changed goes through the verbs, as actions of a list; no form writes a row. What a list
may be asked is in `accounts.ops_queries`. Nothing here asks `user.has_perm`, so being let in here
opens nothing elsewhere.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.functional import cached_property

from accounts import ops_queries
from accounts.access import malformed
from accounts.errors import Invalid

if TYPE_CHECKING:  # Django's own classes take no parameters when they run
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyModelAdmin, AnyPaginator = admin.ModelAdmin, Paginator

type View = Callable[..., HttpResponse]

NOT_OURS = {
    *("login", "logout", "password_change", "password_change_done", "view_on_site"),
    "autocomplete",
}
"""The portal has its own pages for these, or no use."""
MOST_ROWS = 10_000
"""How many rows a list pages through; to count millions takes longer than anybody waits."""


class OpsSite(admin.AdminSite):
    """The admin's pages, closed at the one place where they become addresses."""

    site_title = site_header = "Operations"
    index_title = "What the portal holds"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The admin's addresses, each for operators only."""
        found = [url for url in super().get_urls() if getattr(url, "name", None) not in NOT_OURS]
        for url in found:
            self._close(url)
        return found

    def _close(self, url: URLPattern | URLResolver) -> None:
        if isinstance(url, URLResolver):
            for inner in url.url_patterns:
                self._close(inner)
        else:
            url.callback = self._operators_only(url.callback)

    def _operators_only(self, view: View) -> View:
        # To send strangers to sign in would tell them that there is something here.
        @login_not_required
        @wraps(view)
        def closed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                raise Http404
            try:
                return view(request, *args, **kwargs)
            except Invalid as refusal:
                return malformed(request, refusal)

        return closed


ops = OpsSite(name="admin")


class BoundedPaginator(AnyPaginator):
    """Counts no further than it pages."""

    @cached_property
    def count(self) -> int:
        """Rows, at most `MOST_ROWS`."""
        rows = cast("QuerySet[Any]", self.object_list)
        return len(rows.values_list("pk")[:MOST_ROWS])


class ReadOnlyAdmin(AnyModelAdmin):
    """A model to look at. `fields` names what is shown: what is not named stays hidden."""

    actions: Any = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by: ClassVar[tuple[str, ...]] = ()
    """By the primary key alone: nothing else is surely indexed."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, asked for no more than it offers. Raises `Invalid`."""
        ops_queries.check_list(self, request.GET, request)
        if request.method == "POST":
            ops_queries.check_action(request.POST)
        return super().changelist_view(request, extra_context)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list's rows. Raises `Invalid` where Django would send the browser elsewhere."""
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters:
            raise Invalid({"p": "The list has no such page."}) from None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list offers, by whatever way Django comes to filter by an address."""
        return value in ops_queries.listed_filters(self, request).get(lookup, ())

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """No: a row is found by its primary key alone."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a row. Raises `Invalid`."""
        ops_queries.check_row(self, request.GET, request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """The row of this primary key. Raises `Http404`."""
        if not ops_queries.is_primary_key(object_id):
            raise Http404
        row: Model | None = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def delete_view(self, *_: object, **__: object) -> HttpResponse:
        """Never, whatever was sent."""
        raise PermissionDenied

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever is let into the site."""
        return ops.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Likewise."""
        return ops.has_permission(request)

    def has_add_permission(self, request: HttpRequest, *_: object) -> bool:
        """Never: rows are born in verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: rows change in verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: the history is evidence."""
        return False

    def history_view(self, *_: object, **__: object) -> HttpResponse:
        """The audit trail is the history; the admin's own would be empty."""
        raise Http404
