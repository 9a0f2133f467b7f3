"""Columns of texts as codes with a dictionary: what CatBoost reads without looking at a text more than once."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.boosting.features import MISSING_CATEGORY

if TYPE_CHECKING:
    import pandas as pd


class Categories:
    """A column of texts kept as codes, with the texts in the order of their first appearance. Missing is -1."""

    def __init__(self) -> None:
        self._codes: list[np.ndarray] = []
        self._known: dict[str, int] = {}

    def append(self, column: pa.Array) -> None:
        """Adds values at the end."""
        self._codes.append(self.code(column))

    def code(self, column: pa.Array) -> np.ndarray:
        """The codes of values, new texts included, without keeping the values."""
        coded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
        known = self._known
        places = [known.setdefault(text, len(known)) for text in coded.dictionary.cast(pa.string()).to_pylist()]
        indices = pc.fill_null(coded.indices.cast(pa.int64()), len(places)).to_numpy()
        codes: np.ndarray = np.array([*places, -1], dtype=np.int32)[indices]
        return codes

    def keep(self, codes: np.ndarray) -> None:
        """Adds codes that `code` gave."""
        self._codes.append(codes)

    def append_words(self, column: pa.Array) -> None:
        """Adds texts that were cut into words at the end; an empty one is missing."""
        self.append(pc.replace_with_mask(column, pc.equal(column, ""), pa.scalar(None, pa.string())))

    @property
    def texts(self) -> list[str]:
        """The texts; the place of each is its code."""
        return list(self._known)

    def codes(self) -> np.ndarray:
        """All codes kept so far, one a row."""
        return np.concatenate(self._codes) if self._codes else np.empty(0, np.int32)


def categorical(codes: np.ndarray, categories: list[str]) -> "pd.Categorical":
    """A column of a frame, in which missing values have a category of their own."""
    import pandas as pd

    if MISSING_CATEGORY in categories:
        missing, names = categories.index(MISSING_CATEGORY), categories
    else:
        missing, names = len(categories), [*categories, MISSING_CATEGORY]
    return pd.Categorical.from_codes(np.where(codes < 0, np.int32(missing), codes), pd.Index(names, dtype=object))
