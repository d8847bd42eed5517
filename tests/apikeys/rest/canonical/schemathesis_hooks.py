"""What a JSON Schema cannot say, done for Schemathesis as a well-meaning client would do it.

Each rule below touches only parts of a request that Schemathesis means to be good; what it spoils
on purpose is sent as it is.
"""

import hashlib
import json
import os
import re
from calendar import isleap
from http import HTTPStatus
from typing import Any

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CaseMetadata, TestPhase

from accounts.text_rules import nobody_sees

CALLING_KEY, SPARE_KEY = os.environ["CALLING_KEY"], os.environ["SPARE_KEY"]
NO_KEY = f"{CALLING_KEY.partition('_')[0]}_{'0' * 20}"
_CURSOR = re.compile(r"\A[\w-]{30,}:[\w-]+:[\w-]{20,}\Z", re.ASCII)
_YEAR = re.compile(r"\A\d{4}(?=-)", re.ASCII)

existing = {CALLING_KEY, SPARE_KEY}
"""Keys that the server has told of."""


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Leave out a query with an empty value: it counts as absent, which no schema can say."""
    return not any(value in ("", [""]) for value in (case.query or {}).values())


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Make the good parts of the request acceptable, and keep the calling key alive."""
    if case.meta is None:
        return
    spoilt = _spoilt(case.meta)
    if ParameterLocation.BODY not in spoilt and isinstance(case.body, dict):
        _mend_body(case.body)
    if ParameterLocation.HEADER not in spoilt:
        _mend_headers(case, stateful=case.meta.phase.name == TestPhase.STATEFUL)
    if ParameterLocation.QUERY not in spoilt:
        _mend_query(case.query)
    if ParameterLocation.PATH not in spoilt and "client_id" in case.path_parameters:
        case.path_parameters["client_id"] = _key_for(case.method, case.path_parameters["client_id"])


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Any) -> None:
    """Remember a new key."""
    if case.method == "POST" and response.status_code == HTTPStatus.CREATED:
        existing.add(response.json()["client_id"])


def _spoilt(meta: CaseMetadata) -> set[ParameterLocation]:
    """The parts that are bad on purpose.

    Boundary values are tried one at a time; the rest of such a request comes from a template, and
    that has a bad header wherever Schemathesis finds no good one for the pattern.
    """
    spoilt = {where for where, part in meta.components.items() if part.mode.is_negative}
    if meta.phase.name == TestPhase.COVERAGE:
        return spoilt & {meta.phase.data.parameter_location}
    return spoilt


def _mend_body(body: dict[str, Any]) -> None:
    """An expiration lies in the future; a name has a character that leaves a mark."""
    expiration = body.get("expiration")
    if isinstance(expiration, str) and _YEAR.match(expiration):
        # One of these years lies ahead, though not too far, and has the same days.
        year = 2096 if isleap(int(expiration[:4])) else 2097
        body["expiration"] = _YEAR.sub(str(year), expiration)
    name = body.get("name")
    if isinstance(name, str) and name and nobody_sees(name):
        body["name"] = f"{name[:-1]}x"


def _mend_headers(case: Case[Any], *, stateful: bool) -> None:
    """An Idempotency-Key belongs to one body; an ETag is one that the server gave."""
    repeat_key = case.headers.get("Idempotency-Key")
    if repeat_key is not None:
        body = json.dumps(case.body, sort_keys=True, default=str)
        digest = hashlib.sha256(body.encode()).hexdigest()
        drawn = repeat_key[1:100].replace("\\", "").replace('"', "")
        case.headers["Idempotency-Key"] = f'"{drawn} {digest}"'
    if "If-Match" in case.headers and not stateful:
        del case.headers["If-Match"]


def _mend_query(query: dict[str, Any]) -> None:
    """A cursor is one that the server gave, since it is signed; its page's filters are in it."""
    if _CURSOR.match(str(query.get("cursor"))):
        for other in query.keys() - {"cursor", "limit"}:
            del query[other]
    else:
        query.pop("cursor", None)


def _key_for(method: str, client_id: str) -> str:
    """The key to call: one that exists, where a key that is none would say nothing of the body.

    Neither the calling key nor the spare one is deleted, and the calling key keeps its role.
    """
    if method == "DELETE":
        return NO_KEY if client_id in {CALLING_KEY, SPARE_KEY} else client_id
    if method in {"PATCH", "PUT"} and (client_id == CALLING_KEY or client_id not in existing):
        return SPARE_KEY
    return client_id
