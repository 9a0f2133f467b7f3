"""Which column of a dataset a model reads for which of its fields."""

from collections.abc import Mapping, Sequence

from ml.errors import ArgumentError
from ml.fields import Field


def match_columns(
    model_fields: Sequence[Field], dataset_fields: Sequence[Field], fields_map: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Model field ids with the ids of the dataset's columns, for every field that finds one.

    A pair of `fields_map` (model field to dataset field, ids or names) decides; otherwise the column of the same name
    does, the first of several, and otherwise the one with the same id. Raises ArgumentError with the path
    `("fields_map", <key>)` for a pair that names a field there is not.
    """
    own, theirs = _identities(model_fields), _identities(dataset_fields)
    matched: dict[str, str] = {}
    for key, value in (fields_map or {}).items():
        if key not in own:
            raise ArgumentError(f"The model has no field {key!r}.", ("fields_map", key))
        if value not in theirs:
            raise ArgumentError(f"The dataset has no field {value!r}.", ("fields_map", key))
        matched[own[key]] = theirs[value]
    by_name: dict[str, str] = {}
    for field in dataset_fields:
        by_name.setdefault(field.name, field.id)
    present = {field.id for field in dataset_fields}
    for field in model_fields:
        found = by_name.get(field.name, field.id if field.id in present else None)
        if found is not None:
            matched.setdefault(field.id, found)
    return matched


def _identities(fields: Sequence[Field]) -> dict[str, str]:
    """Ids by name and by id; an id wins over a name, the first field over others of its name."""
    names = {field.name: field.id for field in reversed(fields)}
    return names | {field.id: field.id for field in fields}
