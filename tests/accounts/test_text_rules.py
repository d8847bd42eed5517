"""What people paste is stored as it is seen, and what deceives is refused beside its field."""

import pytest

from accounts.errors import Invalid
from accounts.text_rules import clean_email, looks_like, one_line, required_text, some_lines


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (" Beta \u00a0 Ltd\t", "Beta Ltd"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("Pay\u200broll\ufeff", "Payroll"),
        ("Pay\u200droll", "Payroll"),
        ("\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",) * 2,
        ("\U0001f469\u200d\U0001f4bb",) * 2,
        ("a\nb", "a\nb"),
    ],
)
def test_one_line_is_stored_as_it_is_seen(given: str, stored: str) -> None:
    assert one_line(given) == stored
    assert one_line(stored) == stored


def test_some_lines_keep_their_breaks() -> None:
    assert some_lines(" a\r\n\tb\u200b ") == "a\n\tb"


@pytest.mark.parametrize(
    "typed", ["beta ltd", "Beta  Ltd", " Beta\u00a0Ltd ", "\u200fBeta\u200b Ltd", "\uff22eta Ltd"]
)
def test_a_typed_confirmation_is_compared_as_people_see_it(typed: str) -> None:
    assert looks_like(typed, "Beta Ltd")
    assert not looks_like(typed, "Beta Lte")


def test_control_characters_are_refused_in_words_that_help() -> None:
    with pytest.raises(Invalid) as refused:
        required_text("reason", "\u202eabc", 500, "")
    assert "Hebrew" in refused.value.errors["reason"]


def test_an_email_is_stored_in_one_form() -> None:
    assert clean_email("email", " Ada\u200b@Example.COM\u00a0", "") == "ada@example.com"


@pytest.mark.parametrize(
    "email",
    ['"\x01\x02"@example.com', '"a b"@example.com', "a@ex\u00e4mple.com", f"{'a' * 290}@b.example"],
)
def test_an_email_that_no_mail_server_takes_is_refused(email: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_email("email", email, "Enter an email address.")
    assert refused.value.errors == {"email": "Enter an email address."}
