"""Predictions: single rows, scored now; kept when they are created as resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field
from sqlmodel import Session

from graph.context import Context
from graph.resolvers.arguments import PredictionOptions, plain
from graph.resolvers.predictors import find_model, options_of, predictor_of
from graph.spec import Draft, Spec, Values
from ml.predictor import Explanation, Outcome, Task
from models.errors import Conflict, NotFound
from models.model import Model
from models.prediction import Prediction

EXTRA_CREATE: dict[str, Any] = {
    "options": (PredictionOptions | None, Field(None, description="How missing values and classes are treated.")),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """An outcome with the model that gave it and the values that it was given for."""

    model: Model
    values: Mapping[str, Any]
    options: PredictionOptions | None
    outcome: Outcome


async def predict(
    context: Context, model_id: str, values: Mapping[str, Any], options: PredictionOptions | None = None
) -> Scored:
    """What a model says about one row, without keeping it."""
    model = await find_model(context, model_id)
    predictor = await predictor_of(context, model)
    outcome = await context.services.predictors.score(predictor, values, options_of(options))
    return Scored(model=model, values=values, options=options, outcome=outcome)


async def predict_many(
    context: Context, model_id: str, rows: Sequence[Mapping[str, Any]], options: PredictionOptions | None = None
) -> list[Scored]:
    """What a model says about several rows, scored together, without keeping it."""
    model = await find_model(context, model_id)
    predictor = await predictor_of(context, model)
    outcomes = await context.services.predictors.score_many(predictor, rows, options_of(options))
    return [
        Scored(model=model, values=row, options=options, outcome=outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class KnownFields:
    """The columns that a model knows, its inputs and then its objective. Equal for the same content of a model."""

    content: str
    descriptors: list[dict[str, Any]] = field(compare=False)


async def known_fields(context: Context, model_id: str) -> KnownFields | None:
    """The columns that a model knows; None when it is gone or not finished."""
    try:
        model = await find_model(context, model_id)
        predictor = await predictor_of(context, model)
    except (NotFound, Conflict):
        return None
    content = str(model.content)
    return KnownFields(content, context.services.predictors.descriptors(content, predictor))


async def explain(context: Context, scored: Scored) -> Explanation:
    """Which fields made the outcome what it is."""
    predictor = await predictor_of(context, scored.model)
    return await context.services.predictors.explain(predictor, scored.values, options_of(scored.options))


async def prepare(context: Context, values: Values) -> Values:
    """The values with the outcome."""
    scored = await predict(context, values["model_id"], values["input_data"], values.get("options"))
    return {**values, "scored": scored}


def build(_session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a prediction, finished at once."""
    return Draft(record(context, values, spec))


def record(context: Context, values: Values, spec: Spec) -> Prediction:
    """The row of a prediction, finished at once."""
    scored: Scored = values["scored"]
    model, outcome = scored.model, scored.outcome
    is_number = model.task == Task.REGRESSION
    given = {key: value for key, value in values.items() if key not in ("scored", "options")}
    columns: Values = {
        **given,
        "options": plain(values.get("options")) or {},
        "dataset_id": model.dataset_id,
        "source_id": model.source_id,
        "objective_id": model.objective_id,
        "objective_name": model.objective_name,
        "task": model.task,
        "name": given.get("name") or f"Prediction for {model.objective_name}",
        "tags": given.get("tags") or list(model.tags),
        "project_id": given.get("project_id") or model.project_id,
        "output": None if outcome.output is None else str(outcome.output),
        "value": float(outcome.output) if is_number and outcome.output is not None else None,
        "confidence": outcome.confidence,
        "probability": outcome.probability,
        "details": {
            "probabilities": outcome.probabilities,
            "confidences": outcome.confidences,
            "path": outcome.path,
            "node": outcome.node,
        },
    }
    row = spec.new_row(context, columns)
    assert isinstance(row, Prediction)
    return row
