"""What each role may do behind the gateway: the table of roles, by method."""

import pytest

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy

POLICY = Policy(["/users", "/customers/*/contacts"])
READING = ["GET", "HEAD", "OPTIONS"]
WRITING = ["POST", "PUT", "PATCH", "DELETE", "BREW", "PROPFIND", "TRACE", "CONNECT", "get", "Get"]


def may(role: Role, asked: Asked) -> bool:
    return POLICY.refusal(role, asked) is None


@pytest.mark.parametrize("method", READING)
@pytest.mark.parametrize("role", Role)
def test_it_lets_every_role_read(role: Role, method: str) -> None:
    assert may(role, Asked(method, "/payments"))


@pytest.mark.parametrize("method", WRITING)
@pytest.mark.parametrize("role", Role)
def test_it_lets_everybody_but_viewers_write(role: Role, method: str) -> None:
    assert may(role, Asked(method, "/payments")) == (role != Role.VIEWER)


@pytest.mark.parametrize("method", [*READING, *WRITING])
@pytest.mark.parametrize("path", ["/users", "/users/7", "/customers/7/contacts"])
@pytest.mark.parametrize("role", Role)
def test_it_keeps_user_data_for_admins(role: Role, path: str, method: str) -> None:
    assert may(role, Asked(method, path)) == (role == Role.ADMIN)


@pytest.mark.parametrize("role", Role)
def test_it_takes_an_override_for_a_write(role: Role) -> None:
    assert may(role, Asked("GET", "/payments", overridden=True)) == (role != Role.VIEWER)


@pytest.mark.parametrize("method", ["", "GET ", "GE T", "GET\n", "GÉT", "G(T)", "G" * 33, "GET\0"])
@pytest.mark.parametrize("role", Role)
def test_it_refuses_everybody_a_method_that_is_none(role: Role, method: str) -> None:
    assert not may(role, Asked(method, "/payments"))
