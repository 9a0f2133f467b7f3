"""How well the scores of one class rank the rows: curves over all thresholds and what follows from them.

A row counts as positive when its score is greater than the threshold, so the distinct scores are all the thresholds
there are, and below the last of them (null) every row is positive (BigML.io API documentation, evaluations).
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ml.evaluation.confusion import phi, ratio

AVERAGED = (
    "area_under_roc_curve",
    "area_under_pr_curve",
    "ks_statistic",
    "max_phi",
    "kendalls_tau_b",
    "spearmans_rho",
)
"""The measures of a class whose unweighted means over all classes an evaluation reports as `average_…`."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The rows of one class against the rest at every threshold, from the highest to none.

    `thresholds` holds the distinct scores in descending order and NaN at the end; `tp` and `fp` count the rows with
    greater scores, of the class and of the others. `positives` and `negatives` are their totals.
    """

    thresholds: np.ndarray
    tp: np.ndarray
    fp: np.ndarray
    positives: int
    negatives: int

    @classmethod
    def of(cls, scores: np.ndarray, truth: np.ndarray) -> Self:
        """The ranking of one row or more by score; `truth` says which belong to the class."""
        order = np.argsort(-scores)
        ranked, hits = scores[order], truth[order]
        ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
        tp = np.r_[0, np.cumsum(hits)[ends]].astype(float)
        fp = np.r_[0, ends + 1].astype(float) - tp
        positives = int(truth.sum())
        return cls(np.r_[ranked[ends], np.nan], tp, fp, positives, len(truth) - positives)

    def statistics(self, points: int) -> dict[str, Any]:
        """The measures, from every threshold, and the curves, through at most so many points."""
        tn, fn = self.negatives - self.fp, self.positives - self.tp
        total = self.positives + self.negatives
        tpr, fpr = self.tp / max(self.positives, 1), self.fp / max(self.negatives, 1)
        share = (self.tp + self.fp) / total
        precision = ratio(self.tp, self.tp + self.fp)
        precision[0] = 1.0
        lift = precision * total / self.positives if self.positives else np.zeros_like(precision)
        correlation = phi(self.tp, self.fp, tn, fn)
        area = float(np.trapezoid(tpr, fpr))
        ks, best = int(np.argmax(tpr - fpr)), int(np.argmax(correlation))
        shown = self._shown(points, {ks, best})
        thresholds = [None if value != value else value for value in self.thresholds[shown].tolist()]

        def curve(*columns: np.ndarray) -> list[list[Any]]:
            listed = [column[shown].tolist() for column in columns]
            return [list(point) for point in zip(*listed, thresholds, strict=True)]

        counts = np.stack([self.tp, self.fp, tn, fn], axis=1)[shown].astype(np.int64).tolist()
        return {
            "roc_curve": curve(fpr, tpr),
            "pr_curve": curve(tpr, precision),
            "gain_curve": curve(share, tpr),
            "lift_curve": curve(share, lift),
            "negative_cdf": curve(share, fpr),
            "area_under_roc_curve": area,
            "area_under_pr_curve": float(np.trapezoid(precision, tpr)),
            "ks_statistic": [float((tpr - fpr)[ks]), _threshold(self.thresholds[ks])],
            "max_phi": [float(correlation[best]), _threshold(self.thresholds[best])],
            "kendalls_tau_b": self._kendall(area),
            "spearmans_rho": self._spearman(),
            "per_threshold_confusion_matrices": [
                [matrix, threshold] for matrix, threshold in zip(reversed(counts), reversed(thresholds), strict=True)
            ],
        }

    def _shown(self, points: int, always: set[int]) -> np.ndarray:
        """Places of the thresholds that curves go through: all, or evenly many rows apart, with both ends."""
        count = len(self.thresholds)
        if count <= points:
            return np.arange(count)
        above = self.tp + self.fp
        even = np.linspace(0, above[-1], points - len(always))
        places: np.ndarray = np.unique(np.r_[0, np.searchsorted(above, even), count - 1, sorted(always)])
        return places

    def _kendall(self, area: float) -> float:
        """Tau-b of score and truth: the pairs of a row of the class with another are right, wrong or tied.

        Their balance is (2·AUC − 1) of all such pairs; ties among scores shrink the other root.
        """
        pairs = float(self.positives) * self.negatives
        total = float(self.positives + self.negatives)
        tied = np.diff(self.tp + self.fp)
        untied = (total * (total - 1) - float((tied * (tied - 1)).sum())) / 2
        return (2 * area - 1) * pairs / np.sqrt(pairs * untied) if pairs and untied else 0.0

    def _spearman(self) -> float:
        """The correlation of the truth with the ranks of the scores, equal scores sharing their mean rank."""
        above = self.tp + self.fp
        sizes, hits = np.diff(above), np.diff(self.tp)
        total = above[-1]
        centred = (above[1:] + above[:-1]) / 2 - total / 2
        spread = float((sizes * centred**2).sum())
        truth = self.positives * self.negatives / total
        return float(-(hits * centred).sum() / np.sqrt(spread * truth)) if spread and truth else 0.0


def _threshold(value: float) -> float | None:
    return None if value != value else float(value)
