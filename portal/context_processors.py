"""What every page knows about the installation."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Installation:
    """The product and the environment, as pages name them, and whom to ask."""

    product_name: str
    environment_name: str
    environment_kind: str
    support_contact: str
    documentation_url: str


def installation(_request: HttpRequest) -> dict[str, Installation]:
    """The installation's names, as `installation`: allauth's pages bring a `site` of their own."""
    return {
        "installation": Installation(
            settings.PRODUCT_NAME,
            settings.ENVIRONMENT_NAME,
            settings.ENVIRONMENT_KIND,
            settings.SUPPORT_CONTACT,
            reverse("docs"),
        )
    }
