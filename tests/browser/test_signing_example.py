"""The signing example in JavaScript, from the documentation page, run in Chromium."""

import json

from apikeys.models import UsedNonce
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, SELF
from tests.apikeys.rest.canonical.documented import blocks
from tests.browser.visits import Visits
from tests.served_portal import ServedPortal

DOCS = "/docs/"
AS_A_MODULE = """async ([API_KEY, ...given]) => {
  const process = { env: { API_KEY }, argv: ["node", "sign.mjs", ...given] }, said = [];
  const console = { log: (...words) => said.push(words.join(" ")) };
  %s
  return said.join("\\n");
}"""


def test_it_signs_with_and_without_a_body(
    visit: Visits, served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    """Chromium's WebCrypto stands in for Node's; `process` is given."""
    page = visit()
    page.goto(DOCS)
    code = blocks(served_portal)["signing-javascript"]

    def run(*words: str) -> tuple[str, dict[str, object]]:
        printed: str = page.evaluate(AS_A_MODULE % code, [admin_key.secret.text, *words])
        status, _, body = printed.partition(" ")
        return status, json.loads(body)

    status, itself = run("GET", served_portal.url + SELF)
    assert (status, itself["client_id"]) == ("200", admin_key.key.client_id)
    key_url = f"{served_portal.url}{KEYS}/{admin_key.key.client_id}"
    status, changed = run("PATCH", key_url, json.dumps({"description": "Größe"}))
    assert (status, changed["description"]) == ("200", "Größe")
    assert UsedNonce.objects.count() == 2
