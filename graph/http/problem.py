"""What is wrong with a request before it is GraphQL, and the status that each kind of refusal has."""

from collections.abc import Iterable, Mapping
from math import ceil

from graphql import GraphQLError

from graph.execution.errors import ErrorCode, PublicError

#: Refusals with a status of their own; all others are 400, or 200 where the client only speaks plain JSON.
CODE_STATUS: dict[str, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.THROTTLED: 429,
    ErrorCode.LIMIT_REACHED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
}


class HTTPProblem(Exception):
    """The request is answered with this status and this sentence; it never reaches the schema."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.errors: list[GraphQLError] = [PublicError(message, code=ErrorCode.BAD_USER_INPUT)]


def refusal_status(errors: Iterable[GraphQLError]) -> int | None:
    """The status that the code of one of the errors asks for, if any does."""
    for error in errors:
        status = CODE_STATUS.get(str((error.extensions or {}).get("code")))
        if status is not None:
            return status
    return None


def refusal_headers(status: int | None, errors: Iterable[GraphQLError]) -> dict[str, str]:
    """The headers that belong to a status: how to authenticate, when to come back."""
    if status == 401:
        # Not Basic: browsers would open a dialogue of their own and remember what is entered.
        return {"www-authenticate": "Bearer"}
    waits = [wait for error in errors if (wait := (error.extensions or {}).get("retryAfter")) is not None]
    return {"retry-after": str(max(1, ceil(max(waits))))} if status == 429 and waits else {}
