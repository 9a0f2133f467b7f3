"""Batch predictions in the graph."""

import strawberry
from strawberry.scalars import JSON

from graph.derive import resource
from graph.resolvers import batch_prediction as resolvers
from graph.spec import Spec
from graph.types.dataset import Dataset
from graph.types.model import Model
from graph.types.relation import Info, related
from graph.types.resource import Built
from models.batch_prediction import BatchPrediction as Row


@resource(Row)
class BatchPrediction(Built):
    """The predictions of a model for every row of a dataset."""

    @strawberry.field(description="The model that scores.")
    async def model(self, info: Info) -> Model | None:
        """The model, if it still exists."""
        return await related(info, self.model_id)

    @strawberry.field(description="The dataset whose rows are scored.")
    async def dataset(self, info: Info) -> Dataset | None:
        """The dataset, if it still exists."""
        return await related(info, self.dataset_id)

    @strawberry.field(description="The dataset that the result became, when that was asked for.")
    async def output_dataset(self, info: Info) -> Dataset | None:
        """The dataset of the result."""
        return await related(info, self.output_dataset_id)

    @strawberry.field(description="Field ids of the dataset by field ids of the model.")
    def fields_map(self) -> JSON:
        """Which column stands for which."""
        return self.fields_map

    @strawberry.field(description="Where the result can be fetched as CSV, on this server; null until it is finished.")
    def download_path(self) -> str | None:
        """The path of the download."""
        return None if self.content is None else f"/download/{self.id}"


SPEC = Spec(
    table=Row,
    graph_type=BatchPrediction,
    plural="batch_predictions",
    required=frozenset({"model_id", "dataset_id"}),
    extra_create=resolvers.EXTRA_CREATE,
    build=resolvers.build,
    jobs=(resolvers.COMPUTE,),
)
