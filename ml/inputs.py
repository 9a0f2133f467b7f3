"""What a client sent, made into the values that a model sees: known fields by id, numbers as numbers, nothing missing.

The rules are those of BigML's local predictors, so that a model given the same row by either side sees the same values.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from ml.decimals import rounded
from ml.errors import ArgumentError
from ml.fields import MISSING_TOKENS, Field, Optype
from ml.predictor import Row

_CONSTANTS = {"True": True, "False": False, "None": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

Values = dict[str, Any]
"""Input values by field id: a number for a numeric field, a text for every other one. What is missing is absent."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input fields of one model, prepared once for `normalise`."""

    known: Mapping[str, tuple[str, bool, Mapping[bool, str] | None]]
    """By id and by name: the id, whether it is numeric, and which category stands for a boolean where one does."""
    names: Mapping[str, str]
    """The name of every field by its id, told apart where two columns share one."""
    missing_tokens: frozenset[str]
    defaults: Mapping[str, float] = field(default_factory=dict)
    """The numbers that stand in for missing values, by field id."""


def prepare_inputs(
    fields: Sequence[Field],
    *,
    objective: Field | None = None,
    summaries: Mapping[str, Mapping[str, Any]] | None = None,  # Any: JSON values of a summary
    missing_tokens: Iterable[str] | None = None,
    default_numeric_value: str | None = None,
) -> Inputs:
    """The lookup that `normalise` needs for a model with these input fields.

    Fields that are not preferred, datetime columns (their parts are inputs of their own) and the objective are
    ignored in rows. `default_numeric_value` names the statistic of `summaries` that replaces a missing number, or is
    `zero`.
    """
    summaries = summaries or {}
    names = unique_names([*fields, objective] if objective else fields, objective)
    usable = [
        item
        for item in fields
        if item.preferred and item.optype is not Optype.DATETIME and (objective is None or item.id != objective.id)
    ]
    targets = {
        item.id: (item.id, item.optype is Optype.NUMERIC, _booleans(item, summaries.get(item.id, {})))
        for item in usable
    }
    known = {names[id_]: target for id_, target in targets.items()} | targets
    if objective is not None:
        known.pop(objective.id, None)
    defaults: dict[str, float] = {}
    if default_numeric_value is not None:
        for item in usable:
            if item.optype is Optype.NUMERIC:
                value = summaries.get(item.id, {}).get(default_numeric_value, 0)
                if value is not None:
                    defaults[item.id] = rounded(float(value))
    tokens = MISSING_TOKENS if missing_tokens is None else missing_tokens
    return Inputs(known, names, frozenset(tokens), defaults)


def normalise(row: Row, fields: Inputs) -> Values:
    """The values of a row that the model knows, by field id.

    Keys may be ids or names; unknown ones are ignored. Nulls, missing tokens and NaN are dropped, numbers are rounded
    to five decimals, numeric texts become numbers with all their digits, everything else becomes text. Raises
    ArgumentError with the path `("input_data", <key as sent>)` for a value that its field cannot hold.
    """
    known, tokens = fields.known, fields.missing_tokens
    values: Values = {}
    for key, value in row.items():
        target = known.get(key)
        if target is None or value is None:
            continue
        kind = type(value)
        if kind is str:
            if value in tokens:
                continue
            if not target[1]:
                values[target[0]] = value
                continue
        elif target[1]:
            if kind is float:
                if value == value:
                    values[target[0]] = rounded(value)
                continue
            if kind is int:
                values[target[0]] = value
                continue
        converted = _number(key, value) if target[1] else _text(key, value, target[2])
        if converted is not None:
            values[target[0]] = converted
    for id_, default in fields.defaults.items():
        values.setdefault(id_, default)
    return values


def normalise_again(values: Values) -> Values:
    """Normalised values as they are when the client normalises them a second time: numbers from texts rounded too.

    Its predictors do so when an operating kind or point asks for the scores of all classes.
    """
    return {id_: rounded(value) if type(value) is float else value for id_, value in values.items()}


def unique_names(fields: Sequence[Field], objective: Field | None = None) -> dict[str, str]:
    """Field ids with their names; a repeated name gets the column number, and the id too if that is taken as well.

    The objective keeps its name, then the lowest id does.
    """
    by_id = {item.id: item for item in fields}
    names = {item.id: item.name for item in by_id.values()}
    if len(set(names.values())) == len(names):
        return names
    taken = {objective.name} if objective else set()
    for id_ in sorted(by_id.keys() - ({objective.id} if objective else set())):
        name = names[id_]
        if name in taken:
            name = f"{name}{by_id[id_].column_number}"
            if name in taken:
                name = f"{name}_{id_}"
            names[id_] = name
        taken.add(name)
    return names


def _booleans(item: Field, summary: Mapping[str, Any]) -> Mapping[bool, str] | None:
    categories = summary.get("categories", ())
    if item.optype is not Optype.CATEGORICAL or len(categories) != 2:
        return None
    meaning: dict[bool, str] = {}
    for category, _ in categories:
        truth = _CONSTANTS.get(category.capitalize())
        if truth is None:
            if not _NUMBER.fullmatch(category):
                return {}
            truth = float(category) != 0
        meaning[truth] = category
    return meaning


def _number(key: str, value: Any) -> float | None:
    if isinstance(value, bool):
        raise _wrong_type(key, value, "a number")
    if not isinstance(value, (str, Real)):
        raise _wrong_type(key, value, "a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _wrong_type(key, value, "a number") from None
    if math.isnan(number):
        return None
    return number if isinstance(value, str) else rounded(number)


def _text(key: str, value: Any, booleans: Mapping[bool, str] | None) -> str | None:
    if isinstance(value, bool) and booleans is not None:
        if value not in booleans:
            raise _wrong_type(key, value, "one of the two categories")
        return booleans[value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return str(value)


def _wrong_type(key: str, value: object, expected: str) -> ArgumentError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    return ArgumentError(f"Field {key!r} needs {expected}, not {shown}.", ("input_data", key))
