"""Scoring every row of a dataset."""

from pathlib import Path
from typing import Any

import orjson

from graph.jobs.work.choosing import find, options, with_options, within
from graph.jobs.worker import WorkContext
from ml.batch import Columns, predict_to_dataset, predict_to_file
from ml.fields import Field
from ml.loading import load
from ml.matching import match_columns
from ml.summaries import summarise

CONTENT, DATASET, SUMMARIES = "predictions.csv", "predictions.parquet", "summaries.json"
LINE_ENDS = {"LF": "\n", "CRLF": "\r\n"}


def compute(context: WorkContext) -> dict[str, Any]:
    """The predictions as a CSV file and, when asked for, as a dataset."""
    arguments = context.arguments
    predictor = load(Path(arguments["model"]))
    data = Path(arguments["data"])
    fields = [Field.from_dict(each) for each in arguments["fields"]]
    mapped = match_columns(predictor.inputs, fields, arguments["fields_map"])
    given = dict(arguments.get("output") or {})
    with within("output"):
        wanted = given.get("output_fields", ())
        given["output_fields"] = tuple(find(fields, each, "output_fields").id for each in wanted)
        given["newline"] = LINE_ENDS[given.get("newline", "LF")]
        columns = Columns(**given)
    wants_dataset = bool(arguments.get("output_dataset"))
    share = 0.5 if wants_dataset else 1.0
    chosen = options(arguments.get("options"))
    with with_options():
        done = predict_to_file(
            predictor,
            data,
            fields,
            out=context.directory / CONTENT,
            columns=columns,
            fields_map=mapped,
            options=chosen,
            progress=lambda part: context.progress(part * share),
        )
    values: dict[str, Any] = {"rows": done.rows, "fields_map": mapped}
    files = {"content": CONTENT}
    if wants_dataset:
        made = predict_to_dataset(
            predictor,
            data,
            fields,
            out=context.directory / DATASET,
            columns=columns,
            fields_map=mapped,
            options=chosen,
            progress=lambda part: context.progress(share + part * share / 2),
        )
        summaries = summarise(
            context.directory / DATASET, made.fields, progress=lambda part: context.progress(0.75 + part / 4)
        )
        (context.directory / SUMMARIES).write_bytes(orjson.dumps(summaries))
        values |= {"fields": [field.to_dict() for field in made.fields], "objective": made.objective_id}
        files |= {"dataset": DATASET, "summaries": SUMMARIES}
    return {"values": values, "files": files}
