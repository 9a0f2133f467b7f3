import time
import zipfile

import pytest

from ml.boosting import BoostedModel, BoostedPredictor
from ml.errors import UnreadableError


def test_a_model_comes_back_from_its_bytes(classifier, data):
    restored = BoostedModel.from_bytes(classifier.to_bytes())

    assert restored == classifier
    assert BoostedPredictor(restored).predict(data.rows(20)) == BoostedPredictor(classifier).predict(data.rows(20))


def test_a_model_is_read_from_a_file(classifier, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(classifier.to_bytes())

    assert BoostedModel.from_bytes(path) == classifier
    assert BoostedModel.from_bytes(path, with_categories=False).categories == {}


def test_loading_takes_no_time(classifier):
    content = classifier.to_bytes()
    durations = []
    for _ in range(10):
        started = time.perf_counter()
        BoostedPredictor(BoostedModel.from_bytes(content, with_categories=False))
        durations.append(time.perf_counter() - started)

    assert min(durations) < 0.002


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04 and no more"])
def test_other_bytes_are_no_model(content):
    with pytest.raises(UnreadableError):
        BoostedModel.from_bytes(content)


def test_other_archives_are_no_model(tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("document.json", '{"format": "modelgraph-catboost", "version": 2}')

    with pytest.raises(UnreadableError, match="version 1"):
        BoostedModel.from_bytes(path)


def test_a_damaged_engine_is_no_model(classifier):
    damaged = BoostedModel(classifier.document, b"CBM1" + b"\0" * 40)

    with pytest.raises(UnreadableError):
        damaged.engine()
