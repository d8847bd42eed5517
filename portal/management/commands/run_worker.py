"""`manage.py run_worker`: sends mails and does chores until it is told to stop.

It stands in this storey since chores, and what mails are about, come from every storey.
"""

import os
import signal
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.adapter import link_still_works
from accounts.chores import Chore
from accounts.mailed_codes import still_signs_in
from accounts.outbox_worker import OutboxWorker, Stop
from accounts.rate_limits import forget_old_counts
from accounts.services.invitations import still_invites
from accounts.services.outbox import Matters, erase_recipients
from accounts.services.sign_in_email import still_to_confirm, still_to_undo
from accounts.sessions import forget_old_sessions
from apikeys.proof.nonces import forget_old_nonces
from apikeys.rest.idempotency import forget_old_answers
from apikeys.services.notices import still_so, still_to_decide
from apikeys.services.summaries import SWEEP_INTERVAL, sweep

CHORES = (
    # Often, since each takes only what is older than the interval: figures get hardly older.
    Chore("refresh_summaries", SWEEP_INTERVAL / 6, sweep),
    Chore("erase_recipients", timedelta(days=1), erase_recipients),
    Chore("forget_old_answers", timedelta(hours=1), forget_old_answers),
    Chore("forget_old_counts", timedelta(minutes=10), forget_old_counts),
    Chore("forget_old_sessions", timedelta(minutes=10), forget_old_sessions),
    Chore("forget_old_nonces", timedelta(minutes=5), forget_old_nonces),
)

MATTERS: Matters = {
    "invitation": still_invites,
    "email_change": still_to_confirm,
    "email_change_undo": still_to_undo,
    "sign_in_code": still_signs_in,
    "link": link_still_works,
    "access_request": still_to_decide,
    "access": still_so,
}


class Command(BaseCommand):
    """As many of these may run as one likes; each mail goes out once."""

    help = (
        "Send the mails of the outbox as they come, until SIGTERM or Ctrl-C. Beside them, keep "
        "the portfolio's figures fresh and forget what is old. With --once, do what is due and end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Only --once."""
        parser.add_argument("--once", action="store_true", help="do what is due, then end")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        """Run until asked to stop; the mail that is being sent at that moment is finished."""
        umask = os.umask(0o077)  # mails written to var/mail/ hold links that sign somebody in
        stop = Stop()
        worker = OutboxWorker(stop, CHORES, MATTERS)
        before = {
            number: signal.signal(number, stop.ask) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            if once:
                worker.run_once()
            else:
                worker.run()
        finally:
            os.umask(umask)  # the process may go on with something else, as tests do
            for number, handler in before.items():
                signal.signal(number, handler)
            stop.close()
