import json
import math

import numpy as np
import onnxruntime
import pytest
from catboost import CatBoost

from ml.boosting import BoostedPredictor, ExportFormat, export
from ml.errors import ArgumentError

MIXED = ["width", "colour", "height", "basket"]


@pytest.fixture(scope="module", params=["kind", "sign", "score"])
def numeric(request, data, tmp_path_factory):
    return data.train(tmp_path_factory.mktemp("numeric"), objective=request.param, inputs=["width", "height", "day"])


def columns_of(model, data):
    columns = [data.table.column(feature.field.id).to_numpy(zero_copy_only=False) for feature in model.features]
    return np.column_stack(columns).astype(np.float32)


def test_onnx_predicts_the_same(numeric, data):
    session = onnxruntime.InferenceSession(export(numeric, ExportFormat.ONNX))

    found = session.run(None, {"features": columns_of(numeric, data)})

    outcomes = BoostedPredictor(numeric).predict(data.table.to_pylist())
    if numeric.document["task"] == "regression":
        assert found[0].ravel() == pytest.approx([outcome.output for outcome in outcomes], abs=1e-5)
        return
    assert found[0].tolist() == [outcome.output for outcome in outcomes]
    for probabilities, outcome in zip(found[1], outcomes, strict=True):
        assert probabilities == pytest.approx(dict(outcome.probabilities), abs=1e-5)


@pytest.mark.parametrize("objective", ["kind", "sign", "score"])
def test_python_source_predicts_the_same_with_categories(data, tmp_path, objective):
    model = data.train(tmp_path, objective=objective, inputs=["width", "colour", "height"])
    source: dict = {}

    exec(compile(export(model, ExportFormat.PYTHON), "model.py", "exec"), source)

    rows = [*data.rows(100), {}, {"colour": "purple", "width": 0.5}]
    for row, outcome in zip(rows, BoostedPredictor(model).predict(rows), strict=True):
        expected = dict(outcome.probabilities) if objective != "score" else outcome.output
        assert source["predict"](row) == pytest.approx(expected, abs=1e-9)


def test_python_source_applies_the_link_of_its_loss(data, tmp_path):
    for objective, loss in (("kind", "MultiClassOneVsAll"), ("score", "LogCosh")):
        model = data.train(tmp_path / loss, objective=objective, inputs=["width"], loss_function=loss, iterations=5)
        source: dict = {}
        exec(compile(export(model, ExportFormat.PYTHON), "model.py", "exec"), source)
        outcome = BoostedPredictor(model).predict([{"width": 1.0}])[0]
        expected = dict(outcome.probabilities) if objective == "kind" else outcome.output
        assert source["predict"]({"width": 1.0}) == pytest.approx(expected, abs=1e-9)


def test_json_holds_trees_and_texts_of_categories(data, tmp_path):
    model = data.train(tmp_path, objective="sign", inputs=["width", "colour", "height"], grow_policy="Lossguide")

    document = json.loads(export(model, ExportFormat.JSON))

    assert len(document["trees"]) == 20
    texts = {entry["value"] for entry in document["features_info"]["cat_features_hash"]}
    assert {"red", "green", "blue", "grey", "__missing__"} <= texts


def test_cbm_is_read_by_catboost_itself(classifier, tmp_path, data):
    path = tmp_path / "model.cbm"
    path.write_bytes(export(classifier, ExportFormat.CBM))

    engine = CatBoost().load_model(str(path))

    assert engine.classes_.tolist() == ["high", "low", "middle"]
    assert engine.feature_names_ == [feature.field.id for feature in classifier.features]


@pytest.mark.parametrize("form", [ExportFormat.JSON, ExportFormat.ONNX, ExportFormat.PYTHON])
def test_texts_can_be_exported_as_cbm_only(classifier, form):
    with pytest.raises(ArgumentError) as caught:
        export(classifier, form)

    assert caught.value.path == ("format",)


def test_what_a_format_cannot_hold_is_refused(binary, data, tmp_path):
    with pytest.raises(ArgumentError, match="categorical"):
        export(binary, ExportFormat.ONNX)
    lossguide = data.train(tmp_path, objective="sign", inputs=["width"], grow_policy="Lossguide", iterations=2)
    for form in (ExportFormat.ONNX, ExportFormat.PYTHON):
        with pytest.raises(ArgumentError, match="not symmetric"):
            export(lossguide, form)


def test_a_name_with_quotes_does_not_break_the_source(data, tmp_path):
    fields = [f.with_(name='a"""b\\') if f.name == "sign" else f for f in data.fields]
    named = type(data)(data.path, fields, data.table)
    model = named.train(tmp_path, objective='a"""b\\', inputs=["width"], iterations=1)
    source: dict = {}

    exec(compile(export(model, ExportFormat.PYTHON), "model.py", "exec"), source)

    assert math.isclose(sum(source["predict"]({"width": 1}).values()), 1)
