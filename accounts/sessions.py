"""The sessions of pages (`SESSION_ENGINE`): hashed keys, an idle end, and one that is absolute.

A session ends when it was not used for `SESSION_IDLE` seconds, and in any case `SESSION_COOKIE_AGE`
seconds after its sign-in (NIST SP 800-63B-4, 2.2.3). All times are the database's.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from accounts.models import BROWSER_MAX, Session
from accounts.request_context import current

NOTED_EVERY = timedelta(minutes=1)
"""A session's use is written down at most this often."""
SWEPT_AT_ONCE = 1000
"""Rows that one step of the sweep deletes."""


class SessionStore(SessionBase):
    """One session, which is looked up by the hash of the key that the cookie holds."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        """The session as it was loaded; None before, and where there is none."""

    def load(self) -> dict[str, Any]:
        """The session's data, and note its use. Empty where no live session has this key."""
        stale = Q(last_used_at__lt=Now() - NOTED_EVERY)
        alive = Session.objects.alive().filter(key_hash=_hash(self.session_key or ""))
        row: Any = alive.annotate(to_note=ExpressionWrapper(stale, BooleanField())).first()
        if row is None:
            self._session_key = None
            return {}
        self.row = row
        if row.to_note:
            Session.objects.filter(pk=row.pk).update(last_used_at=Now(), **_whence())
        data: dict[str, Any] = self.decode(row.data)
        return data

    def exists(self, session_key: str) -> bool:
        """Whether some session has this key."""
        return Session.objects.filter(key_hash=_hash(session_key)).exists()

    def create(self) -> None:
        """Begin a session under a new key."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # the stubs miss it
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Store the session. Raises `UpdateError` if it was ended meanwhile."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # likewise
        values = {"data": self.encode(data), "user_id": data.get(SESSION_KEY)}
        sessions = Session.objects.filter(key_hash=_hash(self.session_key))
        if not must_create:
            if not sessions.update(**values):
                raise UpdateError
            return
        if self.row and self.row.user_id:
            values["started_at"] = self.row.started_at  # the same sign-in under another key
        try:
            with transaction.atomic():
                Session.objects.create(key_hash=_hash(self.session_key), **_whence(), **values)
        except IntegrityError as taken:
            raise CreateError from taken

    def delete(self, session_key: str | None = None) -> None:
        """End the session, or the one of another key. That a session has ended already is fine."""
        if key := session_key or self.session_key:
            Session.objects.filter(key_hash=_hash(key)).delete()

    def flush(self) -> None:
        """End the session and forget all of it: what follows is somebody else's."""
        super().flush()
        self.row = None

    @classmethod
    def clear_expired(cls) -> None:
        """Delete all sessions that have ended."""
        for _ in forget_old_sessions():
            pass


def forget_old_sessions() -> Iterator[int]:
    """Delete sessions that have ended, a thousand at a time; yields how many."""
    while True:
        ended = Session.objects.exclude(pk__in=Session.objects.alive().values("pk"))
        deleted, _ = Session.objects.filter(pk__in=ended.values("pk")[:SWEPT_AT_ONCE]).delete()
        if not deleted:
            return
        yield deleted


def _hash(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()


def _whence() -> dict[str, Any]:
    """Where the request that is being served comes from, as a session remembers it."""
    context = current()
    return {"address": context.address, "browser": context.browser[:BROWSER_MAX]}
