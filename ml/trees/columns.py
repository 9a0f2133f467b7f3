"""The input columns of a training, in the forms in which the search for splits reads them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.decimals import rounded_array
from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis
from ml.terms import items, terms
from ml.trees.split import Split, term_split

CODES = 255
"""Numbers are sorted into so many cells at most where nodes are big; cell 0 is for missing ones."""

SORTED_ROWS = 4096
"""A node with more rows is searched by these cells, one with fewer by the very values."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NumericColumns:
    """All numeric inputs together, one row of each array a field."""

    ids: tuple[str, ...]
    values: Floats
    """Fields × rows, in five decimals; NaN is missing."""
    codes: NDArray[np.uint8]
    """Fields × rows: in which cell a value lies, 0 when missing."""
    lows: Floats
    highs: Floats
    """Fields × cells: the smallest and the largest value of a cell; NaN for a cell that is not used."""


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """One categorical input: the category of each row by its place among the names, -1 when missing."""

    id: str
    codes: NDArray[np.int32]
    categories: tuple[str, ...]

    def code(self, category: str | None) -> int:
        """The code of a category; one of its own for a category that the column does not have."""
        return self.categories.index(category) if category in self.categories else len(self.categories)


@dataclass(frozen=True, slots=True)
class TermColumn:
    """One text or items input: which terms of its vocabulary each row has, and how often.

    The terms of row r are `terms[starts[r]:starts[r + 1]]`. They choose a split; which rows it takes is then counted in
    `texts` as the predictor counts, which matters for terms of several words.
    """

    field: Field
    vocabulary: tuple[str, ...]
    forms: Mapping[str, Sequence[str]]
    starts: NDArray[np.int64]
    terms: NDArray[np.int32]
    occurrences: NDArray[np.int32]
    texts: pa.Array

    def split(self, term: int, occurrences: int) -> Split:
        """The split of rows with a term of the vocabulary more often than that."""
        name = self.vocabulary[term]
        return term_split(self.field, name, occurrences, self.forms.get(name, ()))

    def entries(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the terms of these rows are, and for each the place of its row among `rows`."""
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        owners = np.repeat(np.arange(len(rows)), lengths)
        offsets = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return np.repeat(starts, lengths) + offsets, owners


@dataclass(frozen=True, slots=True)
class Columns:
    """The inputs of a training by type. `position` tells their order, which decides between equally good splits."""

    numeric: NumericColumns
    categorical: tuple[CategoricalColumn, ...]
    text: tuple[TermColumn, ...]
    position: Mapping[str, int]

    def column(self, id_: str) -> Any:  # Any: by type, what `routing.sides` takes
        """The values of one input: numbers, coded categories, or texts."""
        if id_ in self.numeric.ids:
            return self.numeric.values[self.numeric.ids.index(id_)]
        by_id = {column.id: column for column in self.categorical}
        return by_id[id_] if id_ in by_id else next(column.texts for column in self.text if column.field.id == id_)


def as_numbers(column: pa.Array) -> Floats:
    """An array of numbers as doubles, NaN where a value is missing."""
    values: Floats = column.to_numpy(zero_copy_only=False)
    return values.astype(np.float64, copy=False)


def numeric_columns(
    columns: Iterable[tuple[str, Floats]], count: int, rows: int, *, with_codes: bool
) -> NumericColumns:
    """The numeric inputs from so many `(id, values)`, NaN for missing; the cells only when asked for."""
    ids: list[str] = []
    values = np.empty((count, rows))
    codes = np.zeros((count, rows if with_codes else 0), np.uint8)
    lows, highs = np.full((2, count, CODES + 1), np.nan)
    for index, (id_, column) in enumerate(columns):
        ids.append(id_)
        values[index] = rounded_array(column)
        values[index][np.isinf(values[index])] = np.nan
        if with_codes:
            _sort_into_cells(values[index], codes[index], lows[index], highs[index])
    return NumericColumns(tuple(ids), values, codes, lows, highs)


def categorical_column(id_: str, column: pa.Array) -> CategoricalColumn:
    """A categorical input from an array of strings."""
    encoded = column.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int32)
    place = np.empty(len(names) + 1, np.int32)
    place[order] = np.arange(len(names), dtype=np.int32)
    place[-1] = -1
    codes = encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    return CategoricalColumn(id_, place[codes], tuple(names[index] for index in order))


def term_column(item: Field, summary: Mapping[str, Any], column: pa.Array) -> TermColumn:
    """A text or items input from an array of strings; its vocabulary is the tag cloud, or the items, of its summary."""
    names = tuple(name for name, _ in summary.get("items" if item.optype is Optype.ITEMS else "tag_cloud", ()))
    forms: Mapping[str, Sequence[str]] = summary.get("term_forms", {})
    place = {name: index for index, name in enumerate(names)}
    known = {form: place[name] for name in names for form in forms.get(name, ())} | place
    analysis = item.term_analysis or TermAnalysis()
    if item.optype is not Optype.ITEMS and not analysis.case_sensitive:
        known = {form.lower(): index for form, index in known.items()}
    starts = np.zeros(len(column) + 1, np.int64)
    found: list[int] = []
    times: list[int] = []
    for row, text in enumerate(column.to_pylist(), 1):
        if item.optype is Optype.ITEMS:
            words = items(text, item.item_analysis or ItemAnalysis())
        else:
            words = terms(text, analysis)
        occurring = Counter(known[word] for word in words if word in known)
        found.extend(occurring.keys())
        times.extend(occurring.values())
        starts[row] = len(found)
    return TermColumn(item, names, forms, starts, np.array(found, np.int32), np.array(times, np.int32), column)


def _sort_into_cells(values: Floats, codes: NDArray[np.uint8], lows: Floats, highs: Floats) -> None:
    present = len(values) - int(np.isnan(values).sum())
    order = np.argsort(values)[:present]
    if not present:
        return
    ordered = values[order]
    starts = _changes(ordered)
    cells = np.arange(len(starts))
    if len(starts) > CODES:
        cells = starts * CODES // present
        cells = np.searchsorted(_changes(cells), np.arange(len(cells)), side="right") - 1
    first = _changes(cells)
    used = slice(1, len(first) + 1)
    lows[used] = ordered[starts[first]]
    highs[used] = ordered[np.append(starts[first[1:]], present) - 1]
    lengths = np.diff(starts, append=present)
    codes[order] = np.repeat((cells + 1).astype(np.uint8), lengths)


def _changes(ordered: NDArray[Any]) -> NDArray[np.intp]:
    """Where values begin that differ from the one before."""
    return np.append(0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1)
