"""Bodies of OAuth requests: `application/x-www-form-urlencoded`, read strictly."""

from urllib.parse import parse_qsl

from django.http import HttpRequest

from apikeys.codes import Code
from apikeys.rest.problems import Problem
from apikeys.rest.requests import body_of, refuse_encoded

FIELDS_MAX = 20
MEDIA_TYPE = "application/x-www-form-urlencoded"
REPEATABLE = "resource"
"""Where a client wants to use a token (RFC 8707). It may name several places."""


def read_form(request: HttpRequest) -> dict[str, str]:
    """The form's fields; one without a value counts as absent (RFC 6749, 3.2).

    Unknown ones are ignored, as the RFC demands, and so is `resource`: a token is for no single
    API. Raises `Problem` for another media type, a field
    that comes twice, and bytes that are not UTF-8.
    """
    refuse_encoded(request)
    if request.content_type != MEDIA_TYPE:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {MEDIA_TYPE}.")
    try:
        pairs = parse_qsl(body_of(request).decode(), errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Problem(Code.VALIDATION_FAILED, "The body is no form in UTF-8.") from None
    pairs = [pair for pair in pairs if pair[0] != REPEATABLE]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Problem(Code.VALIDATION_FAILED, "A parameter is given twice.")
    return fields
