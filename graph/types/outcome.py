"""What a model says about a row, in the graph: kept predictions and passing ones share it."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from graph.resolvers import prediction as resolvers
from graph.types.relation import Info
from graph.types.words import Task

Model = Annotated["Model", strawberry.lazy("graph.types.model")]


@strawberry.type(description="A class and its score.")
class ClassScore:
    """A class and its score."""

    class_name: str = strawberry.field(description="The class.")
    score: float = strawberry.field(description="Its score, from 0 to 1.")


@strawberry.type(description="A condition that a row meets on its way through a tree.")
class Predicate:
    """One condition."""

    field_id: str = strawberry.field(description="The column that it looks at.")
    operator: str = strawberry.field(description="How the value is compared; a star also lets missing values pass.")
    value: JSON | None = strawberry.field(description="What it is compared with.")
    term: str | None = strawberry.field(description="The term or item that is counted.")


@strawberry.type(description="How far a column moved a prediction away from the average one.")
class Contribution:
    """The part of one column."""

    field_id: str = strawberry.field(description="The column.")
    value: JSON | None = strawberry.field(description="The value of the row.")
    contribution: float = strawberry.field(description="How far, in units of the explained score.")


@strawberry.type(description="Why a prediction is what it is: the base and all contributions add up to its score.")
class Explanation:
    """The parts of a score."""

    base: float = strawberry.field(description="The score that is expected when nothing is known.")
    explained_class: str | None = strawberry.field(description="The class whose score it is; null for numbers.")
    contributions: list[Contribution] = strawberry.field(description="The parts, the largest first.")


def predicates(path: Sequence[Any]) -> list[Predicate]:
    """Conditions of a tree as the graph shows them."""
    return [
        Predicate(field_id=each["field"], operator=each["operator"], value=each["value"], term=each.get("term"))
        for each in path
    ]


def scores(pairs: Sequence[Any]) -> list[ClassScore]:
    """Scores of classes as the graph shows them."""
    return [ClassScore(class_name=name, score=score) for name, score in pairs]


@strawberry.type(description="What a model says about one row of input values.")
class Outcome:
    """One passing prediction. What costs nothing is a plain attribute; what costs something is computed if selected."""

    scored: strawberry.Private[resolvers.Scored]
    output: str | None = strawberry.field(description="The predicted class, or the predicted number as text.")
    value: float | None = strawberry.field(description="The predicted number; null for classes.")
    confidence: float | None = strawberry.field(
        description="For classes the lower bound of their share, for numbers the expected error; null if unknown."
    )
    probability: float | None = strawberry.field(
        description="The probability of the predicted class; null for numbers."
    )
    probabilities: list[ClassScore] = strawberry.field(description="The probability of every class, by name.")
    confidences: list[ClassScore] = strawberry.field(description="The confidence of every class, by name.")

    @strawberry.field(description="The conditions that the row meets in a single tree, from the root on.")
    def decision_path(self) -> list[Predicate]:
        """The path; empty for models of many trees."""
        return predicates(self.scored.outcome.path)

    @strawberry.field(description="Why the prediction is what it is; computed only when it is selected.")
    async def explanation(self, info: Info) -> Explanation:
        """The contributions of the columns."""
        return explained(await resolvers.explain(info.context, self.scored))

    @strawberry.field(description="The model that says it.")
    def model(self) -> Model:
        """The model."""
        return self.scored.model


def outcome_of(scored: resolvers.Scored) -> Outcome:
    """An outcome as the graph shows it."""
    found = scored.outcome
    is_number = scored.model.task == Task.REGRESSION
    return Outcome(
        scored=scored,
        output=None if found.output is None else str(found.output),
        value=float(found.output) if is_number and found.output is not None else None,
        confidence=found.confidence,
        probability=found.probability,
        probabilities=scores(found.probabilities),
        confidences=scores(found.confidences),
    )


def explained(found: Any) -> Explanation:
    """An explanation as the graph shows it."""
    return Explanation(
        base=found.base,
        explained_class=found.explained_class,
        contributions=[
            Contribution(field_id=each.field_id, value=each.value, contribution=each.contribution)
            for each in found.contributions
        ],
    )
