"""Refusing passwords that are guessed easily, however long they are.

NIST SP 800-63B-4, 3.1.1.2: no rules of composition; instead a list of what must not be chosen.
zxcvbn holds the lists (docs/decisions/0019) and counts the guesses that a password needs.
"""

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from zxcvbn import zxcvbn

from accounts.models import Tenant, User

GUESSES_MIN = 1e8
"""A password that needs fewer guesses is refused: below it is zxcvbn's score 0, 1 or 2."""
JUDGED_MAX = 72
"""Characters that are judged. Each one more takes longer, and these are enough to tell."""
SHORT_WORD = 2
"""Characters of a word that is too short to be somebody's name."""
KEYBOARD_ROWS = (
    *("qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm"),
    *("zxcvbnm", "yxcvbnm", "wxcvbn", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
)
"""Rows of letters in countries whose keyboards zxcvbn does not know, and of its own."""
_ROWS = [row[::way] for row in KEYBOARD_ROWS for way in (1, -1)]
ADVICE = "Four or more words that have nothing to do with each other make a good one."

_REASONS = {
    "repeat": "it repeats itself",
    "sequence": "it follows the alphabet or the numbers",
    "spatial": "it follows the rows of a keyboard",
    "date": "it is made of a date",
    "regex": "it is made of a year",
    "user_inputs": "it is made of your name, your email, or the name of the account or product",
    "passwords": "it is one of the most common passwords, or made of them",
}


class HardToGuess:
    """A password validator of Django's: the password needs at least `GUESSES_MIN` guesses."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` with what makes the password easy to guess."""
        typed = unicodedata.normalize("NFKC", password)[:JUDGED_MAX]
        joined = _joined(typed)
        # Spaces and signs between the parts of a name make it hardly harder to guess.
        spellings = [typed, joined] if len(joined) > len(typed) / 2 else [typed]
        names = [*_ROWS, *_names(user)]
        for spelling in spellings:
            judged = zxcvbn(spelling, names, max_length=JUDGED_MAX)
            parts = judged["sequence"]
            named = [part for part in parts if part.get("dictionary_name") == "user_inputs"]
            mostly_names = sum(len(part["token"]) for part in named) > len(spelling) / 2
            if judged["guesses"] < GUESSES_MIN or mostly_names:
                reason = _reason(named if mostly_names else parts)
                raise ValidationError(f"This password is guessed easily: {reason}. {ADVICE}")

    def get_help_text(self) -> str:
        """What to choose, said beside the field."""
        return ADVICE


def _reason(matches: list[dict[str, Any]]) -> str:
    """What is wrong with the longest part that zxcvbn recognised."""
    recognised = [match for match in matches if match["pattern"] != "bruteforce"]
    longest = max(recognised or matches, key=lambda match: len(match["token"]))
    kind = longest.get("dictionary_name") or longest["pattern"]
    if kind == "user_inputs" and longest["matched_word"] in _ROWS:
        kind = "spatial"
    return _REASONS.get(kind, "it is made of common words or names")


def _names(user: User | None) -> list[str]:
    """What somebody who wants to guess this person's password tries first."""
    names = [settings.PRODUCT_NAME, settings.ENVIRONMENT_NAME]
    if user is not None:
        member = Q(memberships__user=user.pk, memberships__ended_at=None)
        invited = Q(invitations__email=user.email)  # who has no sign-in yet has no membership
        accounts = Tenant.objects.filter(member | invited).distinct()
        names += [user.name, user.email, *user.email.split("@")]
        names += accounts.values_list("name", flat=True)
    words = {word for name in names for word in re.split(r"[\W_]+", name)}
    return [word for word in words | {_joined(name) for name in names} if len(word) > SHORT_WORD]


def _joined(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
