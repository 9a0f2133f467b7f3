"""Training a model on the rows of one dataset, or of several put together."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from graph.jobs.work.choosing import find, selection, within
from graph.jobs.worker import WorkContext
from ml.boosting import BoostingParameters
from ml.boosting import train as train_boosting
from ml.deriving import Parent, derive
from ml.errors import ArgumentError, DataError
from ml.fields import Field, Optype
from ml.sampling import select
from ml.summaries import summarise
from ml.trees import TreeParameters
from ml.trees.grow import grow

CONTENT = "model.bin"
LIBRARIES = ("catboost", "numpy", "pandas", "pyarrow", "scikit-learn")

Progress = Callable[[float, dict[str, Any]], None]


def train(context: WorkContext) -> dict[str, Any]:
    """A model as a file, and what is known of it as values."""
    arguments = context.arguments
    data, fields, summaries, rows = _training_data(context)
    objective = _objective(fields, arguments)
    inputs = _inputs(fields, arguments["arguments"], objective)

    def progress(share: float, metrics: dict[str, Any]) -> None:
        context.progress(share, **_flat(metrics))

    learn, group = ALGORITHMS[arguments["algorithm"]]
    with within(group):
        values, content = learn(context, data, fields, summaries, objective, inputs, rows, progress)
    (context.directory / CONTENT).write_bytes(content)
    return {
        "values": {
            **values,
            "objective_id": objective.id,
            "objective_name": objective.name,
            "input_ids": inputs,
            "column_count": len([field for field in fields if field.parent_id is None]),
            "libraries": {name: version(name) for name in LIBRARIES},
        },
        "files": {"content": CONTENT},
    }


def _tree(
    context: WorkContext,
    data: Path,
    fields: Sequence[Field],
    summaries: dict[str, Any],
    objective: Field,
    inputs: list[str],
    rows: np.ndarray | None,
    progress: Progress,
) -> tuple[dict[str, Any], bytes]:
    given = dict(context.arguments["parameters"])
    if given.get("weight_field") is not None:
        given["weight_field"] = find(fields, given["weight_field"], "weight_field").id
    parameters = TreeParameters.from_dict(given)
    model = grow(
        data, fields, summaries, objective=objective.id, inputs=inputs, parameters=parameters, rows=rows,
        progress=progress,
    )  # fmt: skip
    document = model.to_document()
    values = {
        "task": document["task"],
        "row_count": document["rows"],
        "importance": document["importance"],
        "metrics": None,
        "parameters": parameters.to_dict(),
    }
    return values, orjson.dumps(document)


def _boosting(
    context: WorkContext,
    data: Path,
    fields: Sequence[Field],
    summaries: dict[str, Any],
    objective: Field,
    inputs: list[str],
    rows: np.ndarray | None,
    progress: Progress,
) -> tuple[dict[str, Any], bytes]:
    given = {"thread_count": context.cores, **context.arguments["parameters"]}
    parameters = BoostingParameters.from_dict(given)
    model = train_boosting(
        data,
        fields,
        summaries,
        objective=objective.id,
        inputs=inputs,
        parameters=parameters,
        rows=rows,
        directory=context.directory,
        progress=progress,
    )
    document = model.document
    values = {
        "task": document["task"],
        "row_count": document["rows"],
        "importance": document["importance"],
        "metrics": {"iterations": document["best_iteration"]},
        "parameters": document["parameters"],
    }
    return values, model.to_bytes()


ALGORITHMS = {"DECISION_TREE": (_tree, "decision_tree"), "CATBOOST": (_boosting, "catboost")}
"""What trains each algorithm, and the argument that holds its parameters."""


def _training_data(context: WorkContext) -> tuple[Path, list[Field], dict[str, Any], np.ndarray | None]:
    """The rows to learn from: those of one dataset as they lie, or several written together."""
    parents, arguments = context.arguments["parents"], context.arguments["arguments"]
    choices = [{key: value for key, value in each.items() if key != "id"} for each in arguments["parents"]]
    sampling = arguments.get("sampling")
    if len(parents) == 1 and not (choices[0] and sampling):
        parent = parents[0]
        chosen = choices[0] or sampling
        with within(*(("parents", "0") if choices[0] else ("sampling",))):
            rows = None if not chosen else select(parent["rows"], selection(chosen))
        fields = [Field.from_dict(each) for each in parent["fields"]]
        return Path(parent["data"]), fields, orjson.loads(Path(parent["summaries"]).read_bytes()), rows
    out = context.directory / "training.parquet"
    joined = derive(
        [
            Parent(
                data=Path(parent["data"]),
                fields=[Field.from_dict(each) for each in parent["fields"]],
                selection=selection(choice),
            )
            for parent, choice in zip(parents, choices, strict=True)
        ],
        out=out,
    )
    fields = joined.fields
    summaries = summarise(out, fields)
    return out, fields, summaries, None if sampling is None else select(joined.rows, selection(sampling))


def _objective(fields: Sequence[Field], arguments: dict[str, Any]) -> Field:
    asked = arguments["arguments"].get("objective")
    reference = asked or arguments["parents"][0]["objective"]
    if reference is None:
        raise ArgumentError("the dataset has no objective: name one", ("objective",))
    objective = find(fields, reference, "objective")
    if objective.optype not in (Optype.NUMERIC, Optype.CATEGORICAL):
        raise ArgumentError(
            f"{objective.name!r} is {objective.optype}: only categories and numbers can be predicted", ("objective",)
        )
    return objective


def _inputs(fields: Sequence[Field], arguments: dict[str, Any], objective: Field) -> list[str]:
    """The ids of the columns to learn from: all preferred ones, or those that were named."""
    wanted = arguments.get("inputs")
    if wanted is None:
        chosen = {field.id for field in fields if field.preferred}
    else:
        chosen = {find(fields, each, "inputs").id for each in wanted}
        chosen |= {field.id for field in fields if field.parent_id in chosen}
    excluded = {find(fields, each, "excluded").id for each in arguments.get("excluded", ())}
    excluded |= {field.id for field in fields if field.parent_id in excluded} | {objective.id}
    inputs = [field.id for field in fields if field.id in chosen - excluded and field.optype is not Optype.DATETIME]
    if not inputs:
        raise DataError("there is no column to learn from", ("inputs",))
    return inputs


def _flat(metrics: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested figures under dotted names."""
    found: dict[str, Any] = {}
    for name, value in metrics.items():
        if name == "metrics":
            found.update(_flat(value))
        elif isinstance(value, dict):
            found.update(_flat(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}"] = value
    return found
