import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from catboost import CatBoost, Pool

from ml.boosting import BoostedPredictor, BoostingParameters, train
from ml.errors import ArgumentError, DataError
from ml.fields import Field, Optype, TermAnalysis

from .conftest import INPUTS


def test_the_document_says_what_was_trained(data, classifier):
    document = classifier.document

    assert (document["format"], document["version"], document["task"]) == ("modelgraph-catboost", 1, "classification")
    assert document["objective"]["name"] == "kind"
    parts = ["day.year", "day.month", "day.day-of-month", "day.day-of-week"]
    assert [item["name"] for item in document["inputs"]] == ["width", "colour", "height", "comment", "basket", *parts]
    kinds = {item["field"]: item["kind"] for item in document["features"]}
    assert kinds[data.id("colour")] == "category"
    assert kinds[data.id("comment")] == kinds[data.id("basket")] == "text"
    assert kinds[data.id("day.month")] == "numeric"
    assert document["classes"] == ["high", "low", "middle"]
    assert document["rows"] == 600 - data.table.column("000006").null_count
    assert document["distribution"]["training"]["categories"] == [
        [name, data.table.column("000006").to_pylist().count(name)] for name in ("high", "low", "middle")
    ]
    assert document["parameters"]["iterations"] == 20
    assert document["parameters"]["loss_function"] == "MultiClass"
    assert len(document["metrics"]["learn"]["MultiClass"]) == 20
    assert document["best_iteration"] == document["iterations"] == 20
    assert document["libraries"]["catboost"]


def test_importances_add_up_and_name_what_matters(classifier, data):
    shares = dict(BoostedPredictor(classifier).importances())

    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert next(iter(shares)) == data.id("width")


def test_progress_tells_every_iteration_once_in_order(data, tmp_path):
    data.reports.clear()

    model = data.train(tmp_path, objective="sign", iterations=15, validation_share=0.2)

    assert [report["iteration"] for _, report in data.reports] == list(range(1, 16))
    assert [share for share, _ in data.reports] == pytest.approx([i / 15 for i in range(1, 16)])
    last = data.reports[-1][1]
    assert last["iterations"] == 15
    assert last["metrics"] == {
        "learn.Logloss": pytest.approx(model.document["metrics"]["learn"]["Logloss"][-1]),
        "validation.Logloss": pytest.approx(model.document["metrics"]["validation"]["Logloss"][-1]),
    }


def test_a_script_with_catboost_trains_the_same_model(data, tmp_path):
    inputs = ["width", "height"]
    table = data.table.select([data.id(name) for name in inputs]).to_pandas()
    engine = CatBoost({"iterations": 20, "depth": 4, "random_seed": 0, "loss_function": "RMSE", "verbose": False,
                       "allow_writing_files": False, "thread_count": 2})  # fmt: skip
    engine.fit(Pool(table, data.table.column(data.id("score")).to_numpy()))

    outcomes = data.predictor(tmp_path, objective="score", inputs=inputs).predict(data.table.to_pylist())

    assert np.array([outcome.output for outcome in outcomes]) == pytest.approx(engine.predict(table), abs=1e-12)


def test_early_stopping_keeps_the_best_iteration(data, tmp_path):
    model = data.train(tmp_path, objective="sign", iterations=200, learning_rate=0.8, early_stopping_rounds=5)

    losses = model.document["metrics"]["validation"]["Logloss"]
    assert len(losses) < 200
    assert model.document["best_iteration"] == model.document["iterations"] == int(np.argmin(losses)) + 1


def test_a_validation_share_alone_only_records_the_loss(data, tmp_path):
    model = data.train(tmp_path, objective="sign", iterations=60, learning_rate=0.8, validation_share=0.2)

    losses = model.document["metrics"]["validation"]["Logloss"]
    assert model.document["iterations"] == len(losses) == 60
    assert model.document["best_iteration"] == int(np.argmin(losses)) + 1 < 60


def test_a_text_whose_analysis_is_off_is_a_category(data, tmp_path):
    fields = [f.with_(term_analysis=TermAnalysis(enabled=False)) if f.name == "comment" else f for f in data.fields]

    model = type(data)(data.path, fields, data.table).train(
        tmp_path, objective="sign", inputs=["comment"], iterations=2
    )

    assert [feature.kind for feature in model.features] == ["category"]


def test_only_the_chosen_rows_are_learnt_from(data, tmp_path):
    labels = np.array(data.table.column(data.id("sign")).to_pylist())
    rows = np.r_[np.flatnonzero(labels == "yes")[:60], np.flatnonzero(labels == "no")[:40]]

    model = data.train(tmp_path, objective="sign", inputs=["width"], rows=np.r_[rows, rows[:10]])

    assert model.document["rows"] == 110
    assert model.document["distribution"]["training"]["categories"] == [["no", 40], ["yes", 70]]


def test_equal_trainings_give_equal_bytes(data, tmp_path):
    inputs = ["width", "colour", "day"]
    first = data.train(tmp_path / "a", objective="kind", inputs=inputs, iterations=5)
    second = data.train(tmp_path / "b", objective="kind", inputs=inputs, iterations=5)

    assert first.to_bytes() == second.to_bytes()
    assert str(tmp_path).encode() not in first.to_bytes()


def test_all_preferred_fields_but_the_objective_are_the_inputs(data, tmp_path):
    model = data.train(tmp_path, objective="sign", iterations=2)

    names = [item["name"] for item in model.document["inputs"]]
    assert set(names) == {field.name for field in data.fields} - {"sign", "day"}
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"objective": "comment"}, ("objective_field",)),
        ({"objective": "kind", "loss_function": "RMSE"}, ("loss_function",)),
        ({"objective": "score", "class_balance": "Balanced"}, ("class_balance",)),
        ({"objective": "kind", "inputs": ["kind"]}, ("input_fields",)),
    ],
)
def test_arguments_that_do_not_fit_the_data_are_refused(data, tmp_path, arguments, path):
    with pytest.raises(ArgumentError) as caught:
        data.train(tmp_path, **arguments)

    assert caught.value.path == path


def test_unknown_fields_are_refused(data, tmp_path):
    for wrong in ({"objective": "ffffff"}, {"objective": "000006", "inputs": ["ffffff"]}):
        with pytest.raises(ArgumentError):
            train(data.path, data.fields, {}, **wrong, directory=tmp_path, progress=lambda *_: None)


FIELDS = [Field("000000", "x", Optype.NUMERIC, 0), Field("000001", "y", Optype.CATEGORICAL, 1),
          Field("000002", "z", Optype.NUMERIC, 2)]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "objective", "message"),
    [
        (([1.0, 2.0], [None, None], [1.0, 2.0]), "000001", "no row has a value"),
        (([1.0, 2.0], ["a", "a"], [1.0, 2.0]), "000001", "single class, 'a'"),
        (([1.0, 2.0], ["a", "b"], [3.0, 3.0]), "000002", "single value, 3"),
        (([5.0, 5.0], ["a", "b"], [3.0, 3.0]), "000001", "CatBoost cannot learn"),
    ],
    ids=["no objective values", "one class", "one value", "constant inputs"],
)
def test_data_with_nothing_to_learn_is_refused(tmp_path, columns, objective, message):
    types = (pa.float64(), pa.string(), pa.float64())
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table(arrays, names=["000000", "000001", "000002"]), path)

    with pytest.raises(DataError, match=message):
        train(path, FIELDS, {}, objective=objective, directory=tmp_path / "job", progress=lambda *_: None)


def test_no_rows_to_learn_from_are_refused(data, tmp_path):
    with pytest.raises(DataError, match="no row has a value"):
        data.train(tmp_path, objective="sign", rows=np.array([], dtype=np.int64))


def test_texts_without_repeating_terms_become_categories(tmp_path):
    path = tmp_path / "data.parquet"
    texts = [f"only{i}" for i in range(50)]
    table = pa.table({"000000": texts, "000001": ["a", "b"] * 25, "000002": [float(i % 2) for i in range(50)]})
    pq.write_table(table, path)
    fields = [Field("000000", "t", Optype.TEXT, 0), *FIELDS[1:]]

    model = train(path, fields, {}, objective="000001", parameters=BoostingParameters(iterations=3),
                  directory=tmp_path / "job", progress=lambda *_: None)  # fmt: skip

    assert [(item["field"], item["kind"]) for item in model.document["features"]] == [
        ("000002", "numeric"), ("000000", "category"),
    ]  # fmt: skip


def test_texts_are_categories_when_text_features_are_off(data, tmp_path):
    model = data.train(tmp_path, objective="sign", inputs=INPUTS, text_features=False, iterations=2)

    assert {item["kind"] for item in model.document["features"]} == {"numeric", "category"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss_function": "Quantile:alpha=0.7", "objective": "score"},
        {"loss_function": "Huber:delta=1", "objective": "score"},
        {"loss_function": "MultiClassOneVsAll", "objective": "kind", "class_balance": "Balanced"},
        {"subsample": 0.5, "column_share": 0.7, "random_strength": 2, "objective": "sign"},
        {"bagging_temperature": 0.5, "objective": "kind"},
        {"grow_policy": "Lossguide", "max_leaves": 7, "min_data_in_leaf": 5, "objective": "kind"},
        {"border_count": 32, "one_hot_max_size": 10, "l2_leaf_reg": 1, "learning_rate": 0.2, "objective": "sign"},
        {"bootstrap": "No", "grow_policy": "Depthwise", "objective": "score"},
    ],
    ids=str,
)
def test_every_kind_of_parameter_is_understood(data, tmp_path, parameters):
    model = data.train(tmp_path, inputs=["width", "colour", "height"], iterations=3, **parameters)

    assert model.document["iterations"] == 3


def test_a_failure_of_the_progress_function_ends_the_training(data, tmp_path):
    def fail(share, report):
        raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError, match="nobody listens"):
        train(data.path, data.fields, {}, objective=data.id("sign"), parameters=BoostingParameters(iterations=3),
              directory=tmp_path, progress=fail)  # fmt: skip
