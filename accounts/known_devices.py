"""Known devices: browsers in which somebody has signed in before, by a signed cookie.

A known device keeps its own count of failed sign-ins, so that strangers who guess at a password
cannot keep its owner out. The cookie opens nothing: whoever has it still needs the password.
"""

import secrets
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.models import User

KNOWN_FOR = timedelta(days=400)
"""The longest time that browsers keep a cookie (RFC 6265bis, 5.5)."""
PEOPLE_MAX = 5
"""People whom one browser remembers; whoever signed in longest ago is forgotten first."""
_SALT = "accounts.known_devices"

type _Known = dict[str, tuple[str, float, str]]
"""A person's public id to this device's number for them, when they last signed in, and a keyed
hash of their password's."""


def device_of(request: HttpRequest, user: User | None) -> str:
    """This device's number for `user`; empty where they have not signed in within `KNOWN_FOR`.

    With another password no device is known: whoever knew the old one may have kept a cookie.
    """
    number, _, password = _read(request).get(user.public_id if user else "", ("", 0, ""))
    return number if user is not None and password == _password_of(user) else ""


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Make the browser that gets `response` a known device of `user`, from now on."""
    known = _read(request)
    known.pop(user.public_id, None)
    known[user.public_id] = secrets.token_hex(8), time.time(), _password_of(user)
    while len(known) > PEOPLE_MAX:
        known.pop(next(iter(known)))
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(known, salt=_SALT),
        max_age=KNOWN_FOR,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> _Known:
    try:
        signed: dict[str, Any] = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT
        )
    except signing.BadSignature:
        return {}
    oldest = time.time() - KNOWN_FOR.total_seconds()
    return {person: entry for person, entry in signed.items() if entry[1] >= oldest}


def _password_of(user: User) -> str:
    return salted_hmac(_SALT, user.password, algorithm="sha256").hexdigest()[:16]
