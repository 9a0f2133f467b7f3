"""The stored form of a boosted model: one archive with a JSON document and CatBoost's own bytes.

The archive is a zip file whose members are `document.json`, `model.cbm` and `categories.json` (the texts of every
category column, which only exports need). Nothing is compressed that scoring reads, and no clock enters the bytes.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ml.boosting.features import Feature
from ml.errors import UnreadableError
from ml.fields import Field

if TYPE_CHECKING:
    from catboost import CatBoost

FORMAT = "modelgraph-catboost"
"""What the document calls itself, by which a loader knows it."""

VERSION = 1

DOCUMENT = "document.json"
_CONTENT = "model.cbm"
_CATEGORIES = "categories.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class BoostedModel:
    """A trained model: what is known of it, as JSON values, and the engine's bytes.

    The document's keys: `format`, `version`, `task`, `objective` and `inputs` (fields), `fields` (those and the dates
    that inputs are parts of, by id), `features` (the inputs in model order with their kinds), `booleans` (categories of
    two-valued inputs), `missing_tokens`, `classes` (by name), `parameters`, `learning_rate`, `importance` (`[[field id,
    share]]`, descending), `metrics` (`{"learn" | "validation": {name: [value after each iteration]}}`),
    `best_iteration` and `iterations` (trees kept), `rows`, `distribution` (`training`: of the objective in those rows)
    and `libraries`.
    """

    document: dict[str, Any]
    content: bytes = field(repr=False)
    categories: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def features(self) -> list[Feature]:
        """The columns in the order in which the engine has them."""
        fields = {name: Field.from_dict(item) for name, item in self.document["fields"].items()}
        return [Feature.from_dict(value, fields) for value in self.document["features"]]

    def engine(self) -> "CatBoost":
        """The model as a CatBoost object, ready to score."""
        from catboost import CatBoost, CatBoostError

        engine = CatBoost()
        try:
            engine.load_model(blob=self.content)
        except CatBoostError as error:
            raise UnreadableError(f"not a CatBoost model: {error}") from error
        return engine

    def to_bytes(self) -> bytes:
        """The archive; `from_bytes` reads it back."""
        parts = {
            DOCUMENT: (json.dumps(self.document, allow_nan=False, ensure_ascii=False).encode(), zipfile.ZIP_STORED),
            _CONTENT: (self.content, zipfile.ZIP_STORED),
            _CATEGORIES: (json.dumps(self.categories, ensure_ascii=False).encode(), zipfile.ZIP_DEFLATED),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, (content, compression) in parts.items():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, compression)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes | Path, *, with_categories: bool = True) -> Self:
        """The model in an archive that `to_bytes` wrote; UnreadableError when it is none or of a later version.

        Scoring does not need the categories; leaving them unread saves time where there are many.
        """
        source = content if isinstance(content, Path) else io.BytesIO(content)
        try:
            with zipfile.ZipFile(source) as archive:
                document = json.loads(archive.read(DOCUMENT))
                if document.get("format") != FORMAT or document.get("version") != VERSION:
                    raise UnreadableError(f"not a {FORMAT} model of version {VERSION}")
                categories = json.loads(archive.read(_CATEGORIES)) if with_categories else {}
                return cls(document=document, content=archive.read(_CONTENT), categories=categories)
        except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
            raise UnreadableError(f"not a {FORMAT} model: {error}") from error
