"""How client addresses are read, from whichever proxy."""

import pytest

from accounts.addresses import read_address, site_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9:51234 ", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("", None),
        ("unknown", None),
        ("_hidden", None),
        ("for=203.0.113.9", None),
        ("203.0.113.9.1", None),
        ("203.0.113.256", None),
        ("0xcb.0.113.9", None),
        ("203.0.113.9/8", None),
        ("[", None),
        ("\0", None),
        ("٢٠٣.0.113.9", None),
    ],
)
def test_an_address_is_read_in_every_usual_form(text: str, address: str | None) -> None:
    assert read_address(text) == address


def test_one_client_is_one_place_with_whichever_of_its_addresses() -> None:
    assert site_of("2001:db8::1") == site_of("2001:db8::ffff") == "2001:db8::/64"
    assert site_of("::ffff:203.0.113.9") == site_of("203.0.113.9")
