"""SECRET_KEY and the peppers of API keys: from the environment, or from ``var/secrets.json``.

Production sets ``SECRET_KEY`` and ``API_KEY_PEPPERS`` itself. `make run` writes the file once, and
development commands read it. Nothing else creates it: a production process that lost its
environment must not come up with new peppers, under which no existing key would match.

``API_KEY_PEPPERS`` is ``1:<base64>,2:<base64>``: numbered, so that a stored verifier can say which
one made it. New keys use the highest number; to rotate, append one and keep the old ones.
"""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from portal.database import var_directory

NAMES = ("SECRET_KEY", "API_KEY_PEPPERS")
PEPPER_BYTES = 32


def new_secrets() -> dict[str, str]:
    """Draw fresh values for all of NAMES."""
    pepper = base64.b64encode(secrets.token_bytes(PEPPER_BYTES)).decode()
    return {"SECRET_KEY": secrets.token_urlsafe(64), "API_KEY_PEPPERS": f"1:{pepper}"}


@dataclass(frozen=True)
class Secrets:
    """What settings.py needs; kept out of tracebacks and logs by its representation."""

    secret_key: str = field(repr=False)
    peppers: dict[int, bytes] = field(repr=False)


def load_secrets(env: Mapping[str, str]) -> Secrets:
    """Return the secrets in `env`, completed from ``var/secrets.json`` where `env` is silent.

    Raises ImproperlyConfigured when neither has them.
    """
    found = {name: env[name] for name in NAMES if env.get(name)}
    path = secrets_file(var_directory(env))
    if len(found) < len(NAMES) and path.exists():
        found = read_secrets(path) | found
    if missing := " and ".join(name for name in NAMES if name not in found):
        msg = f"{missing} must be set: there is no {path}, which `make run` writes."
        raise ImproperlyConfigured(msg)
    return Secrets(found["SECRET_KEY"], parse_peppers(found["API_KEY_PEPPERS"]))


def secrets_file(var: Path) -> Path:
    """Where the secrets of the installation in `var` are."""
    return var / "secrets.json"


def read_secrets(path: Path) -> dict[str, str]:
    """Read the file. Raises ImproperlyConfigured if others may read it too, or if it is broken."""
    if path.stat().st_mode & 0o077:
        msg = f"{path} can be read by others: chmod 600 {path}"
        raise ImproperlyConfigured(msg)
    try:
        stored = json.loads(path.read_text())
        return {name: str(stored[name]) for name in NAMES}
    except (ValueError, KeyError, TypeError):
        msg = f"{path} is damaged: restore it, its peppers are needed to check existing keys."
        raise ImproperlyConfigured(msg) from None


def ensure_secrets(path: Path) -> tuple[dict[str, str], bool]:
    """Return the secrets in `path` and whether they were drawn just now.

    The file appears complete or not at all, and an existing one is never replaced: two starts at
    the same moment end with the same secrets.
    """
    try:
        return read_secrets(path), False
    except FileNotFoundError:
        partial = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(new_secrets(), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)
        created = True
    except FileExistsError:
        created = False
    finally:
        partial.unlink()
    return read_secrets(path), created


def parse_peppers(text: str) -> dict[int, bytes]:
    """Parse API_KEY_PEPPERS. Raises ImproperlyConfigured, without repeating a pepper."""
    peppers: dict[int, bytes] = {}
    for position, part in enumerate(text.split(","), start=1):
        number, _, encoded = part.strip().partition(":")
        wrong = f"API_KEY_PEPPERS: entry {position} "
        if not number.isascii() or not number.isdigit() or int(number) in {0, *peppers}:
            raise ImproperlyConfigured(wrong + "needs a number of its own, from 1: 1:<base64>")
        try:
            pepper = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ImproperlyConfigured(wrong + "is not base64.") from None
        if len(pepper) < PEPPER_BYTES:
            raise ImproperlyConfigured(wrong + f"has fewer than {PEPPER_BYTES} bytes.")
        peppers[int(number)] = pepper
    return peppers
