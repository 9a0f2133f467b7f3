"""Models: what they learn from, and what training leaves behind."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from sqlmodel import Session

from graph.context import Context, Services
from graph.jobs.kind import JobKind
from graph.resolvers.access import readable
from graph.resolvers.arguments import Parent, Sampling, plain
from graph.resolvers.cloning import clone
from graph.resolvers.dataset import check_ranges
from graph.resolvers.parameters import PARAMETERS, CatBoost, DecisionTree, check_parameters
from graph.spec import Draft, JobDraft, Spec, Values
from models.blob import Stored
from models.dataset import Dataset
from models.errors import InvalidInput
from models.job import Job
from models.model import Algorithm, Model

EXTRA_CREATE: dict[str, Any] = {
    "dataset_id": (str | None, Field(None, description="The dataset to learn from.")),
    "parents": (
        list[Parent] | None,
        Field(None, max_length=100, description="The datasets to learn from, one after the other."),
    ),
    "origin_id": (str | None, Field(None, description="The model to make a copy of.")),
    "algorithm": (Algorithm, Field(Algorithm.DECISION_TREE, description="What trains it.")),
    "objective": (
        str | None,
        Field(None, description="The column to predict, by id or name; the dataset's objective when left out."),
    ),
    "inputs": (
        list[str] | None,
        Field(None, max_length=100_000, description="The columns to learn from, by id or name; all when left out."),
    ),
    "excluded": (
        list[str] | None,
        Field(None, max_length=100_000, description="The columns not to learn from, by id or name."),
    ),
    "sampling": (Sampling | None, Field(None, description="Which rows to learn from.")),
    "decision_tree": (DecisionTree | None, Field(None, description="How a decision tree is grown.")),
    "catboost": (CatBoost | None, Field(None, description="How boosted trees are trained.")),
    "cores": (int | None, Field(None, ge=1, le=1024, description="How many processor cores training may use.")),
    "memory_mb": (int | None, Field(None, ge=256, description="How much memory training may use, in megabytes.")),
}
DEFERRED = ("objective", "inputs", "excluded", "sampling")


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new model and the job that trains it."""
    origins = [name for name in ("dataset_id", "parents", "origin_id") if values.get(name)]
    if len(origins) != 1:
        found = f"not {' and '.join(origins)}" if origins else "none was given"
        last = origins[-1] if origins else "dataset_id"
        raise InvalidInput(f"give exactly one of dataset_id, parents or origin_id: {found}", (last,))
    if values.get("origin_id"):
        return clone(session, context, spec, values)
    algorithm: Algorithm = values.get("algorithm", Algorithm.DECISION_TREE)
    parents: list[Parent] = values.get("parents") or [Parent(id=values["dataset_id"])]
    several = values.get("parents") is not None
    rows = [
        readable(session, context, Dataset, parent.id, path=("parents", index, "id") if several else ("dataset_id",))
        for index, parent in enumerate(parents)
    ]
    check_ranges(parents, rows, values.get("sampling"))
    row = spec.new_row(context, {key: value for key, value in values.items() if key not in DEFERRED})
    assert isinstance(row, Model)
    row.algorithm = algorithm
    row.parameters = _parameters(algorithm, values)
    row.arguments = {name: plain(values[name]) for name in DEFERRED if values.get(name) is not None}
    row.arguments["parents"] = [plain(parent) for parent in parents]
    row.dataset_id, row.source_id = rows[0].id, rows[0].source_id
    row.dataset_ids = [each.id for each in rows] if values.get("parents") else []
    row.name = row.name or rows[0].name
    row.tags = row.tags or list(rows[0].tags)
    row.project_id = row.project_id or rows[0].project_id
    draft = JobDraft(
        "model.train",
        depends_on=list(dict.fromkeys(each.id for each in rows)),
        cores=values.get("cores"),
        memory_mb=values.get("memory_mb"),
    )
    return Draft(row, draft)


def _parameters(algorithm: Algorithm, values: Values) -> dict[str, Any]:
    for other, (name, _) in PARAMETERS.items():
        if other is not algorithm and values.get(name) is not None:
            raise InvalidInput(f"{name} goes with the algorithm {other.value}", (name,))
    name, _ = PARAMETERS[algorithm]
    parameters: dict[str, Any] = plain(values.get(name)) or {}
    check_parameters(algorithm, parameters)
    return parameters


def training_inputs(session: Session, services: Services, row: Model, job: Job) -> dict[str, Any]:
    """What training needs: data, columns and summaries of the datasets, and the parameters."""
    ids = row.dataset_ids or [str(row.dataset_id)]
    rows = [dataset for id in ids if (dataset := session.get(Dataset, id)) is not None]
    return {
        "algorithm": row.algorithm.value,
        "parameters": row.parameters,
        "arguments": row.arguments,
        "parents": [
            {
                "data": str(services.blobs.path(str(each.content))),
                "summaries": str(services.blobs.path(str(each.summaries))),
                "fields": each.fields,
                "objective": each.objective_id,
                "rows": each.row_count,
                "digest": each.content,
            }
            for each in rows
        ],
        "cores": job.cores,
    }


def finish_training(
    _session: Session, row: Model, _job: Job, values: dict[str, Any], files: Mapping[str, Stored]
) -> None:
    """Writes down the model and what training found out."""
    row.content, row.size = files["content"].digest, files["content"].size
    for name in (
        "task", "objective_id", "objective_name", "input_ids", "row_count", "column_count", "importance", "metrics",
        "libraries", "parameters",
    ):  # fmt: skip
        setattr(row, name, values[name])


TRAIN = JobKind(
    name="model.train",
    work="graph.jobs.work.model:train",
    inputs=training_inputs,
    finish=finish_training,
    done="The model has been created",
)
