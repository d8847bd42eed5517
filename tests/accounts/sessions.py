"""Whether somebody's browser is still signed in."""

from django.test import Client
from django.urls import reverse


def is_signed_in(client: Client) -> bool:
    """Whether the next request is that of a signed-in person."""
    answer = client.get("/")
    return not answer.headers.get("Location", "").startswith(reverse("account_login"))
