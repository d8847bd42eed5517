"""How key pages answer a form: as all pages do, with the event that key lists wait for."""

from django.http import HttpRequest, HttpResponse

from accounts.pages import answers as http
from accounts.pages.answers import SeeOther, page_or_partial

__all__ = ["SeeOther", "done", "page_or_partial"]


def done(request: HttpRequest, text: str, url: str) -> HttpResponse:
    """A verb succeeded: the dialog closes and lists refresh, or `url` is shown with the text."""
    return http.done(request, text, url, "keys-changed")
