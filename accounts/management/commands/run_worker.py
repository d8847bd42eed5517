"""`manage.py run_worker`: sends the mails of the outbox until it is told to stop."""

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.outbox_worker import OutboxWorker, Stop


class Command(BaseCommand):
    """As many of these may run as one likes; each mail goes out once."""

    help = (
        "Send the mails of the outbox as they come, until SIGTERM or Ctrl-C. With --once, send "
        "what is due and end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Only --once."""
        parser.add_argument("--once", action="store_true", help="send what is due, then end")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        """Run until asked to stop; the mail that is being sent at that moment is finished."""
        umask = os.umask(0o077)  # mails written to var/mail/ hold links that sign somebody in
        stop = Stop()
        worker = OutboxWorker(stop)
        before = {
            number: signal.signal(number, stop.ask) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            if once:
                worker.drain()
            else:
                worker.run()
        finally:
            os.umask(umask)  # the process may go on with something else, as tests do
            for number, handler in before.items():
                signal.signal(number, handler)
            stop.close()
