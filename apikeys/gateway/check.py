"""The gateway's check: may this credential do this, now? One SELECT, and nothing remembered.

The HTTP contract's section 4. Every request is decided by the database as it is at that moment;
whatever cannot be decided is refused.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from time import time
from typing import NamedTuple
from urllib.parse import unquote

import structlog

from accounts.request_context import RequestContext, serving
from apikeys.codes import CHALLENGE, RETRY_AFTER, Code, problem_document
from apikeys.credentials import ClientSecret, Peppers, find_secret_shape
from apikeys.gateway.coroutine_protocol import Steps
from apikeys.gateway.failures import Failures
from apikeys.gateway.lookup import KeyState, Lookup
from apikeys.gateway.original import Family, Unclear, client_address, original
from apikeys.gateway.pipeline import Unavailable
from apikeys.gateway.policy import Asked, Policy
from apikeys.proof.decide import NOT_PROVED, PepperMissing, Shown, Signed, refusal
from apikeys.proof.exposed_secrets import SecretInUrl, record_exposed
from apikeys.proof.headers import Headers, pairs_of
from apikeys.proof.presented import Flawed, given, presented
from apikeys.proof.signatures import (
    BadSignature,
    SignedRequest,
    checked_signature,
    claimed_client_id,
    is_signed,
)
from apikeys.proof.tokens import AccessToken, read_token
from apikeys.proof.use_log import UseLog

log = structlog.get_logger(__name__)

type Proved = tuple[str, KeyState]
"""A client ID, and what is known of its key."""

_REQUEST_ID = re.compile(r"\A[A-Za-z0-9_.:-]{8,64}\Z")
_BAD_CREDENTIALS = frozenset(
    {
        Code.CREDENTIAL_MALFORMED,
        Code.UNAUTHENTICATED,
        Code.WRONG_ENVIRONMENT,
        Code.SIGNATURE_INVALID,
    }
)
"""What counts as guessing. A missing or doubled credential is a mistake, and costs us no SELECT."""
TOO_MANY = (
    "Too many credentials that do not pass came from this address within a minute, so this one was "
    "not looked at. Stop the program that sends them; try again after as many seconds as "
    "Retry-After says."
)


class Verdict(NamedTuple):
    """The answer to a check, without a framework."""

    status: int
    headers: list[tuple[str, str]]
    body: str = ""


class _Claimed(NamedTuple):
    """A signed request, and the client ID of the key that it claims; empty if it claims none."""

    client_id: str


class _Asking(NamedTuple):
    """Which check this is, and of whom, for answers and for the log."""

    request_id: str
    """Ours: one that somebody else chose could be that of another request."""
    headers: Headers
    address: str | None

    @property
    def caller_request_id(self) -> str:
        """The gateway's or the client's own id, by which its log names the request; or nothing."""
        found = self.headers.get("x-request-id", ())
        return found[0] if len(found) == 1 and _REQUEST_ID.match(found[0]) else ""


class _Refused(Exception):
    client_id = ""
    """Whose key was claimed, as far as it was read."""

    def __init__(self, code: Code, status: HTTPStatus, detail: str = "", **members: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.detail = detail or code.meaning
        self.members = members


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything a check needs; one per process."""

    family: Family
    trusts: Callable[[str | None], bool]
    """Whether checks may come from this address: whether it is a gateway's."""
    policy: Policy
    peppers: Peppers
    prefix: str
    lookup: Lookup
    failures: Failures
    uses: UseLog
    origin: str
    """Where clients call the API, as in https://api.example.com: what signatures speak of."""
    docs_url: str

    def check(self, method: str, suffix: str, headers: Headers, peer: str | None) -> Steps[Verdict]:
        """Decide about one request; always answers 200, 401, 403 or 503.

        `method`, `suffix` (what follows the path of checks, with its query), `headers` and `peer`
        are those of the gateway's request.
        """
        asking = self._asking(headers)
        try:
            asked = self._asked(method, suffix, headers, peer)
            self._refuse_secret_in(asked.target, asking)
            if self.policy.refuses_upgrade(asked):
                raise _Refused(Code.UPGRADE_REFUSED, HTTPStatus.FORBIDDEN)
            key_id, state = yield from self._proved(asked, headers, asking.address)
        except _Refused as refused:
            if refused.code in _BAD_CREDENTIALS:
                self.failures.failed(asking.address, refused.client_id)
            return self._refusal(refused, asking)
        except (Unavailable, PepperMissing):
            return self._refusal(_unavailable(), asking)
        except Exception:  # an error that we did not foresee decides nothing either
            log.exception(
                "gateway_failed",
                request_id=asking.request_id,
                caller_request_id=asking.caller_request_id,
            )
            return self._refusal(_unavailable(), asking)
        return Verdict(
            HTTPStatus.OK,
            [
                ("x-client-id", key_id),
                ("x-tenant-id", state.tenant_id),
                ("x-key-role", state.role),
                ("x-request-id", asking.request_id),
                ("cache-control", "no-store"),
            ],
        )

    def ready(self) -> Steps[Verdict]:
        """Whether a check could be decided now: 200, or 503 if the database does not answer."""
        try:
            yield from self.lookup.find("")
        except Unavailable:
            return Verdict(HTTPStatus.SERVICE_UNAVAILABLE, [])
        return Verdict(HTTPStatus.OK, [])

    def _asking(self, headers: Headers) -> _Asking:
        return _Asking(secrets.token_hex(16), headers, client_address(self.family, headers))

    def _asked(self, method: str, suffix: str, headers: Headers, peer: str | None) -> Asked:
        if not self.trusts(peer):
            raise _Refused(Code.GATEWAY_UNTRUSTED, HTTPStatus.FORBIDDEN)
        try:
            asked = original(self.family, method, suffix, headers)
        except Unclear as unclear:
            log.error("gateway_misconfigured", missing=str(unclear), family=self.family)
            raise _Refused(Code.GATEWAY_UNCLEAR, HTTPStatus.FORBIDDEN) from None
        return asked

    def _refuse_secret_in(self, target: str, asking: _Asking) -> None:
        shape = find_secret_shape(unquote(target))
        if shape is not None:
            context = RequestContext(asking.request_id, asking.address)
            self.uses.report(shape, partial(_record, shape, context))
            raise _Refused(Code.CREDENTIAL_IN_URL, HTTPStatus.UNAUTHORIZED)

    def _proved(self, asked: Asked, headers: Headers, address: str | None) -> Steps[Proved]:
        shown = self._shown(headers)
        client_id = shown.client_id
        try:
            if self.failures.refuses(address, client_id):
                raise _Refused(Code.RATE_LIMITED, HTTPStatus.UNAUTHORIZED, TOO_MANY)
            state = (yield from self.lookup.find(client_id)) if client_id else None
            if isinstance(shown, _Claimed):
                proof: Shown = yield from self._signed(asked, headers, client_id, state)
            else:
                proof = shown
            code = refusal(proof, state, self.peppers)
            if state is None or code in NOT_PROVED:
                raise _Refused(code or Code.UNAUTHENTICATED, HTTPStatus.UNAUTHORIZED)
            self.failures.passed(address, client_id)
            if code is not None:
                denied: _Refused | None = _Refused(code, HTTPStatus.UNAUTHORIZED)
            else:
                denied = self._denied_by_policy(state, asked)
                if isinstance(shown, ClientSecret):
                    self.uses.upgrade(state.pk, shown, state.stored, self.peppers)
            self.uses.note(state.pk, address, accepted=denied is None)
            if denied is not None:
                raise denied
        except _Refused as refused:
            refused.client_id = client_id
            raise
        return client_id, state

    def _shown(self, headers: Headers) -> "ClientSecret | AccessToken | _Claimed":
        """The one credential of the request, as far as it can be judged without its key."""
        try:
            found = presented(
                given(headers), prefix=self.prefix, foreign_allowed=True, signed=is_signed(headers)
            )
        except Flawed as flawed:
            raise _Refused(Code(flawed.code), HTTPStatus.UNAUTHORIZED, flawed.detail) from None
        if isinstance(found, ClientSecret):
            return found
        if found is None:
            return _Claimed(claimed_client_id(headers.get("signature-input", ())) or "")
        token = read_token(found, self.peppers)
        if token is None:
            raise _Refused(Code.CREDENTIAL_MALFORMED, HTTPStatus.UNAUTHORIZED)
        return token

    def _signed(
        self, asked: Asked, headers: Headers, claimed: str, state: KeyState | None
    ) -> Steps[Signed]:
        """The request's signature, which holds. Its nonce is used up."""

        def public_key(client_id: str) -> bytes | None:
            return state.public_key if state and client_id == claimed else None

        request = SignedRequest(asked.method, f"{self.origin}{asked.target}", pairs_of(headers))
        try:
            signature = checked_signature(request, time(), public_key)
        except BadSignature as bad:
            raise _Refused(Code(bad.code), HTTPStatus.UNAUTHORIZED, bad.detail) from None
        if state is None:
            return Signed(nonce_is_new=False)
        return Signed((yield from self.lookup.is_new_nonce(state.pk, signature.nonce_digest)))

    def _denied_by_policy(self, state: KeyState, asked: Asked) -> _Refused | None:
        found = self.policy.refusal(state.role, asked)
        if found is None:
            return None
        return _Refused(
            Code.PERMISSION_DENIED, HTTPStatus.FORBIDDEN, found.reason, role=str(state.role)
        )

    def _refusal(self, refused: _Refused, asking: _Asking) -> Verdict:
        request_id = asking.request_id
        log.info(
            "gateway_refused",
            code=refused.code,
            client_id=refused.client_id,
            address=asking.address or "",
            request_id=request_id,
            caller_request_id=asking.caller_request_id,
        )
        headers = [
            ("content-type", "application/problem+json"),
            ("x-auth-error", str(refused.code)),
            ("x-request-id", request_id),
            ("cache-control", "no-store"),
        ]
        if refused.status == HTTPStatus.UNAUTHORIZED:
            headers.append(("www-authenticate", CHALLENGE))
        if refused.code in {Code.UNAVAILABLE, Code.RATE_LIMITED}:
            headers.append(("retry-after", str(RETRY_AFTER)))
        problem = problem_document(
            refused.code,
            refused.status,
            refused.detail,
            request_id=request_id,
            docs_url=self.docs_url,
            **refused.members,
        )
        body = json.dumps(problem)  # one line of ASCII
        if self.family == Family.NGINX:
            headers.append(("x-auth-problem", body))  # its auth_request drops the body
        return Verdict(int(refused.status), headers, body)


def _record(shape: str, context: RequestContext) -> None:
    with serving(context):
        record_exposed(shape, SecretInUrl())


def _unavailable() -> _Refused:
    return _Refused(Code.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE)
