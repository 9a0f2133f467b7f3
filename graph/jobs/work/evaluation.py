"""Measuring a model on the rows of a dataset."""

from pathlib import Path
from typing import Any

import orjson

from graph.jobs.work.choosing import options, selection, with_options, within
from graph.jobs.worker import WorkContext
from ml.errors import DataError
from ml.evaluation import evaluate
from ml.fields import Field
from ml.loading import document, load
from ml.matching import match_columns
from ml.sampling import select

RESULT = "result.json"


def compute(context: WorkContext) -> dict[str, Any]:
    """The figures as a file; what lists show as values."""
    arguments = context.arguments
    predictor = load(Path(arguments["model"]))
    fields = [Field.from_dict(each) for each in arguments["fields"]]
    known = [*predictor.inputs, predictor.objective]
    mapped = match_columns(known, fields, arguments["fields_map"])
    if predictor.objective.id not in mapped:
        raise DataError(f"the dataset has no column {predictor.objective.name!r} to compare with", ("dataset_id",))
    sampling = arguments.get("sampling")
    with within("sampling"):
        rows = None if sampling is None else select(arguments["rows"], selection(sampling))
    with with_options():
        result = evaluate(
            predictor,
            Path(arguments["data"]),
            mapped,
            rows=rows,
            options=options(arguments.get("options")),
            training=_training(Path(arguments["model"])),
            progress=context.progress,
        )
    count = result.pop("rows")
    (context.directory / RESULT).write_bytes(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY))
    block = result["model"]
    return {
        "values": {
            "task": str(predictor.task),
            "performance": block.get("average_f_measure", block.get("r_squared")),
            "rows": count,
            "fields_map": mapped,
        },
        "files": {"result": RESULT},
    }


def _training(model: Path) -> dict[str, Any]:
    """The distribution of the objective in training, by which the trivial rules answer."""
    distribution: dict[str, Any] = document(model).get("distribution") or {}
    found: dict[str, Any] = distribution.get("training", distribution)
    return found
