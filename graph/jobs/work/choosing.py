"""Which columns and which rows a job works on, from what the client said."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ml.errors import ArgumentError
from ml.fields import Field
from ml.predictor import Kind, MissingStrategy, OperatingPoint, Options, option_path
from ml.sampling import Selection


@contextmanager
def within(*argument: str) -> Iterator[None]:
    """Has an ArgumentError name the argument that its own path is a part of, as the client gave it."""
    try:
        yield
    except ArgumentError as problem:
        raise ArgumentError(str(problem), (*argument, *problem.path) if problem.path else ()) from problem


@contextmanager
def with_options() -> Iterator[None]:
    """Has an ArgumentError about how rows are predicted name the member of the options."""
    try:
        yield
    except ArgumentError as problem:
        raise ArgumentError(str(problem), option_path(problem.path)) from problem


def selection(sampling: dict[str, Any] | None) -> Selection:
    """Which rows to take; all of them when nothing is said."""
    if not sampling:
        return Selection()
    bounds = sampling.get("range")
    return Selection(**{**sampling, "range": None if bounds is None else (bounds[0], bounds[1])})


def find(fields: Sequence[Field], reference: str, argument: str) -> Field:
    """The column with that id, or else with that name. Raises ArgumentError naming the argument."""
    for field in fields:
        if field.id == reference:
            return field
    for field in fields:
        if field.name == reference:
            return field
    raise ArgumentError(f"there is no field {reference!r}", (argument,))


def options(values: dict[str, Any] | None) -> Options:
    """How rows are predicted."""
    values = values or {}
    point = values.get("operating_point")
    return Options(
        missing_strategy=MissingStrategy(values.get("missing_strategy", MissingStrategy.LAST)),
        kind=None if values.get("kind") is None else Kind(values["kind"]),
        operating_point=None
        if point is None
        else OperatingPoint(**{**point, "kind": Kind(point.get("kind", Kind.PROBABILITY))}),
    )
