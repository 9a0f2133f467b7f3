"""What can go wrong with a mutation, as members of its result."""

from collections.abc import Iterable
from typing import Annotated, Any, Union

import strawberry

from models import errors


@strawberry.interface(description="Why something was not done.")
class Problem:
    """Why something was not done."""

    message: str = strawberry.field(description="A sentence for people.")
    code: str = strawberry.field(description="A stable word for programs.")
    path: list[str] = strawberry.field(description="Which input it is about, from the outside in; empty if none.")


@strawberry.type(description="A value is missing, of the wrong type, out of range, or does not fit the others.")
class InvalidInput(Problem):
    """A bad value."""


@strawberry.type(description="There is no such resource, or you may not know that there is.")
class NotFound(Problem):
    """No such resource."""


@strawberry.type(description="The resource is not in the state that this needs, or has changed meanwhile.")
class Conflict(Problem):
    """Not in that state."""


@strawberry.type(description="You may not do this.")
class NotPermitted(Problem):
    """Not allowed."""


@strawberry.type(description="A bound on size, rate or number was reached.")
class LimitReached(Problem):
    """Too much."""


@strawberry.type(description="The server cannot do this now, or not in this installation.")
class Unavailable(Problem):
    """Not now."""


PROBLEMS: dict[type[errors.ResourceError], type[Problem]] = {
    errors.InvalidInput: InvalidInput,
    errors.NotFound: NotFound,
    errors.Conflict: Conflict,
    errors.NotPermitted: NotPermitted,
    errors.LimitReached: LimitReached,
    errors.Unavailable: Unavailable,
}


HOLDS_NAMES = ("input", "inputData", "fields", "rows", "fieldsMap", "custom")
"""Inputs whose members are named by the client."""


def to_camel(step: str) -> str:
    """The name that a client knows an input by."""
    first, *rest = step.split("_")
    return first + "".join(word.capitalize() for word in rest)


def path_of(error: errors.ResourceError) -> list[str]:
    """The input that an error is about, as the client knows it."""
    return camel_path(error.path)


def camel_path(steps: Iterable[str | int]) -> list[str]:
    """The way to an input in the client's spelling; what the client itself named stays as it is."""
    path: list[str] = []
    for step in steps:
        is_own = any(known in path for known in HOLDS_NAMES)
        path.append(to_camel(step) if isinstance(step, str) and not is_own else str(step))
    return path


def problem_of(error: errors.ResourceError) -> Problem | None:
    """The member of a result that tells of an error; None for an error that is not part of results."""
    kind = PROBLEMS.get(type(error))
    if kind is None:
        return None
    return kind(message=error.message, code=error.code, path=path_of(error))


def result_union(name: str, member: type) -> Any:
    """The union of what a mutation gives and what can go wrong with it."""
    members = Union[(member, *PROBLEMS.values())]
    return Annotated[members, strawberry.union(name, description=f"{member.__name__}, or why there is none.")]
