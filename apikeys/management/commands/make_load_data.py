"""`manage.py make_load_data`: as much invented data as a measurement needs."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.demo.allowed import require_demo
from apikeys.demo.load_data import Loader


class Command(BaseCommand):
    """Appends invented tenants, people and keys by COPY."""

    help = (
        "Append invented tenants, people and keys, for measuring. Nobody can sign in as them and "
        "no secret opens their keys. Refuses in production, and unless DEMO=1: the rows cannot be "
        "deleted again. Much into a database without tenants goes in as one transaction, without "
        "indexes meanwhile; nobody else can use its tables then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of it."""
        parser.add_argument("--tenants", type=int, required=True)
        parser.add_argument("--keys", type=int, required=True)
        parser.add_argument("--seed", type=int, help="make the same names and figures each time")

    def handle(self, *args: Any, tenants: int, keys: int, seed: int | None, **options: Any) -> None:
        """Load in batches and say how far it is."""
        require_demo("Invented tenants cannot be deleted again.")
        if tenants < 1 or keys < 0:
            raise CommandError("Give at least one tenant, and no negative number of keys.")
        start = time.monotonic()
        for done, made in Loader(seed).load(tenants, keys):
            seconds = time.monotonic() - start
            self.stdout.write(f"{done} tenants, {made} keys, {seconds:.0f} s")
            self.stdout.flush()
        self.stdout.write(f"Ready after {time.monotonic() - start:.0f} s.")
