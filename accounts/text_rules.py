"""What free text and emails may hold: one place for every field that people fill in.

What a person cannot see is mended where it does no harm (white space, letters that are composed of
two, characters without a width), and refused where it hides or reorders what is read.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import Invalid

EMAIL_MAX = 254
"""Characters of an email address (RFC 5321)."""
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_WITHOUT_WIDTH = re.compile(
    "[\u00ad\u200b\u2060\ufeff]"
    # Joiners have a meaning between letters of some scripts, and none beside one of ASCII.
    "|(?<![^\\x00-\\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f])"
)
_SPACES = re.compile("[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
CONTROL_CHARACTERS = (
    "Remove the control characters, which cannot be seen. They come along with text that is copied "
    "from other programs; those that set its direction come with Hebrew or Arabic text. Type the "
    "text anew to be rid of them."
)


def one_line(text: str) -> str:
    """The text as one line is stored: composed (NFC), with single spaces and none at its ends."""
    return _SPACES.sub(" ", _seen(text).strip())


def some_lines(text: str) -> str:
    """The text as several lines are stored: composed (NFC), line breaks as one character."""
    return _seen(text.replace("\r\n", "\n")).strip()


def looks_like(one: str, other: str) -> bool:
    """Whether a person would take two texts for the same: case and invisible characters aside."""
    return _look(one) == _look(other)


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", _WITHOUT_WIDTH.sub("", text))


def _look(text: str) -> str:
    shown = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return one_line(unicodedata.normalize("NFKC", shown).casefold())


def clean_email(field: str, value: str, wrong: str) -> str:
    """The address as it is stored, in lower case; `Invalid` for `field`, with `wrong`.

    Only addresses in ASCII and without quotes are taken, since many mail servers take no other.
    """
    email = one_line(value).lower()
    try:
        if not email.isascii() or len(email) > EMAIL_MAX or '"' in email:
            raise ValidationError("not in ASCII, quoted or too long")
        validate_email(email)
    except ValidationError:
        raise Invalid({field: wrong}) from None
    return email


def shows_wrongly(text: str, *, allowed: str = "") -> bool:
    """Whether the text holds characters that hide, reorder or break what is shown."""
    return any(
        character not in allowed
        and (unicodedata.category(character) in _REFUSED_CATEGORIES or character in _BIDI_CONTROLS)
        for character in text
    )


def nobody_sees(text: str) -> bool:
    """Whether the text has no character that leaves a mark: white space and format characters."""
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def too_long(text: str, limit: int) -> str:
    """The sentence for a text over `limit` characters."""
    return f"Use at most {limit} characters; this has {len(text)}."


def required_text(field: str, value: str, limit: int, missing: str) -> str:
    """Some lines as they are stored, or `Invalid` for `field`; `missing` asks for them."""
    return _required(field, some_lines(value), limit, missing, allowed="\n\t")


def required_line(field: str, value: str, limit: int, missing: str) -> str:
    """One line as it is stored, or `Invalid` for `field`; `missing` asks for it."""
    return _required(field, one_line(value), limit, missing)


def _required(field: str, text: str, limit: int, missing: str, *, allowed: str = "") -> str:
    if nobody_sees(text):
        raise Invalid({field: missing})
    if len(text) > limit:
        raise Invalid({field: too_long(text, limit)})
    if shows_wrongly(text, allowed=allowed):
        raise Invalid({field: CONTROL_CHARACTERS})
    return text
