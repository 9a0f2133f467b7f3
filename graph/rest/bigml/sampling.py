"""Which rows: the sampling arguments of datasets, models and evaluations, and how documents repeat them.

Source: BigML.io API documentation, datasets, sampling.
"""

from collections.abc import Mapping
from typing import Any

from graph.rest.arguments import Argument, Arguments, Path, an_object, boolean, list_of, number, text, whole
from graph.rest.bigml.noun import Seen
from graph.rest.dialect import Document
from graph.rest.shape import Compute
from graph.spec import Values
from models.errors import InvalidInput


def read_range(value: Any, path: Path) -> list[int]:
    """The first and the last row, counted from 1."""
    found: list[int] = list_of(whole(low=1), length=2)(value, path)
    if found[0] > found[1]:
        raise InvalidInput("must be the first and the last row", path)
    return found


def read_seed(value: Any, path: Path) -> str:
    """A seed; numbers count as their text."""
    return text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, path)


ROWS: Arguments = {
    "range": Argument(read_range, "sampling.range", "The first and the last row, counted from 1."),
    "sample_rate": Argument(number(above=0, high=1), "sampling.rate", "The share of the rows."),
    "seed": Argument(read_seed, "sampling.seed", "Equal seeds take equal rows."),
    "replacement": Argument(boolean, "sampling.replacement", "Whether a row may be taken more than once."),
    "out_of_bag": Argument(boolean, "sampling.out_of_bag", "Whether to take exactly the rows that would be left."),
}

PLURALS = {
    "ranges": "range",
    "sample_rates": "sample_rate",
    "seeds": "seed",
    "replacements": "replacement",
    "out_of_bags": "out_of_bag",
}
"""Maps by dataset of what the singular says for all."""

ORIGIN_MEMBERS = frozenset(PLURALS.values())


def read_parents(datasets: list[tuple[str, Document]], document: Document, argument: str) -> list[Values]:
    """Datasets with which of their rows to take.

    Each comes with what its own entry in that argument says, which counts for more than the maps by dataset.
    """
    maps = {name: an_object(document[name], (name,)) for name in PLURALS if document.get(name) is not None}
    parents = []
    for place, (id, own) in enumerate(datasets):
        rows: Values = {}
        for plural, entries in maps.items():
            rows |= _choice(PLURALS[plural], entries.get(id), (plural, id))
        for name, value in own.items():
            rows |= _choice(name, value, (argument, place, name))
        parents.append({"id": id, **rows})
    return parents


def _choice(name: str, value: Any, path: Path) -> Values:
    argument = ROWS[name]
    return {} if value is None else {argument.to.removeprefix("sampling."): argument.read(value, path)}


def _said(seen: Seen, name: str, default: Any) -> Any:
    column = getattr(seen.row, "arguments", None)
    given = seen.row.options if column is None else column
    return given.get("sampling", {}).get(name, default)


SAID: Mapping[str, Compute[Seen]] = {
    "range": lambda seen: _said(seen, "range", None),
    "sample_rate": lambda seen: _said(seen, "rate", 1),
    "seed": lambda seen: _said(seen, "seed", None),
    "replacement": lambda seen: _said(seen, "replacement", False),
    "out_of_bag": lambda seen: _said(seen, "out_of_bag", False),
}
"""The sampling arguments as documents repeat them."""
