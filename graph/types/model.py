"""Models in the graph."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from graph.derive import enumeration, resource
from graph.resolvers import model as resolvers
from graph.resolvers import reading
from graph.spec import Spec
from graph.types.dataset import Dataset
from graph.types.field import Field, NameCount, fields_of
from graph.types.outcome import Predicate, predicates
from graph.types.relation import Info, related, related_many
from graph.types.resource import Built
from graph.types.source import Source
from graph.types.words import Task
from models.model import ALGORITHM_MEANINGS, Algorithm
from models.model import Model as Row

enumeration(Algorithm, ALGORITHM_MEANINGS)


@strawberry.type(description="How much a column matters to a model.")
class FieldImportance:
    """The share of one column."""

    field_id: str = strawberry.field(description="The column.")
    share: float = strawberry.field(description="Its share of what all columns give; the shares add up to 1.")


@strawberry.type(description="A node of a tree. Nodes come in the order of their ids, parents before children.")
class TreeNode:
    """One node."""

    id: int = strawberry.field(description="Its number, from 0 at the root, branch after branch.")
    parent_id: int | None = strawberry.field(description="The node above it.")
    depth: int = strawberry.field(description="How many splits lie above it.")
    predicate: Predicate | None = strawberry.field(description="What rows must meet to come here; null at the root.")
    count: int = strawberry.field(description="How many training rows came here.")
    output: str = strawberry.field(description="What is predicted for rows that stop here.")
    confidence: float | None = strawberry.field(description="How sure that prediction is.")
    classes: list[NameCount] = strawberry.field(description="How many rows of each class came here.")
    is_leaf: bool = strawberry.field(description="Whether it has no branches.")


@strawberry.type(description="One measurement of training.")
class MetricSeries:
    """A metric over the iterations."""

    name: str = strawberry.field(description="Which rows and which metric, such as `validation.Logloss`.")
    values: list[float | None] = strawberry.field(description="Its value after each iteration.")


@strawberry.type(description="A package that took part in training.")
class Library:
    """A package and its version."""

    name: str = strawberry.field(description="The package.")
    version: str = strawberry.field(description="Its version.")


@resource(Row)
class Model(Built):
    """A predictor of one column from others."""

    @strawberry.field(description="Whether it predicts classes or numbers; null until it is trained.")
    def task(self) -> Task | None:
        """The task."""
        return Task(self.task) if self.task else None

    @strawberry.field(description="The dataset that it learns from; the first, when there are several.")
    async def dataset(self, info: Info) -> Dataset | None:
        """The dataset, if it still exists."""
        return await related(info, self.dataset_id)

    @strawberry.field(description="The datasets that it learns from, when there are several.")
    async def datasets(self, info: Info) -> list[Dataset]:
        """The datasets that still exist."""
        return await related_many(info, self.dataset_ids)

    @strawberry.field(description="The source behind its dataset.")
    async def source(self, info: Info) -> Source | None:
        """The source, if it still exists."""
        return await related(info, self.source_id)

    @strawberry.field(description="The columns that it knows, inputs and objective, once it is trained.")
    async def fields(self, info: Info) -> list[Field]:
        """The columns with their summaries over the training data."""
        document = await _document(info, self)
        if document is None:
            return []
        known = document["fields"]

        async def summaries() -> dict[str, Any]:
            return {id: each.get("summary", {}) for id, each in known.items()}

        return fields_of(list(known.values()), summaries)

    @strawberry.field(description="The ids of the columns that it learns from.")
    def input_ids(self) -> list[str]:
        """The inputs in order."""
        return self.input_ids

    @strawberry.field(description="How it was trained: the arguments with all defaults, once it is trained.")
    def parameters(self) -> JSON:
        """The parameters."""
        return self.parameters

    @strawberry.field(description="How much each column matters, the most important first.")
    def importances(self) -> list[FieldImportance]:
        """Shares that add up to 1."""
        return [FieldImportance(field_id=id, share=share) for id, share in self.importance]

    @strawberry.field(description="How training went, iteration by iteration; empty for a single tree.")
    async def training_metrics(self, info: Info) -> list[MetricSeries]:
        """The history of every metric."""
        document = await _document(info, self)
        history = (document or {}).get("metrics") or {}
        return [
            MetricSeries(name=f"{rows}.{name}", values=values)
            for rows, metrics in sorted(history.items())
            for name, values in sorted(metrics.items())
        ]

    @strawberry.field(description="The packages that took part in training.")
    def libraries(self) -> list[Library]:
        """Packages with their versions."""
        return [Library(name=name, version=version) for name, version in sorted(self.libraries.items())]

    @strawberry.field(description="The nodes of a single tree; null for models of many trees.")
    async def nodes(self, info: Info) -> list[TreeNode] | None:
        """All nodes, parents before children."""
        document = await _document(info, self)
        return None if document is None or "root" not in document else _nodes(document["root"])

    @strawberry.field(
        description="Where it can be fetched on this server, with `?format=` json, bigml, cbm, onnx or python."
    )
    def download_path(self) -> str | None:
        """The path of the export; null until it is trained."""
        return None if self.content is None else f"/download/{self.id}"

    @strawberry.field(description="The whole model as one JSON value; null until it is trained.")
    async def document(self, info: Info) -> JSON | None:
        """The stored document."""
        return await _document(info, self)


async def _document(info: Info, row: Any) -> dict[str, Any] | None:
    return None if row.content is None else await reading.model_document(info.context, row.content)


def _nodes(root: dict[str, Any]) -> list[TreeNode]:
    found = []
    waiting: list[tuple[dict[str, Any], int | None, int]] = [(root, None, 0)]
    while waiting:
        node, parent_id, depth = waiting.pop()
        children = node.get("children") or []
        predicate = node["predicate"]
        found.append(
            TreeNode(
                id=node["id"],
                parent_id=parent_id,
                depth=depth,
                predicate=None if predicate is True else predicates([predicate])[0],
                count=node["count"],
                output=str(node["output"]),
                confidence=node.get("confidence"),
                classes=[
                    NameCount(name=name, count=count)
                    for name, count in (node.get("objective_summary") or {}).get("categories", ())
                ],
                is_leaf=not children,
            )
        )
        waiting.extend((child, node["id"], depth + 1) for child in reversed(children))
    return found


SPEC = Spec(
    table=Row,
    graph_type=Model,
    plural="models",
    extra_create=resolvers.EXTRA_CREATE,
    build=resolvers.build,
    jobs=(resolvers.TRAIN,),
)
