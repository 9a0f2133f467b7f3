"""Problems as BigML tells of them: an HTTP status that its clients understand, a service code, a sentence, details.

Clients read the body of 400, 401, 402, 403 (of a create call), 404, 405 (of an update) and 429 and of nothing else, so
every problem that a caller can act on has one of these statuses.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graph.rest.arguments import MissingArgument, Path, Reader
from graph.rest.bigml.wire import BadId, answer
from graph.rest.dialect import BadBody, WrongMethod
from models.errors import InvalidInput, LimitReached, NotPermitted, ResourceError

MISSING, UNKNOWN_ID, FIELD_ERROR, BAD_REQUEST = -1200, -1201, -1203, -1204
VALUE_ERROR, VALIDATION_ERROR, UNSUPPORTED, BAD_ORDER = -1205, -1206, -1207, -1208
FAILED = -2000
SOURCE_FAILED = -2020

STATUSES = {
    "INVALID_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "NOT_FOUND": 404,
    "CONFLICT": 400,
    "LIMIT_REACHED": 402,
    "UNAVAILABLE": 503,
    "WRONG_METHOD": 405,
    "INTERNAL": 500,
}
"""HTTP statuses by the codes of our problems. 402 is what BigML says when the limits of an account are reached."""

SERVICE_CODES = {
    "INVALID_INPUT": VALIDATION_ERROR,
    "UNAUTHENTICATED": VALUE_ERROR,
    "NOT_FOUND": UNKNOWN_ID,
    "NOT_PERMITTED": VALUE_ERROR,
    "CONFLICT": BAD_REQUEST,
    "LIMIT_REACHED": BAD_REQUEST,
    "UNAVAILABLE": FAILED,
    "WRONG_METHOD": BAD_REQUEST,
    "INTERNAL": FAILED,
}

FIELD_ARGUMENTS = frozenset({
    "objective_field", "input_fields", "excluded_fields", "output_fields", "fields", "weight_field", "fields_map",
    "input_data",
})  # fmt: skip
"""Arguments that name fields."""

SENTENCES = {
    MISSING: "A required parameter is missing",
    UNKNOWN_ID: "This is not a valid id",
    FIELD_ERROR: "Field error",
    VALIDATION_ERROR: "Validation error",
    UNSUPPORTED: "This is not supported",
    BAD_ORDER: "This is not a valid order",
}
"""What the service codes mean; the details then name the argument."""


class Unsupported(InvalidInput):
    """An argument that BigML has and this server does not."""


def unsupported(*accepted: Any) -> Reader:
    """Refuses an argument unless it is empty or one of these values, which ask for nothing."""

    def read(value: Any, path: Path) -> dict[str, Any]:
        if value and value not in accepted:
            raise Unsupported("is not supported here", path)
        return {}

    return read


def error(problem: ResourceError, request: Request) -> Response:
    """The answer to a request that failed."""
    status = STATUSES.get(problem.code) or (403 if request.method == "POST" else 401)
    service_code = _service_code(problem)
    message = problem.message
    details: dict[str, Any] = {}
    if problem.path and problem.code in ("INVALID_INPUT", "NOT_FOUND", "NOT_PERMITTED") and problem.path != ("id",):
        message = SENTENCES.get(service_code, message)
        details = {"extra": {str(problem.path[0]): _reason(problem)}}
    headers = {"allow": ", ".join(problem.allowed)} if isinstance(problem, WrongMethod) else {}
    if isinstance(problem, LimitReached) and problem.path:
        # The rest of the body is not read, so the connection cannot be used again.
        headers["connection"] = "close"
    body = {"code": status, "status": {"code": service_code, "message": message, **details}}
    return answer(body, status, headers)


def _service_code(problem: ResourceError) -> int:
    kinds: tuple[tuple[type[ResourceError], int], ...] = (
        (MissingArgument, MISSING), (BadBody, BAD_REQUEST), (BadId, UNKNOWN_ID), (Unsupported, UNSUPPORTED),
        (NotPermitted, VALUE_ERROR),
    )  # fmt: skip
    for kind, code in kinds:
        if isinstance(problem, kind):
            return code
    if isinstance(problem, InvalidInput) and problem.path:
        argument = problem.path[0]
        if argument == "order_by":
            return BAD_ORDER
        if argument in ("limit", "offset"):
            return BAD_REQUEST
        if argument in FIELD_ARGUMENTS:
            return FIELD_ERROR
    return SERVICE_CODES.get(problem.code, BAD_REQUEST)


def _reason(problem: ResourceError) -> str:
    rest = ".".join(str(step) for step in problem.path[1:])
    return f"{rest}: {problem.message}" if rest else problem.message
