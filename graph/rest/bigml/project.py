"""Projects, as BigML has them. Source: BigML.io API documentation, projects."""

from typing import Any

from graph.context import Context
from graph.resolvers.project import counts
from graph.rest.bigml.noun import Noun, Seen
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, UPDATE
from graph.types.project import SPEC

PLURALS = {
    "source": "sources",
    "dataset": "datasets",
    "model": "models",
    "prediction": "predictions",
    "evaluation": "evaluations",
    "batchprediction": "batchpredictions",
}


async def _stats(context: Context, seen: Seen) -> Any:
    found = await counts(context, seen.row.id)
    return {plural: {"count": found.get(kind, 0)} for kind, plural in PLURALS.items()}


PROJECT = Noun(
    spec=SPEC,
    columns={name: column for name, column in COLUMNS.items() if name != "project"},
    computed={**COMPUTED, "stats": lambda seen: seen.content},
    constants={
        **CONSTANTS,
    },
    heavy=frozenset({"stats"}),
    create={name: argument for name, argument in CREATE.items() if name != "project"},
    update={name: argument for name, argument in UPDATE.items() if name != "project"},
    properties={name: each for name, each in PROPERTIES.items() if name != "project"},
    load=_stats,
)
