"""What an invited person has: the link in their mail."""

import re

from django.urls import reverse

from accounts.models import OutboxMail

GUEST = "guest@example.com"


def last_token() -> str:
    """The token of the link in the last mail."""
    mail = OutboxMail.objects.latest("id")
    found = re.search(
        reverse("invitation", args=["TOKEN"]).replace("TOKEN", r"([\w-]+)"), mail.text
    )
    assert found is not None
    return found[1]
