"""The errors that GraphQL clients see: their codes, the class of deliberate ones, how domain errors are spelled."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from graphql import GraphQLError
from graphql.language import Node

from models.errors import ResourceError


class ErrorCode(StrEnum):
    """What `extensions.code` of an error may say; the text is part of the interface."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    OPERATION_NOT_ALLOWED = "OPERATION_NOT_ALLOWED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_MISMATCH = "PERSISTED_QUERY_MISMATCH"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    LIMIT_REACHED = "LIMIT_REACHED"
    THROTTLED = "THROTTLED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


#: How the code of a domain error is spelled in GraphQL; codes that are not listed keep their own spelling.
DOMAIN_CODES: dict[str, ErrorCode] = {
    "INVALID_INPUT": ErrorCode.BAD_USER_INPUT,
    "NOT_PERMITTED": ErrorCode.FORBIDDEN,
}


class PublicError(GraphQLError):
    """An error whose message is meant for the client, with its code and further details in `extensions`."""

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode,
        nodes: Iterable[Node] | None = None,
        **details: Any,  # whatever JSON the code calls for
    ) -> None:
        super().__init__(message, list(nodes) if nodes else None, extensions={"code": code.value, **details})


class RequestRefused(Exception):
    """The operation was not started: bad text, bad variables, a limit, a method that does not fit.

    `errors` are ready for the client; `extensions` go beside them.
    """

    def __init__(self, errors: Iterable[GraphQLError], extensions: dict[str, Any] | None = None) -> None:
        self.errors = list(errors)
        self.extensions = extensions
        super().__init__("; ".join(error.message for error in self.errors))


def with_code(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    """The same error with `extensions.code`, unless it already has one."""
    extensions = error.extensions or {}
    if "code" not in extensions:
        error.extensions = {"code": code.value, **extensions}
    return error


def domain_extensions(error: ResourceError) -> dict[str, Any]:
    """The code and the input path of a domain error, as they stand in `extensions`."""
    code = DOMAIN_CODES.get(error.code, error.code)
    extensions: dict[str, Any] = {"code": str(code)}
    if error.path:
        extensions["path"] = list(error.path)
    return extensions
