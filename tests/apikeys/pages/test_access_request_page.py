"""The API access page: asking, withdrawing, and what was decided."""

import pytest

from accounts.actor import StaffActor
from accounts.models import OutboxMail, Tenant, User
from accounts.roles import Role
from apikeys.models import AccessRequest, ApiAccess
from apikeys.services.api_access import approve_request, decline_request, suspend_access
from tests.factories import make_member, signed_in

REASON = "Our shop pays out refunds every night."


@pytest.fixture
def url(juniper: Tenant) -> str:
    """Juniper's page about API access."""
    return f"/account/{juniper.public_id}/access/"


def state_of(tenant: Tenant) -> str:
    """API access as it is in the database."""
    return ApiAccess.objects.get(tenant=tenant).state


def test_it_asks_with_a_reason(nina: User, rita: User, juniper: Tenant, url: str) -> None:
    """The page says who decides; afterwards that it waits, and with which reason."""
    client = signed_in(nina)
    assert "Rita, your relationship manager, decides" in client.get(url).content.decode()
    answer = client.post(url, {"reason": f"  {REASON} "})
    assert (answer.status_code, answer["Location"]) == (303, url)
    assert AccessRequest.objects.get(tenant=juniper).reason == REASON
    assert OutboxMail.objects.filter(to=rita.email).exists()
    page = client.get(url).content.decode()
    assert "Waiting for approval" in page
    assert REASON in page
    assert "rita@example.com" in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "two\x00lines"])
def test_it_wants_a_reason_that_people_can_read(
    reason: str, nina: User, juniper: Tenant, url: str
) -> None:
    """422 with the form; nothing is asked for."""
    answer = signed_in(nina).post(url, {"reason": reason})
    assert answer.status_code == 422
    assert state_of(juniper) == "none"


def test_it_asks_once(nina: User, juniper: Tenant, url: str) -> None:
    """A form sent twice is one request; the second answer shows how it stands."""
    client = signed_in(nina)
    client.post(url, {"reason": REASON})
    answer = client.post(url, {"reason": "Again"})
    assert answer.status_code == 409
    assert "Waiting for approval" in answer.content.decode()
    assert AccessRequest.objects.filter(tenant=juniper).count() == 1


def test_it_withdraws_the_request(nina: User, juniper: Tenant, url: str) -> None:
    """And says so when there is none any more."""
    client = signed_in(nina)
    client.post(url, {"reason": REASON})
    assert client.post(url, {"withdraw": "1"}).status_code == 303
    assert state_of(juniper) == "none"
    page = client.get(url).content.decode()
    assert "Withdrawn" in page
    assert "Request API access" in page
    assert client.post(url, {"withdraw": "1"}).status_code == 409


def test_it_shows_why_a_request_was_declined(
    nina: User, rita: User, juniper: Tenant, url: str
) -> None:
    """On the page with its form, on the overview, and to members who cannot ask."""
    client = signed_in(nina)
    client.post(url, {"reason": REASON})
    decline_request(actor=StaffActor(rita), tenant=juniper, text="Sign the contract first.")
    page = client.get(url).content.decode()
    assert page.count("Sign the contract first.") == 2
    assert "Declined" in page
    viewer = signed_in(make_member(juniper, Role.VIEWER, "Vic"))
    for person, offered in ((client, True), (viewer, False)):
        overview = person.get(f"/account/{juniper.public_id}/").content.decode()
        assert "Sign the contract first." in overview
        assert (f'href="{url}">Request API access' in overview) is offered


def test_it_forgets_an_old_decline_once_there_is_a_newer_request(
    nina: User, rita: User, juniper: Tenant, url: str
) -> None:
    """The newest request is what counts: withdrawn, there is no declined text any more."""
    client = signed_in(nina)
    client.post(url, {"reason": REASON})
    decline_request(actor=StaffActor(rita), tenant=juniper, text="Not yet.")
    client.post(url, {"reason": REASON})
    client.post(url, {"withdraw": "1"})
    assert client.get(url).context["access"].text == ""


def test_it_says_since_when_access_is_enabled_and_how_many_keys(
    nina: User, rita: User, juniper: Tenant, url: str
) -> None:
    """With who approved it, and no form."""
    client = signed_in(nina)
    client.post(url, {"reason": REASON})
    approve_request(actor=StaffActor(rita), tenant=juniper, text="Welcome.")
    page = client.get(url).content.decode()
    for words in ("Enabled", "up to 10 active keys", "Approved", "Welcome.", "by Rita"):
        assert words in page
    assert 'name="reason"' not in page


def test_it_says_what_the_platform_wrote_about_a_suspension_and_not_its_note(
    nina: User, rita: User, juniper: Tenant, url: str
) -> None:
    """With the time and whom to write to; the note is for platform staff alone."""
    client = signed_in(nina)
    client.post(url, {"reason": REASON})
    approve_request(actor=StaffActor(rita), tenant=juniper)
    suspend_access(
        actor=StaffActor(rita), tenant=juniper, client_text="Odd traffic.", internal_note="Fraud?"
    )
    for path in (url, f"/account/{juniper.public_id}/keys/"):
        page = client.get(path).content.decode()
        assert "Odd traffic." in page
        assert "suspended since" in page
        assert "rita@example.com" in page
        assert "Fraud?" not in page


def test_it_is_not_for_members_who_cannot_ask(juniper: Tenant, url: str) -> None:
    """Neither the page, nor its tab, nor a POST past both."""
    viewer = signed_in(make_member(juniper, Role.VIEWER, "Vic"))
    assert viewer.get(url).status_code == 403
    assert viewer.post(url, {"reason": REASON}).status_code == 403
    assert f'href="{url}"' not in viewer.get(f"/account/{juniper.public_id}/").content.decode()
    assert state_of(juniper) == "none"
