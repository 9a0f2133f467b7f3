"""Everything that may go wrong with a request, in terms of the domain. Edges translate it; nobody else does."""

from typing import ClassVar


class ResourceError(Exception):
    """Something the caller can act on: a stable code, a sentence, and the path of the input it is about."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class NotFound(ResourceError):
    """There is no such resource, or the caller may not know that there is."""

    code = "NOT_FOUND"


class InvalidInput(ResourceError):
    """A value is missing, of the wrong type, out of range, or does not fit the others."""

    code = "INVALID_INPUT"


class Conflict(ResourceError):
    """The resource is not in the state that the request needs, or changed since the caller read it."""

    code = "CONFLICT"


class NotPermitted(ResourceError):
    """The caller is known and may not do this."""

    code = "NOT_PERMITTED"


class Unauthenticated(ResourceError):
    """The request carries no credentials, or wrong ones."""

    code = "UNAUTHENTICATED"


class LimitReached(ResourceError):
    """A bound on size, rate or number was reached."""

    code = "LIMIT_REACHED"


class Unavailable(ResourceError):
    """The server cannot do this now, or not in this installation."""

    code = "UNAVAILABLE"
