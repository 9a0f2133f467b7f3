"""Stored models written in formats that others read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ml.errors import ArgumentError
from ml.loading import document


class ExportFormat(StrEnum):
    """What a model can be written as; not every model as everything."""

    JSON = "json"
    BIGML = "bigml"
    CBM = "cbm"
    ONNX = "onnx"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Exported:
    """A model in some format: its bytes, their media type, and the usual suffix of such a file."""

    content: bytes
    media_type: str
    suffix: str


MEDIA = {
    ExportFormat.JSON: ("application/json", "json"),
    ExportFormat.BIGML: ("application/json", "json"),
    ExportFormat.CBM: ("application/octet-stream", "cbm"),
    ExportFormat.ONNX: ("application/octet-stream", "onnx"),
    ExportFormat.PYTHON: ("text/x-python; charset=utf-8", "py"),
}

Writer = Callable[[Path, Mapping[str, Any]], bytes]


def export(stored: Path, form: ExportFormat) -> Exported:
    """A stored model in another format.

    Trees: `json` (the stored document), `bigml` (the model object of a BigML.io model), `python`, and `onnx` when all
    inputs are numbers. Boosted models: CatBoost's `cbm`, `json` and `python`, and `onnx` when all inputs are numbers.
    Raises ArgumentError when the model has no such form.
    """
    known = document(stored)
    writer = WRITERS.get((known["format"], form))
    if writer is None:
        raise ArgumentError(f"a model of the format {known['format']} cannot be written as {form}", ("format",))
    media_type, suffix = MEDIA[form]
    return Exported(writer(stored, known), media_type, suffix)


def _tree_json(_stored: Path, known: Mapping[str, Any]) -> bytes:
    return json.dumps(known).encode()


def _tree_bigml(_stored: Path, known: Mapping[str, Any]) -> bytes:
    from ml.trees import bigml_model

    return json.dumps(bigml_model(known)).encode()


def _tree_python(_stored: Path, known: Mapping[str, Any]) -> bytes:
    from ml.trees import python_source

    return python_source(known).encode()


def _tree_onnx(_stored: Path, known: Mapping[str, Any]) -> bytes:
    from ml.trees import onnx_model

    return onnx_model(known)


def _boosted(form: ExportFormat) -> Writer:
    def write(stored: Path, _known: Mapping[str, Any]) -> bytes:
        from ml.boosting import BoostedModel
        from ml.boosting import ExportFormat as BoostedFormat
        from ml.boosting import export as export_boosted

        return export_boosted(BoostedModel.from_bytes(stored.read_bytes()), BoostedFormat(form.value))

    return write


TREE, BOOSTED = "modelgraph-tree", "modelgraph-catboost"
WRITERS: dict[tuple[str, ExportFormat], Writer] = {
    (TREE, ExportFormat.JSON): _tree_json,
    (TREE, ExportFormat.BIGML): _tree_bigml,
    (TREE, ExportFormat.PYTHON): _tree_python,
    (TREE, ExportFormat.ONNX): _tree_onnx,
    **{
        (BOOSTED, form): _boosted(form)
        for form in (ExportFormat.CBM, ExportFormat.JSON, ExportFormat.ONNX, ExportFormat.PYTHON)
    },
}
"""What each kind of model can be written as."""
