"""The documentation page's view of the merchant API, made of its operations and their models."""

import inspect
import json
from dataclasses import dataclass
from http import HTTPMethod

from pydantic import BaseModel

from apikeys.pages.docs.field_words import FieldWords, fields_of, marked
from apikeys.pages.docs.snippets import json_word, noted
from apikeys.rest.merchant.faults import NO_SUCH_KEY, FaultCode
from apikeys.rest.merchant.schemas import ListQuery
from apikeys.rest.openapi.merchant import BODIES, CALLS, CREATES, MEANINGS
from apikeys.rest.operations import Caller, Operation
from apikeys.rest.requests import NoBody, NoQuery
from apikeys.rest.routes import MERCHANT_API_ROOT

FIRST = {"limit": 10, "skip": 0}


@dataclass(frozen=True, slots=True)
class CallWords:
    """One call as the page shows it; `anchor` is its place there."""

    anchor: str
    method: str
    path: str
    summary: str
    given: tuple[FieldWords, ...]
    is_list: bool
    answer: tuple[str, ...]


def calls() -> tuple[CallWords, ...]:
    """The five calls, in the order in which one meets them."""
    return tuple(
        CallWords(
            anchor=f"merchant-{called.run.__name__}",
            method=str(called.method),
            path=MERCHANT_API_ROOT + path,
            summary=marked((inspect.getdoc(called.run) or "").splitlines()[0]),
            given=tuple(_fields(_given(called))),
            is_list=called.query is ListQuery,
            answer=tuple(answer.model_fields),
        )
        for path, called, answer in CALLS
    )


def faults() -> tuple[tuple[FaultCode, int, str], ...]:
    """Every code with its status and meaning, by status."""
    ordered = sorted(FaultCode, key=lambda code: (code.status, code))
    return tuple((code, int(code.status), marked(MEANINGS[code])) for code in ordered)


def envelope() -> str:
    """What an error looks like."""
    error = {"type": "invalid_request", "message": NO_SUCH_KEY, "code": str(FaultCode.NOT_FOUND)}
    return json.dumps({"error": error}, indent=2)


def sequence(business_unit: str) -> str:
    """All calls for a POSIX shell: who am I, create, then act on the key that was made.

    `business_unit` is the canonical API's path that tells the account's ID.
    """
    who = f'ANSWER=$(curl -sS "$API_URL{business_unit}" -H "api-key: $API_KEY")'
    steps = [f"{who}\n{noted('MERCHANT_ID', 'tenant_id')}"]
    for path, called, _ in CALLS:
        command = _command(path, called)
        if called is CREATES:
            command = (
                f"ANSWER=$({command})\nprintf '%s\\n' \"$ANSWER\"\n{noted('KEY_ID', 'key_id')}"
            )
        steps.append(command)
    return "\n\n".join(steps)


def _command(path: str, called: Operation[Caller]) -> str:
    address = path.replace("{merchant_id}", "$MERCHANT_ID").replace("{key_id}", "$KEY_ID")
    query = "?" + "&".join(f"{n}={v}" for n, v in FIRST.items()) if _is_list(called) else ""
    verb = "" if called.method == HTTPMethod.GET else f" -X {called.method}"
    lines = [f'curl -sS -i{verb} "$API_URL{MERCHANT_API_ROOT}{address}{query}"']
    lines.append('-H "api-key: $API_KEY"')
    if not issubclass(called.body, NoBody):
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d {json_word(BODIES[called.body])}")
    return " \\\n  ".join(lines)


def _is_list(called: Operation[Caller]) -> bool:
    return called.query is ListQuery


def _given(called: Operation[Caller]) -> type[BaseModel]:
    """What the caller gives: no call takes both a query and a body."""
    return called.query if called.query is not NoQuery else called.body


def _fields(model: type[BaseModel]) -> list[FieldWords]:
    schema = model.model_json_schema()
    return fields_of(schema, schema.get("$defs", {}))
