"""Batch predictions: every row of a dataset scored, as a file and, if wanted, as a dataset."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from sqlmodel import Session

from graph.context import Context, Services
from graph.jobs.kind import JobKind
from graph.resolvers.access import readable
from graph.resolvers.arguments import OutputOptions, PredictionOptions, plain
from graph.resolvers.evaluation import scoring_inputs
from graph.resolvers.fields import find_ids
from graph.spec import Draft, JobDraft, Spec, Values
from models.batch_prediction import BatchPrediction
from models.blob import Stored
from models.dataset import Dataset
from models.ids import new_id
from models.job import Job
from models.model import Model
from models.repository import insert
from models.resource import State

EXTRA_CREATE: dict[str, Any] = {
    "options": (PredictionOptions | None, Field(None, description="How rows are predicted.")),
    "output": (OutputOptions | None, Field(None, description="Which columns are written, and how.")),
    "output_dataset": (bool, Field(False, description="Whether the result also becomes a dataset.")),
}


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new batch prediction and the job that computes it."""
    model = readable(session, context, Model, values["model_id"], path=("model_id",))
    dataset = readable(session, context, Dataset, values["dataset_id"], path=("dataset_id",))
    output: OutputOptions | None = values.get("output")
    if output is not None and output.output_fields and dataset.state is State.FINISHED:
        find_ids(dataset.fields, output.output_fields, "output", "output_fields")
    row = spec.new_row(context, {key: value for key, value in values.items() if key not in EXTRA_CREATE})
    assert isinstance(row, BatchPrediction)
    row.options = {name: plain(values[name]) for name in EXTRA_CREATE if values.get(name)}
    row.name = row.name or f"Batch prediction of {model.name} with {dataset.name}"
    row.tags = row.tags or list(model.tags)
    row.project_id = row.project_id or model.project_id
    return Draft(row, JobDraft("batchprediction.compute", depends_on=[model.id, dataset.id]))


def computing_inputs(session: Session, services: Services, row: BatchPrediction, _job: Job) -> dict[str, Any]:
    """What computing needs: the model, the data, and what to write."""
    model, dataset = session.get(Model, row.model_id), session.get(Dataset, row.dataset_id)
    assert model is not None
    assert dataset is not None
    return scoring_inputs(services, model, dataset, row.fields_map) | row.options


def finish_computing(
    session: Session, row: BatchPrediction, _job: Job, values: dict[str, Any], files: Mapping[str, Stored]
) -> None:
    """Writes down the file, and adds the dataset when one was asked for."""
    row.content, row.size, row.row_count = files["content"].digest, files["content"].size, values["rows"]
    row.fields_map = values["fields_map"]
    if "dataset" not in files:
        return
    parent = session.get(Dataset, row.dataset_id)
    dataset = Dataset(
        id=new_id(Dataset.kind),
        name=f"{row.name} - dataset",
        creator_id=row.creator_id,
        project_id=row.project_id,
        tags=list(row.tags),
        source_id=None if parent is None else parent.source_id,
        parent_ids=[row.dataset_id],
        content=files["dataset"].digest,
        size=files["dataset"].size,
        summaries=files["summaries"].digest,
        fields=values["fields"],
        row_count=values["rows"],
        column_count=len(values["fields"]),
        objective_id=values["objective"],
        state=State.FINISHED,
        state_message="The dataset has been created",
    )
    insert(session, dataset, author_id=row.creator_id)
    row.output_dataset_id = dataset.id


COMPUTE = JobKind(
    name="batchprediction.compute",
    work="graph.jobs.work.batch_prediction:compute",
    inputs=computing_inputs,
    finish=finish_computing,
    done="The batch prediction has been performed",
)
