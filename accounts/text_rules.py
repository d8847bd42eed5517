"""What free text may hold, the same for every field that people read."""

import unicodedata

from accounts.errors import Invalid

EMAIL_MAX = 254
"""Characters of an email address (RFC 5321)."""
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
CONTROL_CHARACTERS = "Remove the control characters; they cannot be shown."


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
    """`value` without outer white space, or `Invalid` for `field`; `missing` asks for it."""
    text = value.replace("\r\n", "\n").strip()
    if nobody_sees(text):
        raise Invalid({field: missing})
    if len(text) > limit:
        raise Invalid({field: too_long(text, limit)})
    if shows_wrongly(text, allowed="\n\t"):
        raise Invalid({field: CONTROL_CHARACTERS})
    return text
