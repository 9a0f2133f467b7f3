"""Kept predictions in the graph."""

import strawberry
from strawberry.scalars import JSON

from graph.derive import resource
from graph.resolvers import prediction as resolvers
from graph.spec import Spec
from graph.types.dataset import Dataset
from graph.types.model import Model
from graph.types.outcome import ClassScore, Predicate, predicates, scores
from graph.types.relation import Info, related
from graph.types.resource import Resource
from models.prediction import Prediction as Row


@resource(Row)
class Prediction(Resource):
    """What a model says about one row."""

    @strawberry.field(description="The model that says it.")
    async def model(self, info: Info) -> Model | None:
        """The model, if it still exists."""
        return await related(info, self.model_id)

    @strawberry.field(description="The dataset that the model learned from.")
    async def dataset(self, info: Info) -> Dataset | None:
        """The dataset, if it still exists."""
        return await related(info, self.dataset_id)

    @strawberry.field(description="The values that were scored, as they were given.")
    def input_data(self) -> JSON:
        """The input."""
        return self.input_data

    @strawberry.field(description="The probability of every class, by name.")
    def probabilities(self) -> list[ClassScore]:
        """All probabilities."""
        return scores(self.details.get("probabilities", ()))

    @strawberry.field(description="The confidence of every class, by name.")
    def confidences(self) -> list[ClassScore]:
        """All confidences."""
        return scores(self.details.get("confidences", ()))

    @strawberry.field(description="The conditions that the row meets in a single tree, from the root on.")
    def decision_path(self) -> list[Predicate]:
        """The path; empty for models of many trees."""
        return predicates(self.details.get("path", ()))


SPEC = Spec(
    table=Row,
    graph_type=Prediction,
    plural="predictions",
    required=frozenset({"model_id", "input_data"}),
    extra_create=resolvers.EXTRA_CREATE,
    prepare=resolvers.prepare,
    build=resolvers.build,
    record=resolvers.record,
)
