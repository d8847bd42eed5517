"""Mails as they arrive: sent by the worker's own command, read from the files that it writes."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import mkdtemp

from django.core.management import call_command
from django.test import override_settings

from accounts.models import User

FILES = "django.core.mail.backends.filebased.EmailBackend"
BETWEEN_MAILS = b"\n" + b"-" * 79 + b"\n"
"""What that backend writes after each mail: a file may hold several."""


@dataclass(frozen=True)
class Mailbox:
    """Everybody's. Each look lets the worker send what is due, and is about that alone."""

    directory: Path

    def text_to(self, person: User | str) -> str:
        """The text of the one mail to `person` that is due now."""
        to = person if isinstance(person, str) else person.email
        (mail,) = [mail for mail in self._deliver() if mail["To"] == to]
        body = mail.get_body(("plain",))
        assert body is not None
        text: str = body.get_content()
        return text

    def link_to(self, person: User | str) -> str:
        """The link in that mail; the footer's, to the portal itself, has no path."""
        (link,) = re.findall(r"^https?://[^/\s]+/\S+$", self.text_to(person), re.MULTILINE)
        assert isinstance(link, str)
        return link

    def _deliver(self) -> list[EmailMessage]:
        """Run the worker once, into a directory of its own: the files have no order to go by."""
        arrived = mkdtemp(dir=self.directory)
        to_files = {"default": {"BACKEND": FILES, "OPTIONS": {"file_path": arrived}}}
        # Tests keep mails in memory; here the bytes matter, which may not break a link.
        with override_settings(MAILERS=to_files):
            call_command("run_worker", once=True)
        return [
            message_from_bytes(mail, policy=policy.default)
            for file in Path(arrived).iterdir()
            for mail in file.read_bytes().split(BETWEEN_MAILS)
            if mail
        ]
