"""`manage.py refresh_summaries`: what changes with time alone, in the tenants' summaries."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from apikeys.services.summaries import BATCH, SWEEP_INTERVAL, sweep


class Command(BaseCommand):
    """One sweep; safe to run at any time, also twice at once."""

    help = (
        "Count anew what portfolios filter and sort by (expiring, unused, last use) for tenants "
        "whose figures are older than an hour. Run it hourly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How old figures may be, and how many tenants one transaction takes."""
        minutes = int(SWEEP_INTERVAL.total_seconds() // 60)
        parser.add_argument("--older-than", type=int, default=minutes, metavar="MINUTES")
        parser.add_argument("--batch", type=int, default=BATCH, metavar="TENANTS")

    def handle(self, *args: Any, older_than: int, batch: int, **options: Any) -> None:
        """Sweep until nothing is old, and say how much it was."""
        done = sum(sweep(timedelta(minutes=older_than), batch))
        self.stdout.write(f"{done} summaries refreshed.")
