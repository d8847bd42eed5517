"""Send a request signed with a key's secret, which itself stays here (RFC 9421, Ed25519).

python3 sign.py GET "$API_URL/v1/api-key/self"
python3 sign.py PATCH "$API_URL/v1/api-key/keys/$CLIENT_ID" '{"description": "Signed"}'
"""

import base64, hashlib, os, sys, time, urllib.error, urllib.request, uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # pip install cryptography

SECRET = os.environ["API_KEY"]
CLIENT_ID = SECRET.rpartition("_")[0]
HKDF_OF_SECRET = HKDF(SHA256(), 32, CLIENT_ID.encode(), b"request-signing/ed25519/v1")
KEY = Ed25519PrivateKey.from_private_bytes(HKDF_OF_SECRET.derive(SECRET.encode()))


def signed_headers(method: str, url: str, body: bytes | None) -> dict[str, str]:
    headers, covered = {}, {"@method": method, "@target-uri": url}
    if body is not None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        covered["content-digest"] = headers["Content-Digest"] = f"sha-256=:{digest}:"
    names = " ".join(f'"{name}"' for name in covered)
    parameters = f'({names});created={int(time.time())};keyid="{CLIENT_ID}";alg="ed25519"'
    parameters += f';nonce="{uuid.uuid4()}";tag="api-key-portal"'
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64encode(KEY.sign(base.encode())).decode()
    return headers | {"Signature-Input": f"sig={parameters}", "Signature": f"sig=:{signature}:"}


method, url, body = sys.argv[1], sys.argv[2], sys.argv[3].encode() if sys.argv[3:] else None
headers = {"Content-Type": "application/json"} | signed_headers(method, url, body)
try:
    answer = urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method))
except urllib.error.HTTPError as refusal:
    answer = refusal
print(answer.status, answer.read().decode())
