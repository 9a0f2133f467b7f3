import json
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.boosting import BoostedPredictor, BoostingParameters, train
from ml.errors import UnreadableError
from ml.fields import Field, Optype
from ml.loading import LOADERS, document, load
from ml.predictor import Task
from ml.trees import TreePredictor, grow

FIELDS = [Field("000000", "x", Optype.NUMERIC, 0), Field("000001", "y", Optype.CATEGORICAL, 1)]
SUMMARIES = {"000000": {}, "000001": {"categories": [["a", 30], ["b", 30]], "missing_count": 0}}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("loading") / "data.parquet"
    x = np.linspace(0, 1, 60)
    pq.write_table(pa.table({"000000": x, "000001": np.where(x > 0.5, "b", "a")}), path)
    return path


@pytest.fixture(scope="module")
def stored(data) -> dict[str, bytes]:
    boosted = train(data, FIELDS, SUMMARIES, objective="000001", parameters=BoostingParameters(iterations=5),
                    directory=data.parent / "job")  # fmt: skip
    tree = grow(data, FIELDS, SUMMARIES, objective="000001", inputs=["000000"])
    return {
        "modelgraph-catboost": boosted.to_bytes(),
        "modelgraph-tree": json.dumps(tree.to_document()).encode(),
    }


@pytest.mark.parametrize("name", LOADERS)
def test_every_format_is_loaded_from_bytes_and_from_a_file(stored, tmp_path, name):
    path = tmp_path / "model"
    path.write_bytes(stored[name])

    for predictor in (load(stored[name]), load(path)):
        assert predictor.task is Task.CLASSIFICATION
        assert predictor.classes == ("a", "b")
        assert [outcome.output for outcome in predictor.predict([{"x": 0.1}, {"x": 0.9}])] == ["a", "b"]


@pytest.mark.parametrize("name", LOADERS)
def test_documents_of_all_formats_share_their_outline(stored, tmp_path, name):
    path = tmp_path / "model"
    path.write_bytes(stored[name])

    described = document(path)

    assert described == document(stored[name])
    assert described["format"] == name
    assert described["task"] == "classification"
    assert described["objective"]["id"] == "000001"
    assert [item["id"] for item in described["inputs"]] == ["000000"]
    assert described["fields"].keys() == {"000000", "000001"}
    assert described["distribution"]["training"]["categories"] == [["a", 30], ["b", 30]]
    assert described["importance"] == [["000000", 1]]
    assert described["rows"] == 60
    assert {"parameters", "libraries", "missing_tokens"} <= described.keys()


def test_the_format_decides_what_is_loaded(stored):
    assert isinstance(load(stored["modelgraph-catboost"]), BoostedPredictor)
    assert isinstance(load(stored["modelgraph-tree"]), TreePredictor)


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b'{"format": 3}', b'{"format": "other"}', b"PK\x03\x04...", b"\xff\xfe"], ids=repr
)
def test_other_bytes_are_no_model(content):
    with pytest.raises(UnreadableError):
        load(content)


def test_engines_are_not_imported_before_they_are_needed():
    engines = "('catboost', 'pandas', 'sklearn')"
    script = f"import sys, ml.loading, ml.scoring, ml.matching; print([m for m in {engines} if m in sys.modules])"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)

    assert done.stdout.strip() == "[]"
