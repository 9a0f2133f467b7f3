"""What clients may know of an error: deliberate ones as they are, everything else as an id that the log has too."""

import logging
import secrets
from collections.abc import Iterable

from graphql import GraphQLError
from graphql.language import ValueNode
from strawberry.exceptions import StrawberryGraphQLError

from graph.execution.errors import ErrorCode, PublicError, domain_extensions, with_code
from models.errors import ResourceError

_log = logging.getLogger(__name__)

MASKED_MESSAGE = "Something went wrong in the server. The log has more under this id."


def public_errors(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """The errors of an execution as clients may see them; unexpected ones are logged here, and only they are."""
    return [_public(error) for error in errors]


def public_error(exception: Exception) -> GraphQLError:
    """An exception from outside of any field as clients may see it; logged where it was unexpected."""
    return _public(exception if isinstance(exception, GraphQLError) else GraphQLError("", original_error=exception))


def _public(error: GraphQLError) -> GraphQLError:
    original = error.original_error or error
    if isinstance(original, ResourceError):
        return _relocated(error, original.message, domain_extensions(original))
    if isinstance(original, PublicError):
        return error
    if isinstance(original, GraphQLError) and _is_about_the_request(original):
        return with_code(error, ErrorCode.BAD_USER_INPUT)
    incident = secrets.token_hex(8)
    _log.error("Internal error %s at %s", incident, error.path or "the request", exc_info=original)
    return _relocated(error, MASKED_MESSAGE, {"code": ErrorCode.INTERNAL.value, "id": incident})


def _is_about_the_request(error: GraphQLError) -> bool:
    """Whether an error of graphql-core or Strawberry is the caller's doing.

    Both also raise this class for faults of ours, such as a value that does not fit its type; those name no value of
    the request.
    """
    if isinstance(error, StrawberryGraphQLError) or "code" in (error.extensions or {}):
        return True
    return bool(error.nodes) and isinstance(error.nodes[0], ValueNode) if error.nodes else False


def _relocated(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)
