"""From stored bytes to a predictor: every kind of model says in its document what it is."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ml.errors import UnreadableError
from ml.predictor import Predictor

DOCUMENT = "document.json"
"""The member of an archive that holds the model's document."""

_ARCHIVE = b"PK\x03\x04"


def load(content: bytes | Path) -> Predictor:
    """The model in these bytes or this file, ready to score; UnreadableError when it is of no known format."""
    described = document(content)
    loader = LOADERS.get(described["format"])
    if loader is None:
        raise UnreadableError(f"There is no model format {described['format']!r}.")
    return loader(content, described)


def document(content: bytes | Path) -> dict[str, Any]:
    """The JSON document of a stored model of any kind, without its engine; UnreadableError when there is none."""
    try:
        described = json.loads(_document_bytes(content))
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UnreadableError(f"This is not a stored model: {error}.") from error
    if not isinstance(described, dict) or not isinstance(described.get("format"), str):
        raise UnreadableError("This is not a stored model: it names no format.")
    return described


def _document_bytes(content: bytes | Path) -> bytes:
    if isinstance(content, Path):
        with content.open("rb") as file:
            is_archive = file.read(len(_ARCHIVE)) == _ARCHIVE
        if not is_archive:
            return content.read_bytes()
        with zipfile.ZipFile(content) as archive:
            return archive.read(DOCUMENT)
    if not content.startswith(_ARCHIVE):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(DOCUMENT)


def _tree(_: bytes | Path, described: dict[str, Any]) -> Predictor:
    from ml.trees import TreeModel, TreePredictor

    return TreePredictor(TreeModel.from_document(described))


def _boosted(content: bytes | Path, _: dict[str, Any]) -> Predictor:
    from ml.boosting import BoostedModel, BoostedPredictor

    return BoostedPredictor(BoostedModel.from_bytes(content, with_categories=False))


Loader = Callable[[bytes | Path, dict[str, Any]], Predictor]
"""Makes a predictor of stored bytes and their document."""

LOADERS: dict[str, Loader] = {
    "modelgraph-tree": _tree,
    "modelgraph-catboost": _boosted,
}
"""What each format is loaded by; the engine behind it is imported on first use."""
