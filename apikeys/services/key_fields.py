"""What a key's fields may hold: one place for pages, REST APIs and commands."""

from datetime import datetime
from typing import Final

from accounts import text_rules
from accounts.errors import Invalid
from accounts.text_rules import (
    CONTROL_CHARACTERS,
    nobody_sees,
    one_line,
    shows_wrongly,
    some_lines,
    too_long,
)
from apikeys.rules import DESCRIPTION_MAX, EXPIRATION_MAX, NAME_MAX


class Unset:
    """Says that a caller left a field as it is; None cannot, since it means "never"."""

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()


class FieldErrors:
    """Collects what is wrong field by field, so that the caller hears of all at once."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def add(self, field: str, message: str) -> None:
        """Note the first thing that is wrong with `field`."""
        self.errors.setdefault(field, message)

    def raise_if_any(self) -> None:
        """Raise `Invalid` with everything that was noted."""
        if self.errors:
            raise Invalid(self.errors)


def clean_name(value: str, errors: FieldErrors) -> str:
    """A key's name: 1 to 64 characters on one line."""
    name = one_line(value)
    if nobody_sees(name):
        errors.add("name", "Enter a name.")  # also in place of characters that nobody sees
    _check_text("name", name, NAME_MAX, errors)
    return name


def clean_description(value: str, errors: FieldErrors) -> str:
    """A key's description: up to 256 characters, line breaks allowed."""
    description = some_lines(value)
    _check_text("description", description, DESCRIPTION_MAX, errors, allowed="\n\t")
    return description


def clean_email(value: str, errors: FieldErrors) -> str:
    """The responsible person's or team's address: required, stored lowercased."""
    wrong = "Enter an email address, for example payments@example.com."
    if not value.strip():
        wrong = "Enter the email of the person or team responsible for this key."
    try:
        return text_rules.clean_email("email", value, wrong)
    except Invalid as refusal:
        errors.add("email", refusal.errors["email"])
        return value


def clean_expiration(value: datetime | None, now: datetime, errors: FieldErrors) -> datetime | None:
    """A key's expiration: None for never, or a time with a zone, at most 100 years after `now`."""
    if value is None:
        return None
    if value.tzinfo is None:
        errors.add("expiration", "Give the time with its zone, for example 2027-01-31T10:00:00Z.")
    elif value <= now:
        errors.add("expiration", "Choose a time in the future.")
    elif value - now > EXPIRATION_MAX:
        errors.add("expiration", "Choose a time within the next 100 years, or never.")
    return value


def _check_text(
    field: str, text: str, limit: int, errors: FieldErrors, *, allowed: str = ""
) -> None:
    if len(text) > limit:
        errors.add(field, too_long(text, limit))
    if shows_wrongly(text, allowed=allowed):
        errors.add(field, CONTROL_CHARACTERS)
