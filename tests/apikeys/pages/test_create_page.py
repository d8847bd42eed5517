"""Creating a key on the page."""

import pytest
from django.test import Client

from accounts.models import Tenant, User
from accounts.roles import Role
from apikeys.models import AccessState, ApiKey
from tests.factories import acting, make_key, make_tenant, put_access, signed_in


@pytest.fixture
def url(northwind: Tenant) -> str:
    """Northwind's create page."""
    return f"/account/{northwind.public_id}/keys/new/"


@pytest.fixture
def client(alice: User) -> Client:
    """A browser with Alice signed in."""
    return signed_in(alice)


def filled(client: Client, url: str, **changes: str) -> dict[str, str]:
    """The form as the page offers it, with `changes`."""
    offered = client.get(url).context["form"].initial
    return {**offered, "description": "", "role": "viewer", "expires": "never", **changes}


def test_it_shows_the_secret_in_the_answer_to_the_post(client: Client, url: str) -> None:
    """The secret is in this answer, which nothing may store."""
    answer = client.post(url, filled(client, url, name="Payroll"))
    key = ApiKey.objects.get(name="Payroll")
    assert answer.status_code == 200
    assert answer.context["client_secret"].startswith(key.client_id)
    assert answer.context["client_secret"] in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_it_offers_a_name_that_no_active_key_has(
    client: Client, url: str, northwind: Tenant
) -> None:
    """The proposal can be sent as it is, twice."""
    for _ in range(2):
        assert client.post(url, filled(client, url)).status_code == 200
    names = list(northwind.api_keys.order_by("id").values_list("name", flat=True))
    assert names[1] == f"{names[0]} 2"


def test_it_refuses_the_name_of_an_active_key_and_suggests_a_free_one(
    client: Client, url: str, northwind: Tenant, alice: User
) -> None:
    """Two keys of one name are how the wrong one gets deleted."""
    make_key(northwind, actor=acting(alice), name="Payroll")
    answer = client.post(url, filled(client, url, name="payroll"))
    assert answer.status_code == 422
    assert "Free is: payroll 2" in answer.context["form"].errors["name"][0]


def test_it_creates_one_key_when_the_same_form_is_sent_twice(
    client: Client, url: str, northwind: Tenant
) -> None:
    """The second answer names the key and says that its secret cannot be shown again."""
    form = filled(client, url, name="Payroll")
    secret = client.post(url, form).context["client_secret"]
    second = client.post(url, form)
    assert northwind.api_keys.count() == 1
    assert second.status_code == 409
    assert secret not in second.content.decode()
    assert "cannot be shown again" in second.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "", "responsible for this key"),
        ("email", "nobody", "for example payments@example.com"),
        ("name", "x" * 65, "Use at most 64 characters; this has 65."),
        ("name", "a\u202eb", "control characters"),
        ("description", "x" * 257, "Use at most 256 characters; this has 257."),
        ("role", "owner", "owner"),
        ("expires", "5", "5"),
    ],
)
def test_it_says_what_is_wrong_with_a_field_and_keeps_the_rest(
    client: Client, url: str, field: str, value: str, sentence: str
) -> None:
    """422, the sentence at its field, nothing lost and nothing created."""
    answer = client.post(url, filled(client, url, **{"name": "Payroll", field: value}))
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors[field][0]
    assert field == "name" or 'value="Payroll"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_it_asks_again_before_it_makes_an_admin(client: Client, url: str) -> None:
    """An admin key may create keys: one click on a radio button is too little."""
    form = filled(client, url, role="admin")
    assert client.post(url, form).status_code == 422
    assert client.post(url, form | {"confirm_admin": "on"}).status_code == 200
    assert ApiKey.objects.get().role == Role.ADMIN


def test_it_refuses_an_expiration_in_the_past(client: Client, url: str) -> None:
    """A key that is born expired is a mistake."""
    form = filled(client, url, expires="custom", expires_at="2020-01-01T10:00")
    answer = client.post(url, form)
    assert answer.context["form"].errors["expires_at"] == ["Choose a time in the future."]


def test_it_reads_a_time_in_the_persons_zone(
    client: Client, url: str, alice: User, northwind: Tenant
) -> None:
    """Ten o'clock in Paris in winter is nine o'clock UTC."""
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Paris")
    client.post(url, filled(client, url, expires="custom", expires_at="2090-01-15T10:00"))
    key = northwind.api_keys.get()
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2090-01-15T09:00:00+00:00"


def test_it_refuses_the_eleventh_key_and_says_what_to_do(
    client: Client, url: str, northwind: Tenant, alice: User
) -> None:
    """The form was opened while there was room; the answer names the limit."""
    form = filled(client, url, name="Eleventh")
    for number in range(10):
        make_key(northwind, actor=acting(alice), name=f"Key {number}")
    answer = client.post(url, form)
    assert answer.status_code == 409
    assert "All 10 active keys are in use" in answer.content.decode()
    assert "delete one first" in answer.content.decode()
    assert northwind.api_keys.count() == 10


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AccessState.NONE, "no API access yet"),
        (AccessState.REQUESTED, "waiting for approval"),
        (AccessState.SUSPENDED, "API access is suspended"),
    ],
)
def test_it_says_why_an_account_without_access_cannot_have_a_key(
    client: Client, url: str, northwind: Tenant, state: AccessState, words: str
) -> None:
    """In place of the form, and in answer to a form opened before."""
    form = filled(client, url)
    put_access(northwind, state)
    assert words in client.get(url).content.decode()
    answer = client.post(url, form)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_it_needs_the_csrf_token(alice: User, url: str) -> None:
    """Another site cannot make a signed-in admin create a key."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(url, {"name": "x"}).status_code == 403
    assert not ApiKey.objects.exists()


def test_it_keeps_the_accounts_apart(client: Client, alice: User) -> None:
    """The tenant in the URL is the one that gets the key, not the one looked at last."""
    other = make_tenant("Second account")
    assert client.post(f"/account/{other.public_id}/keys/new/", {}).status_code == 404
