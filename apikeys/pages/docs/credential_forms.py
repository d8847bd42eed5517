"""The documentation page's words and calls for access tokens and signed requests."""

from functools import cache
from pathlib import Path
from typing import Any

from apikeys.pages.docs.snippets import Snippet, noted
from apikeys.proof.signatures import AGE_MAX, AHEAD_MAX, NONCE_MAX, TAG
from apikeys.proof.tokens import LIFETIME

_EXAMPLES = Path(__file__).with_name("signing_examples")
_NOTING = f"printf '%s\\n' \"$ANSWER\"\n{noted('TOKEN', 'access_token')}"

FETCH_BY_OAUTH = (
    'ANSWER=$(curl -sS "$API_URL/oauth/token" \\\n'
    '  -u "$CLIENT_ID:$API_KEY" \\\n'
    "  -d grant_type=client_credentials)\n"
    f"{_NOTING}"
)
FETCH_BY_HUBPAY = (
    'ANSWER=$(curl -sS "$API_URL/auth/token" \\\n'
    '  -H "Content-Type: application/json" \\\n'
    '  -d "{\\"clientId\\": \\"$CLIENT_ID\\", \\"clientSecret\\": \\"$API_KEY\\"}")\n'
    f"{_NOTING}"
)
USE = 'curl -sS -i "$API_URL/v1/api-key/self" \\\n  -H "Authorization: Bearer $TOKEN"'
INTROSPECT = (
    'curl -sS -i "$API_URL/oauth/introspect" \\\n  -H "api-key: $API_KEY" \\\n  -d "token=$TOKEN"'
)


@cache
def credential_forms() -> dict[str, Any]:
    """What the templates show; the rules' numbers are those that are held."""
    return {
        "token_calls": {
            "oauth": FETCH_BY_OAUTH,
            "hubpay": FETCH_BY_HUBPAY,
            "use": USE,
            "introspect": INTROSPECT,
        },
        "token_minutes": LIFETIME // 60,
        "signing": {"tag": TAG, "age": AGE_MAX, "ahead": AHEAD_MAX, "nonce": NONCE_MAX},
        "signing_examples": (
            Snippet("Python", "python", "sign.py, needs cryptography", _file("sign.py")),
            Snippet("JavaScript", "javascript", "sign.mjs, Node 20 or newer", _file("sign.mjs")),
        ),
        "signing_vector": _file("vector.txt"),
    }


def _file(name: str) -> str:
    return (_EXAMPLES / name).read_text().rstrip("\n")
