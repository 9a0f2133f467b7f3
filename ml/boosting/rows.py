"""Rows as clients send them, made into the value lists that CatBoost scores: positions are looked up once a model.

Unlike for white-box trees, numbers are not rounded to five decimals: the model was trained on the values as they are,
and nobody else's predictor has to agree with it on rounded ones.
"""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import pyarrow as pa

from ml.boosting.features import MISSING_CATEGORY, Feature, FeatureKind, cut
from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.inputs import normalise, prepare_inputs
from ml.predictor import Row
from ml.times import Part, moments, part_values

_BLANK = {FeatureKind.NUMERIC: math.nan, FeatureKind.CATEGORY: MISSING_CATEGORY, FeatureKind.TEXT: ""}


class RowReader:
    """Makes rows into lists of values in model order, by the rules of `ml.inputs` for names, nulls and wrong types.

    A date whose parts are inputs may be sent as a text under its own id or name; a part that is sent too counts more.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        fields: Mapping[str, Field],
        objective: Field,
        *,
        booleans: Mapping[str, Any],
        missing_tokens: Sequence[str],
    ) -> None:
        columns = [feature.field.with_(preferred=True) for feature in features]
        summaries = {name: {"categories": categories} for name, categories in booleans.items()}
        self._inputs = prepare_inputs(columns, objective=objective, summaries=summaries, missing_tokens=missing_tokens)
        self._tokens = self._inputs.missing_tokens
        self._features = features
        self._blank = [_BLANK[feature.kind] for feature in features]
        places = {column.id: place for place, column in enumerate(columns)}
        self._known = {
            key: (places[identity], features[places[identity]].kind is FeatureKind.NUMERIC)
            for key, (identity, _, _) in self._inputs.known.items()
        }
        self._worded = [places[column.id] for column in columns if column.optype in (Optype.TEXT, Optype.ITEMS)]
        parts = [column for column in columns if column.parent_id is not None and column.parent_id in fields]
        self._dates = [
            (parent, [(Part(part.datatype), part.id) for part in parts if part.parent_id == parent.id])
            for parent in fields.values()
            if any(part.parent_id == parent.id for part in parts)
        ]
        self.is_numeric = all(feature.kind is FeatureKind.NUMERIC for feature in features)
        """Whether every value list holds numbers only."""

    def read(self, row: Row) -> list[Any]:
        """The values of one row; what it does not give is missing.

        Raises ArgumentError with the path `("input_data", <key as sent>)` for a value that its field cannot hold.
        """
        if self._dates:
            row = self._dated(row)
        values: list[Any] = self._blank.copy()
        known, tokens = self._known, self._tokens
        for key, value in row.items():
            target = known.get(key)
            if target is None or value is None:
                continue
            place, numeric = target
            kind = type(value)
            if kind is float and numeric:
                values[place] = value
            elif kind is str:
                if value not in tokens:
                    values[place] = self._number(key, value) if numeric else value
            elif numeric and kind is not bool and isinstance(value, Real):
                values[place] = self._number(key, value)
            else:
                identity = self._features[place].field.id
                values[place] = normalise({key: value}, self._inputs).get(identity, self._blank[place])
        for place in self._worded:
            if values[place] != self._blank[place]:
                values[place] = self._cut(values[place], place)
        return values

    def given(self, row: Row, values: list[Any]) -> list[Any]:
        """What the client said for each value of `read(row)`: None for missing, texts as they were sent."""
        shown = [
            None if value == blank or value != value else value
            for value, blank in zip(values, self._blank, strict=True)
        ]
        for place in self._worded:
            field = self._features[place].field
            shown[place] = row.get(field.id, row.get(field.name))
        return shown

    def _number(self, key: str, value: Any) -> float:
        try:
            return float(value)
        except (ValueError, OverflowError):
            shown = str(value)[:80]
            raise ArgumentError(f"Field {key!r} needs a number, not {shown!r}.", ("input_data", key)) from None

    def _cut(self, value: str, place: int) -> Any:
        return cut(value, self._features[place].field) or self._blank[place]

    def _dated(self, row: Row) -> Row:
        parts: dict[str, float] = {}
        for field, columns in self._dates:
            key = next((key for key in (field.id, field.name) if row.get(key) is not None), None)
            text = "" if key is None else str(row[key])
            if key is None or text in self._tokens:
                continue
            time = moments(pa.array([text]), field.time_formats)
            if time.null_count:
                raise ArgumentError(f"Field {key!r} needs a date, not {text[:80]!r}.", ("input_data", key))
            parts |= {identity: part_values(time, part)[0].as_py() for part, identity in columns}
        return {**parts, **row} if parts else row
