"""Pages of another origin call an API behind nginx: the recipe of deploy/nginx/gateway.conf."""

import pytest

from apikeys.gateway.original import Family
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.raw_http import Answered, ask
from tests.apikeys.gateway.real_gateways import for_pages_of_another_origin, started
from tests.apikeys.gateway.recording_server import RecordingServer
from tests.served_gateway import ServedGateway

OURS, FOREIGN = "https://app.example.com", "https://evil.example.com"
ALLOWED = "Access-Control-Allow-Origin"


def test_a_preflight_needs_no_key_and_reaches_nothing(
    served_gateway: ServedGateway,
    payroll: CreatedKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("cors")
    edit = for_pages_of_another_origin
    with (
        RecordingServer() as api,
        started(
            Family.NGINX, home, check=served_gateway.server.port, upstream=api.port, edit=edit
        ) as port,
    ):

        def said(method: str, origin: str, *fields: tuple[str, str]) -> Answered:
            return ask(port, method, "/payments", [("Origin", origin), *fields])

        wish = ("Access-Control-Request-Method", "POST")
        asked = said("OPTIONS", OURS, wish)
        assert (asked.status, asked.values(ALLOWED)) == (204, [OURS])
        assert "POST" in asked.values("Access-Control-Allow-Methods")[0]
        assert "api-key" in asked.values("Access-Control-Allow-Headers")[0]
        assert said("OPTIONS", FOREIGN, wish).status == 401
        assert said("OPTIONS", OURS).status == 401
        assert api.taken() == []
        key = ("api-key", payroll.secret.text)
        assert said("GET", OURS, key).values(ALLOWED) == [OURS]
        assert said("GET", FOREIGN, key).values(ALLOWED) == []
        refused = said("GET", OURS)
        assert (refused.status, refused.values(ALLOWED)) == (401, [OURS])
        assert "X-Auth-Error" in refused.values("Access-Control-Expose-Headers")[0]
        forbidden = ask(port, "POST", "/payments", [("Origin", OURS), key])
        assert (forbidden.status, forbidden.values(ALLOWED)) == (403, [OURS])
        assert len(api.taken()) == 2
