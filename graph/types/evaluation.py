"""Evaluations in the graph."""

from collections.abc import Mapping
from typing import Annotated, Any, Union

import strawberry
from strawberry.scalars import JSON

from graph.derive import resource
from graph.resolvers import evaluation as resolvers
from graph.resolvers import reading
from graph.spec import Spec
from graph.types.dataset import Dataset
from graph.types.model import Model
from graph.types.relation import Info, related
from graph.types.resource import Built
from graph.types.words import Task
from models.evaluation import Evaluation as Row


@strawberry.type(description="A point of a curve.")
class CurvePoint:
    """One point."""

    x: float = strawberry.field(description="Where it lies, from 0 to 1.")
    y: float = strawberry.field(description="How high it lies.")
    threshold: float | None = strawberry.field(description="The score at which it is reached; null at the end.")


@strawberry.type(description="How well one class is predicted.")
class ClassStatistics:
    """Figures of one class against all others."""

    class_name: str = strawberry.field(description="The class.")
    accuracy: float = strawberry.field(description="The share of rows that are right about this class.")
    precision: float = strawberry.field(description="The share of rows predicted as the class that are of it.")
    recall: float = strawberry.field(description="The share of rows of the class that are predicted as it.")
    f_measure: float = strawberry.field(description="The harmonic mean of precision and recall.")
    phi_coefficient: float = strawberry.field(description="The correlation of truth and prediction.")
    balanced_accuracy: float = strawberry.field(description="The mean of the recalls of the class and of the rest.")
    is_present: bool = strawberry.field(description="Whether any row is of the class.")
    area_under_roc_curve: float | None = strawberry.field(description="The area under the ROC curve.")
    area_under_pr_curve: float | None = strawberry.field(description="The area under the precision-recall curve.")
    ks_statistic: float | None = strawberry.field(description="The largest gap between true and false positives.")
    curves: strawberry.Private[Mapping[str, Any]]

    @strawberry.field(description="False positive rate against true positive rate.")
    def roc_curve(self) -> list[CurvePoint]:
        """The ROC curve."""
        return _points(self.curves.get("roc_curve"))

    @strawberry.field(description="Recall against precision.")
    def pr_curve(self) -> list[CurvePoint]:
        """The precision-recall curve."""
        return _points(self.curves.get("pr_curve"))

    @strawberry.field(description="The share predicted as the class against the true positive rate.")
    def gain_curve(self) -> list[CurvePoint]:
        """The gain curve."""
        return _points(self.curves.get("gain_curve"))

    @strawberry.field(description="The share predicted as the class against precision over base rate.")
    def lift_curve(self) -> list[CurvePoint]:
        """The lift curve."""
        return _points(self.curves.get("lift_curve"))


@strawberry.type(description="How well classes are predicted, by the model or by a trivial rule.")
class Classification:
    """Figures over all classes."""

    accuracy: float = strawberry.field(description="The share of rows that are right.")
    average_precision: float = strawberry.field(description="The mean precision of the classes.")
    average_recall: float = strawberry.field(description="The mean recall of the classes.")
    average_f_measure: float = strawberry.field(description="The mean F-measure of the classes.")
    average_phi: float = strawberry.field(description="The mean phi coefficient of the classes.")
    average_balanced_accuracy: float = strawberry.field(description="The mean balanced accuracy of the classes.")
    average_area_under_roc_curve: float | None = strawberry.field(description="The mean area under the ROC curves.")
    confusion_matrix: list[list[int]] = strawberry.field(
        description="Rows of the first class are actual, columns predicted, in the order of the class names."
    )
    per_class: list[ClassStatistics] = strawberry.field(description="The figures of each class.")


@strawberry.type(description="How well classes are predicted, beside what trivial rules reach.")
class ClassificationFigures:
    """The three blocks."""

    class_names: list[str] = strawberry.field(description="The classes, sorted.")
    model: Classification = strawberry.field(description="What the model reaches.")
    mode: Classification = strawberry.field(description="What always saying the most frequent class reaches.")
    random: Classification = strawberry.field(description="What saying any class by chance reaches.")


@strawberry.type(description="How well numbers are predicted, by the model or by a trivial rule.")
class Regression:
    """Figures of numeric errors."""

    mean_absolute_error: float = strawberry.field(description="The mean of the sizes of the errors.")
    mean_squared_error: float = strawberry.field(description="The mean of the squares of the errors.")
    r_squared: float = strawberry.field(description="The share of the variance that is explained.")


@strawberry.type(description="How well numbers are predicted, beside what trivial rules reach.")
class RegressionFigures:
    """The three blocks."""

    model: Regression = strawberry.field(description="What the model reaches.")
    mean: Regression = strawberry.field(description="What always saying the mean reaches.")
    random: Regression = strawberry.field(description="What saying any number of the range reaches.")


EvaluationFigures = Annotated[
    Union[ClassificationFigures, RegressionFigures],  # noqa: UP007
    strawberry.union("EvaluationFigures", description="How well classes or numbers are predicted."),
]


@resource(Row)
class Evaluation(Built):
    """The quality of a model on a dataset."""

    @strawberry.field(description="Whether classes or numbers are predicted; null until it is finished.")
    def task(self) -> Task | None:
        """The task."""
        return Task(self.task) if self.task else None

    @strawberry.field(description="The model that is measured.")
    async def model(self, info: Info) -> Model | None:
        """The model, if it still exists."""
        return await related(info, self.model_id)

    @strawberry.field(description="The dataset whose answers are known.")
    async def dataset(self, info: Info) -> Dataset | None:
        """The dataset, if it still exists."""
        return await related(info, self.dataset_id)

    @strawberry.field(description="Field ids of the dataset by field ids of the model.")
    def fields_map(self) -> JSON:
        """Which column stands for which."""
        return self.fields_map

    @strawberry.field(description="All figures; null until it is finished.")
    async def figures(self, info: Info) -> EvaluationFigures | None:
        """The figures, typed."""
        found = await _result(info, self)
        if found is None:
            return None
        return _classification_figures(found) if "class_names" in found else _regression_figures(found)

    @strawberry.field(description="All figures as one value; null until it is finished.")
    async def figures_json(self, info: Info) -> JSON | None:
        """The figures as they are stored."""
        return await _result(info, self)


async def _result(info: Info, row: Any) -> dict[str, Any] | None:
    return None if row.result is None else await reading.document(info.context, row.result)


def _classification_figures(found: Mapping[str, Any]) -> ClassificationFigures:
    return ClassificationFigures(
        class_names=found["class_names"],
        **{block: _classification(found[block]) for block in ("model", "mode", "random")},
    )


def _classification(block: Mapping[str, Any]) -> Classification:
    names = (
        "accuracy", "average_precision", "average_recall", "average_f_measure", "average_phi",
        "average_balanced_accuracy", "confusion_matrix",
    )  # fmt: skip
    return Classification(
        **{name: block[name] for name in names},
        average_area_under_roc_curve=block.get("average_area_under_roc_curve"),
        per_class=[_statistics(each) for each in block["per_class_statistics"]],
    )


def _statistics(each: Mapping[str, Any]) -> ClassStatistics:
    names = ("class_name", "accuracy", "precision", "recall", "f_measure", "phi_coefficient", "balanced_accuracy")
    ks = each.get("ks_statistic")
    return ClassStatistics(
        **{name: each[name] for name in names},
        is_present=bool(each["present_in_test_data"]),
        area_under_roc_curve=each.get("area_under_roc_curve"),
        area_under_pr_curve=each.get("area_under_pr_curve"),
        ks_statistic=ks[0] if ks else None,
        curves=each,
    )


def _regression_figures(found: Mapping[str, Any]) -> RegressionFigures:
    return RegressionFigures(**{block: Regression(**found[block]) for block in ("model", "mean", "random")})


def _points(curve: Any) -> list[CurvePoint]:
    return [CurvePoint(x=x, y=y, threshold=threshold) for x, y, threshold in curve or ()]


SPEC = Spec(
    table=Row,
    graph_type=Evaluation,
    plural="evaluations",
    required=frozenset({"model_id", "dataset_id"}),
    extra_create=resolvers.EXTRA_CREATE,
    build=resolvers.build,
    jobs=(resolvers.COMPUTE,),
)
