"""How a vendor's arguments become our inputs: for each name where its value goes, and what it must be."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.rest.dialect import Document
from graph.spec import Values
from models.errors import InvalidInput, ResourceError

Path = tuple[str | int, ...]
"""Where in a document a value stands."""

Reader = Callable[[Any, Path], Any]
"""Checks a value as it came from JSON and gives it in our terms. Raises InvalidInput, with the path, when it is wrong.

The Any is JSON on one side, an input of ours on the other.
"""


class MissingArgument(InvalidInput):
    """An argument that is needed was not given."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: how it is read, and where its value goes.

    `to` is the name of an input, with dots where it is a member of one (`sampling.rate`). Without it `read` gives
    several inputs at once, as a mapping. With `is_nullable`, null is a value like others; else it means "not given".
    """

    read: Reader
    to: str = ""
    description: str = ""
    is_nullable: bool = False


Arguments = Mapping[str, Argument]
"""Arguments by the vendor's names. What is not among them is not looked at."""


def read_arguments(document: Document, arguments: Arguments) -> Values:
    """Our inputs from a document. Raises InvalidInput naming the first argument that is wrong."""
    values: Values = {}
    for name, argument in arguments.items():
        if name not in document:
            continue
        given = document[name]
        if given is None:
            if argument.is_nullable:
                values[argument.to] = None
            continue
        value = argument.read(given, (name,))
        _merge(values, _nested(argument.to, value) if argument.to else value)
    return values


def renamed(problem: ResourceError, arguments: Arguments) -> ResourceError:
    """The problem with the vendor's name of the argument that it is about, where our name of it is known."""
    path = [str(step) for step in problem.path]
    for length in range(len(path), 0, -1):
        ours = ".".join(path[:length])
        for name, argument in arguments.items():
            if argument.to == ours:
                problem.path = (name, *problem.path[length:])
                return problem
    return problem


def _nested(to: str, value: Any) -> Values:
    for step in reversed(to.split(".")):
        value = {step: value}
    return dict(value)


def _merge(values: Values, more: Values) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(values.get(name), dict):
            _merge(values[name], value)
        else:
            values[name] = value


def anything(value: Any, _path: Path) -> Any:
    """The value as it is."""
    return value


def only_checked(read: Reader) -> Reader:
    """Checks a value and lets it be: nothing follows from it."""

    def check(value: Any, path: Path) -> Values:
        read(value, path)
        return {}

    return check


def text(value: Any, path: Path) -> str:
    """A text."""
    if not isinstance(value, str):
        raise InvalidInput("must be a text", path)
    return value


def boolean(value: Any, path: Path) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidInput("must be true or false", path)
    return value


def number(*, low: float = -math.inf, high: float = math.inf, above: float = -math.inf) -> Reader:
    """A number from `low` to `high`, and greater than `above`."""

    def read(value: Any, path: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput("must be a number", path)
        if not (low <= value <= high and value > above):
            raise InvalidInput(f"must be a number{_bounds(low, high, above)}", path)
        return value

    return read


def whole(*, low: float = -math.inf, high: float = math.inf) -> Reader:
    """An integer from `low` to `high`."""

    def read(value: Any, path: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidInput(f"must be an integer{_bounds(low, high, -math.inf)}", path)
        return value

    return read


def _bounds(low: float, high: float, above: float) -> str:
    parts = []
    if above > -math.inf:
        parts.append(f"greater than {above:g}")
    if low > -math.inf:
        parts.append(f"at least {low:g}")
    if high < math.inf:
        parts.append(f"at most {high:g}")
    return f" {' and '.join(parts)}" if parts else ""


def an_object(value: Any, path: Path) -> Document:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InvalidInput("must be an object", path)
    return value


def list_of(read_item: Reader, *, length: int | None = None) -> Reader:
    """A list whose members are all readable, of a certain length if one is given."""

    def read(value: Any, path: Path) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidInput("must be a list", path)
        if length is not None and len(value) != length:
            raise InvalidInput(f"must be a list of {length} members", path)
        return [read_item(item, (*path, index)) for index, item in enumerate(value)]

    return read


def one_of(meanings: Mapping[Any, Any]) -> Reader:
    """One of the vendor's words or numbers, as what it means to us."""

    def read(value: Any, path: Path) -> Any:
        try:
            known = value in meanings and not isinstance(value, bool)
        except TypeError:  # a list or an object, which no word is
            known = False
        if not known:
            raise InvalidInput(f"must be one of {', '.join(str(each) for each in meanings)}", path)
        return meanings[value]

    return read


def exactly_one(document: Document, names: Sequence[str]) -> str:
    """Which of these arguments is given. Raises MissingArgument for none, InvalidInput for several."""
    given = [name for name in names if document.get(name) is not None]
    if not given:
        raise MissingArgument(f"one of {', '.join(names)} is required", (names[0],))
    if len(given) > 1:
        raise InvalidInput(f"cannot be given together with {given[0]}", (given[1],))
    return given[0]


def require(document: Document, *names: str) -> None:
    """Raises MissingArgument for the first of these arguments that is not given."""
    for name in names:
        if document.get(name) is None:
            raise MissingArgument("is required", (name,))
