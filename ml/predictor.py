"""What every trained model can do, whatever trained it: score rows, score tables, explain a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from ml.fields import Field

Row = Mapping[str, Any]
"""Raw input values by field id or field name, as a client sent them."""


class Task(StrEnum):
    """What is predicted: one of a set of classes, or a number."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class MissingStrategy(IntEnum):
    """What a tree does when the value that a split asks for is missing."""

    LAST = 0
    PROPORTIONAL = 1


class Kind(StrEnum):
    """The score by which the winning class is chosen."""

    PROBABILITY = "probability"
    CONFIDENCE = "confidence"
    VOTES = "votes"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The positive class wins exactly when its score of `kind` is greater than `threshold` (0 to 1)."""

    positive_class: str
    threshold: float = 0.5
    kind: Kind = Kind.PROBABILITY


@dataclass(frozen=True, slots=True)
class Options:
    """How to predict. `kind` None means the model's own rule."""

    missing_strategy: MissingStrategy = MissingStrategy.LAST
    kind: Kind | None = None
    operating_point: OperatingPoint | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One prediction.

    `probabilities` and `confidences` list every class with its score, in class-name order; both are empty for
    regression, where `confidence` is the expected error. `path` is the list of predicates that led to the node.
    """

    output: str | float | None
    confidence: float | None = None
    probability: float | None = None
    probabilities: tuple[tuple[str, float], ...] = ()
    confidences: tuple[tuple[str, float], ...] = ()
    path: tuple[Mapping[str, Any], ...] = ()
    node: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one field moved one prediction away from the average one, in units of the explained score."""

    field_id: str
    value: Any
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Contributions in descending order of size; with `base` they sum to the explained score.

    For classification the score is the probability (trees) or the raw score (boosting) of `explained_class`.
    """

    base: float
    contributions: tuple[Contribution, ...]
    explained_class: str | None = None


def option_path(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a predictor says of its options, as a path into the `options` that the client gave."""
    if path[:1] == ("operating_kind",):
        return ("options", "kind")
    return ("options", *path) if path[:1] == ("operating_point",) else path


class Predictor(Protocol):
    """A model in memory, ready to score; safe to share between threads."""

    task: Task
    objective: Field
    inputs: Sequence[Field]
    classes: tuple[str, ...]

    def predict(self, rows: Sequence[Row], options: Options = ...) -> list[Outcome]:
        """One outcome a row. Raises ArgumentError, naming the field in its path, for a value of the wrong type."""
        ...

    def predict_table(
        self, data: Path, fields: Mapping[str, str] | None = None, options: Options = ...
    ) -> Iterator[pa.Table]:
        """Outcomes of all rows of a Parquet dataset, batch after batch, in row order.

        `fields` maps input field ids to the column ids of that dataset (default: the same ids). Columns of each table:
        `output`, `confidence`, `probability` (null for regression) and, for classification, one `probability:<class>`
        and one `confidence:<class>` per class.
        """
        ...

    def explain(self, row: Row, options: Options = ...) -> Explanation:
        """Which fields made the prediction of this row what it is."""
        ...

    def importances(self) -> list[tuple[str, float]]:
        """Field ids with their share of the model's gain, in descending order; shares sum to 1."""
        ...
