"""Letters beyond ASCII: software takes some for others, or takes them away."""

import sys
from unicodedata import category
from urllib.parse import quote

import pytest

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy
from tests.apikeys.gateway.policies import covered, refused


@pytest.mark.parametrize(
    "path",
    [
        "/\uff55\uff53\uff45\uff52\uff53",  # full width
        "/\uff35sers/7",
        "/u\u017fers",  # a long s
        "/us\u00e9rs",  # compared without accents
        "/use\u0301rs",
        "/u\ufe0fsers",  # a mark that nobody sees
        "/\U0001d42esers",  # mathematical
        "/\u1d64sers",  # subscript
        "/users\u0660",  # a digit, yet not of ASCII
        "/users\u00e9",
        "/users\u00e92",
        "/users\u00b2",
        "/\u00e9users",  # for who drops it
        "/users\u00df",
        "/users\u0130",
        "/users\ufb01",
        "/\u017fusers",
        "/u\u65e5sers",
        "/\u65e5\u672c/users",
        "/customers/7/\uff43ontacts",
        "/cu\u017ftomers/\u65e5/contacts.json",
    ],
)
def test_it_covers_what_software_takes_for_its_letters(path: str) -> None:
    assert refused("/users", quote(path)) or refused("/customers/*/contacts", quote(path))


@pytest.mark.parametrize("path", ["/\u0131d", "/\u0130d", "/ID", "/I\u0307d"])
def test_it_covers_the_dotless_and_the_dotted_i(path: str) -> None:
    assert refused("/id", quote(path))


@pytest.mark.parametrize(
    "sign",
    [
        "\u200b",  # zero width
        "\u200d",
        "\ufeff",
        "\u2060",
        "\u00ad",  # a soft hyphen
        "\u202e",  # from right to left
        "\U000e0041",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\u0085",
        "\u115f",  # letters that show nothing
        "\u1160",
        "\u3164",
        "\uffa0",
        "\uff0f",  # what some take for a slash, a backslash or a dot
        "\u2215",
        "\u2044",
        "\uff3c",
        "\u2216",
        "\u00a5",
        "\u20a9",
        "\uff0e",
        "\u2024",
        "\u2025",
        "\ufe52",
        "\uff1b",
        "\uff05",
        "\uff1f",
        "\uff03",
        "\u00bd",  # one half, which is 1, a slash and 2
        "\u2488",  # a digit and a dot
        "\ufdfa",  # one letter that is four words
        "\U0001f600",
        "\ue000",
        "\uffff",
        "\U0010ffff",
    ],
    ids=lambda sign: f"U+{ord(sign):04X}",
)
@pytest.mark.parametrize("path", ["/us{}ers", "/x{}/users", "/{}", "/x/..{}/users"])
def test_it_refuses_signs_that_are_no_letters(path: str, sign: str) -> None:
    assert refused("/users", quote(path.format(sign)))


@pytest.mark.parametrize(
    "path",
    ["/caf\u00e9", "/cafe\u0301", "/M\u00fcller/7", "/\u65e5\u672c\u8a9e", "/\u0939\u093f\u0928"]
    + ["/\u0645\u0631\u062d\u0628\u0627", "/\u0660\u0661", "/\u00fcsersx", "/\u00e9\u00e9"],
)
def test_clean_letters_stay_open(path: str) -> None:
    assert not refused("/users", quote(path))


@pytest.mark.parametrize("spelled", ["caf\u00e9", "cafe\u0301", "CAF\u00c9", "cafe", "caf\uff45"])
@pytest.mark.parametrize("pattern", ["/caf%C3%A9", "/cafe%CC%81", "/CAF%c3%89"])
def test_a_pattern_may_hold_them_too(pattern: str, spelled: str) -> None:
    assert covered(pattern, quote(f"/{spelled}.json"))


def test_no_letter_becomes_a_sign_that_leads_elsewhere() -> None:
    """Whatever is open, or covered under another name, has been one segment all along."""
    policy = Policy(["/*/secret"])
    for code in range(0x80, sys.maxunicode + 1):
        letter = chr(code)
        if category(letter)[0] in "LMN":
            target = quote(f"/x{letter}secret")
            refusal = policy.refusal(Role.GL, Asked("GET", target))
            assert refusal is None or "more than one way" in refusal.reason, hex(code)
