"""Columns of sources and datasets: finding them by id or name, and changing what is said of them."""

from collections.abc import Sequence
from typing import Any

from graph.resolvers.arguments import FieldChange, plain
from models.errors import InvalidInput

Descriptor = dict[str, Any]
"""An `ml.fields.Field` as JSON values."""


def find(fields: Sequence[Descriptor], reference: str, path: tuple[str | int, ...]) -> Descriptor:
    """The column with that id, or else with that name. Raises InvalidInput when there is none."""
    for key in ("id", "name"):
        for descriptor in fields:
            if descriptor[key] == reference:
                return descriptor
    raise InvalidInput(f"there is no field {reference!r}", path)


def find_ids(fields: Sequence[Descriptor], references: Sequence[str], *path: str) -> list[str]:
    """The ids of columns given by id or name, in that order; `path` leads to the references."""
    return [find(fields, reference, (*path, index))["id"] for index, reference in enumerate(references)]


def change_fields(fields: Sequence[Descriptor], changes: Sequence[FieldChange]) -> list[Descriptor]:
    """The columns after the changes. A column that is not there is left alone, as are the parts of a datetime."""
    changed = [dict(descriptor) for descriptor in fields]
    by_key = {descriptor["name"]: descriptor for descriptor in reversed(changed)}
    by_key.update((descriptor["id"], descriptor) for descriptor in changed)
    for index, change in enumerate(changes):
        descriptor = by_key.get(change.id)
        if descriptor is None:
            continue
        values = plain(change)
        values.pop("id")
        check_names([change], first=index)
        values.update((name, CLEARED[name]) for name in CLEARED.keys() & values.keys() if values[name] is None)
        descriptor.update(values)
        if values.get("optype") == "text" and not descriptor.get("term_analysis"):
            descriptor["term_analysis"] = plain_defaults("term_analysis")
        if values.get("optype") == "items" and not descriptor.get("item_analysis"):
            descriptor["item_analysis"] = plain_defaults("item_analysis")
        for name in ("term_analysis", "item_analysis"):
            if name in values and values[name] is not None:
                descriptor[name] = {**plain_defaults(name), **values[name]}
    return changed


def check_names(changes: Sequence[FieldChange], *, first: int = 0) -> None:
    """Raises InvalidInput for a change that takes a column's name or type away; `first` is the place of the first."""
    for index, change in enumerate(changes, start=first):
        for name in {"name", "optype"} & change.model_fields_set:
            if not getattr(change, name):
                raise InvalidInput(f"the {name} of {change.id} must not be empty", ("fields", index, name))


CLEARED: dict[str, Any] = {"label": "", "description": "", "preferred": True, "time_formats": []}
"""What a column has again when a client clears it."""


def plain_defaults(name: str) -> dict[str, Any]:
    """The defaults of an analysis, as JSON values."""
    from dataclasses import asdict

    from ml.fields import ItemAnalysis, TermAnalysis

    return asdict(TermAnalysis() if name == "term_analysis" else ItemAnalysis())
