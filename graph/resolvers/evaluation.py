"""Evaluations: a model measured on a dataset whose answers are known."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from sqlmodel import Session

from graph.context import Context, Services
from graph.jobs.kind import JobKind
from graph.resolvers.access import readable
from graph.resolvers.arguments import PredictionOptions, Sampling, plain
from graph.spec import Draft, JobDraft, Spec, Values
from models.blob import Stored
from models.dataset import Dataset
from models.evaluation import Evaluation
from models.job import Job
from models.model import Model

EXTRA_CREATE: dict[str, Any] = {
    "sampling": (Sampling | None, Field(None, description="Which rows of the dataset to use.")),
    "options": (PredictionOptions | None, Field(None, description="How rows are predicted.")),
}


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new evaluation and the job that computes it."""
    model = readable(session, context, Model, values["model_id"], path=("model_id",))
    dataset = readable(session, context, Dataset, values["dataset_id"], path=("dataset_id",))
    row = spec.new_row(context, {key: value for key, value in values.items() if key not in EXTRA_CREATE})
    assert isinstance(row, Evaluation)
    row.options = {name: plain(values[name]) for name in EXTRA_CREATE if values.get(name) is not None}
    row.name = row.name or f"{model.name} vs. {dataset.name}"
    row.tags = row.tags or list(model.tags)
    row.project_id = row.project_id or model.project_id
    return Draft(row, JobDraft("evaluation.compute", depends_on=[model.id, dataset.id]))


def computing_inputs(session: Session, services: Services, row: Evaluation, _job: Job) -> dict[str, Any]:
    """What computing needs: the model, the data, and which rows."""
    model, dataset = session.get(Model, row.model_id), session.get(Dataset, row.dataset_id)
    assert model is not None
    assert dataset is not None
    return scoring_inputs(services, model, dataset, row.fields_map) | row.options


def scoring_inputs(services: Services, model: Model, dataset: Dataset, fields_map: Mapping[str, Any]) -> dict[str, Any]:
    """The paths and columns of a model and of a dataset that it scores."""
    return {
        "model": str(services.blobs.path(str(model.content))),
        "data": str(services.blobs.path(str(dataset.content))),
        "fields": dataset.fields,
        "rows": dataset.row_count,
        "fields_map": dict(fields_map),
    }


def finish_computing(
    _session: Session, row: Evaluation, _job: Job, values: dict[str, Any], files: Mapping[str, Stored]
) -> None:
    """Writes down the result."""
    row.result, row.size = files["result"].digest, files["result"].size
    row.task, row.performance, row.row_count = values["task"], values["performance"], values["rows"]
    row.fields_map = values["fields_map"]


COMPUTE = JobKind(
    name="evaluation.compute",
    work="graph.jobs.work.evaluation:compute",
    inputs=computing_inputs,
    finish=finish_computing,
    done="The evaluation has been created",
)
