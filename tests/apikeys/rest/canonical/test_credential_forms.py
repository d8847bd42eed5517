"""A key signs in with its secret, in exactly one of four forms."""

from base64 import b64encode

import pytest
from django.test import Client

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF, problem


def forms(key: CreatedKey) -> dict[str, dict[str, str]]:
    """The headers of each form."""
    pair, alone = (
        b64encode(text.encode()).decode()
        for text in (f"{key.key.client_id}:{key.secret.text}", f"{key.secret.text}:")
    )
    return {
        "api-key": {"api-key": key.secret.text},
        "X-API-Key": {"X-API-Key": key.secret.text},
        "Bearer": {"Authorization": f"Bearer {key.secret.text}"},
        "Basic": {"Authorization": f"Basic {pair}"},
        "Basic, alone": {"Authorization": f"Basic {alone}"},
    }


FORMS = ("api-key", "X-API-Key", "Bearer", "Basic", "Basic, alone")
IN_ONE_HEADER = {"Bearer", "Basic", "Basic, alone"}


@pytest.mark.parametrize("form", FORMS)
def test_it_accepts_the_secret_in_each_form(payroll: CreatedKey, form: str) -> None:
    response = Client().get(SELF, headers=forms(payroll)[form])
    assert response.status_code == 200
    assert response.json()["client_id"] == payroll.key.client_id


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_it_reads_the_scheme_in_any_case_and_spacing(payroll: CreatedKey, scheme: str) -> None:
    header = {"Authorization": f"{scheme} {payroll.secret.text}"}
    assert Client().get(SELF, headers=header).status_code == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [(a, b) for i, a in enumerate(FORMS) for b in FORMS[i + 1 :] if not {a, b} <= IN_ONE_HEADER],
)
def test_it_refuses_two_forms_at_once_also_when_equal(
    payroll: CreatedKey, first: str, second: str
) -> None:
    both = forms(payroll)[first] | forms(payroll)[second]
    response = Client().get(SELF, headers=both)
    problem(response, 400, "multiple_credentials")
    assert "WWW-Authenticate" not in response


@pytest.mark.parametrize("form", FORMS)
def test_it_refuses_the_same_header_twice(payroll: CreatedKey, form: str) -> None:
    # A WSGI server joins the two with a comma.
    ((name, value),) = forms(payroll)[form].items()
    for twice in (f"{value},{value}", f"{value}, x"):
        problem(Client().get(SELF, headers={name: twice}), 400, "multiple_credentials")


def test_it_takes_an_authorization_of_another_kind_for_a_second_credential(
    payroll: CreatedKey,
) -> None:
    headers = {"api-key": payroll.secret.text, "Authorization": 'Digest username="x", realm="y"'}
    problem(Client().get(SELF, headers=headers), 400, "multiple_credentials")


def test_it_ignores_an_empty_header_beside_the_secret(payroll: CreatedKey) -> None:
    headers = {"api-key": "", "Authorization": f"Bearer {payroll.secret.text}"}
    assert Client().get(SELF, headers=headers).status_code == 200


@pytest.mark.parametrize("unset", ["Bearer ", "Bearer", "basic", "Basic Og=="])
def test_it_ignores_an_authorization_without_a_value_beside_the_secret(
    payroll: CreatedKey, unset: str
) -> None:
    headers = {"api-key": payroll.secret.text, "Authorization": unset}
    assert Client().get(SELF, headers=headers).status_code == 200
