"""SECRET_KEY and peppers: made once, kept private, never made silently."""

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.secret_files import ensure_secrets, load_secrets, parse_peppers, secrets_file

PEPPER = base64.b64encode(b"p" * 32).decode()
OTHER = base64.b64encode(b"q" * 32).decode()


def test_the_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = secrets_file(tmp_path)
    first, created = ensure_secrets(path)
    assert created
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure_secrets(path) == (first, False)
    assert list(tmp_path.iterdir()) == [path]


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    stored, _ = ensure_secrets(secrets_file(tmp_path))
    secrets = load_secrets({"VAR": str(tmp_path), "SECRET_KEY": "mine"})
    assert secrets.secret_key == "mine"
    assert secrets.peppers == parse_peppers(stored["API_KEY_PEPPERS"])


def test_nothing_is_made_silently(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY and API_KEY_PEPPERS must be set"):
        load_secrets({"VAR": str(tmp_path)})
    assert not list(tmp_path.iterdir())


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = secrets_file(tmp_path)
    ensure_secrets(path)
    path.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        load_secrets({"VAR": str(tmp_path)})


def test_a_damaged_file_is_not_replaced(tmp_path: Path) -> None:
    path = secrets_file(tmp_path)
    path.touch(mode=0o600)
    with pytest.raises(ImproperlyConfigured, match="damaged"):
        ensure_secrets(path)


def test_secrets_do_not_show_in_a_traceback() -> None:
    secrets = load_secrets({"SECRET_KEY": "canary", "API_KEY_PEPPERS": f"1:{PEPPER}"})
    assert "canary" not in repr(secrets)
    assert "pppp" not in repr(secrets)


def test_peppers_are_numbered() -> None:
    assert parse_peppers(f"1:{PEPPER}, 12:{OTHER}") == {1: b"p" * 32, 12: b"q" * 32}


@pytest.mark.parametrize(
    "text",
    ["", PEPPER, f"0:{PEPPER}", f"1:{PEPPER},1:{OTHER}", "1:%%%", "1:cGVwcGVy", f"x:{PEPPER}"],
)
def test_bad_peppers_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="entry") as refusal:
        parse_peppers(text)
    assert PEPPER not in str(refusal.value)
