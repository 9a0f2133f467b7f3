"""Which branch of a split each row of a column takes."""

from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.trees.columns import CategoricalColumn, Floats
from ml.trees.split import Question, Split

STOPS = -1
"""The side of a row that stops at the node, because it has no value for the question."""

Column: TypeAlias = Floats | CategoricalColumn | pa.Array
"""Numbers in five decimals with NaN for missing, coded categories, or texts."""


def sides(split: Split, column: Column, rows: NDArray[np.intp]) -> NDArray[np.int8]:
    """0 or 1 for each of these rows of the split's field by the branch it takes, or `STOPS`."""
    absent: NDArray[np.bool_]
    answers: NDArray[np.bool_]
    if isinstance(column, CategoricalColumn):
        codes = column.codes[rows]
        absent, answers = codes < 0, codes != column.code(split.value)
    elif isinstance(column, np.ndarray):
        values = column[rows]
        absent = answers = np.isnan(values)
        if split.question is Question.GREATER:
            answers = values <= split.value
    else:
        texts = column.take(pa.array(rows)).to_pylist()
        return np.fromiter((split.side(text) for text in texts), np.int8, len(rows))
    if split.question is Question.MISSING:
        return (~absent).view(np.int8)
    taken: NDArray[np.int8] = answers.view(np.int8)
    taken[absent] = STOPS if split.missing_side is None else split.missing_side
    return taken
