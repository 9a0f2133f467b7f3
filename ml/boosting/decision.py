"""From probabilities to predictions: which class wins, and how outcomes and tables of them are laid out."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from ml.errors import ArgumentError
from ml.predictor import Kind, Options, Outcome, Task


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule for one model and one set of options. Regression has no classes."""

    classes: tuple[str, ...]
    positive: int | None = None
    threshold: float = 0.5

    @classmethod
    def of(cls, task: Task, classes: tuple[str, ...], options: Options) -> Self:
        """The rule that the options ask for; ArgumentError when it does not fit the model."""
        point = options.operating_point
        for path, kind in ((("operating_kind",), options.kind), (("operating_point", "kind"), point and point.kind)):
            if kind is not None and task is Task.REGRESSION:
                raise ArgumentError(f"{path[0]} is for classification only.", path[:1])
            if kind is Kind.VOTES:
                raise ArgumentError("A boosted model has no votes; use probability or confidence.", path)
        if point is None:
            return cls(classes)
        if not 0 <= point.threshold <= 1:
            raise ArgumentError("The threshold must be from 0 to 1.", ("operating_point", "threshold"))
        if point.positive_class not in classes:
            raise ArgumentError(
                f"{point.positive_class!r} is not a class of this model.", ("operating_point", "positive_class")
            )
        return cls(classes, classes.index(point.positive_class), point.threshold)

    def winners(self, probabilities: np.ndarray) -> np.ndarray:
        """The place of the winning class of each row of (rows, classes) probabilities."""
        if self.positive is None and len(self.classes) == 2:
            return (probabilities[:, 1] > probabilities[:, 0]).astype(np.int64)  # argmax is slow along short rows
        if self.positive is None:
            winners: np.ndarray = probabilities.argmax(axis=1)
            return winners
        others = probabilities.copy()
        others[:, self.positive] = -1
        return np.where(probabilities[:, self.positive] > self.threshold, self.positive, others.argmax(axis=1))

    def outcomes(self, scores: np.ndarray) -> list[Outcome]:
        """Outcomes of (rows, classes) probabilities, or of (rows,) numbers."""
        if not self.classes:
            return [Outcome(output=value) for value in scores.tolist()]
        classes = self.classes
        result = []
        for row, winner in zip(scores.tolist(), self.winners(scores).tolist(), strict=True):
            listed = tuple(zip(classes, row, strict=True))
            result.append(Outcome(classes[winner], row[winner], row[winner], listed, listed))
        return result

    def table(self, scores: np.ndarray) -> pa.Table:
        """The same as a table with the columns that `Predictor.predict_table` promises."""
        if not self.classes:
            nothing = pa.nulls(len(scores), pa.float64())
            return pa.table({"output": pa.array(scores, pa.float64()), "confidence": nothing, "probability": nothing})
        winners = self.winners(scores)
        columns = [pa.array(np.ascontiguousarray(column)) for column in scores.T]
        won = pa.array(np.take_along_axis(scores, winners[:, None], axis=1)[:, 0])
        return pa.table(
            {
                "output": pa.array(self.classes, pa.string()).take(pa.array(winners)),
                "confidence": won,
                "probability": won,
                **{f"probability:{name}": column for name, column in zip(self.classes, columns, strict=True)},
                **{f"confidence:{name}": column for name, column in zip(self.classes, columns, strict=True)},
            }
        )
