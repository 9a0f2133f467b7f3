import datetime
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.boosting import BoostedPredictor, BoostingParameters, train
from ml.errors import ArgumentError
from ml.predictor import Kind, MissingStrategy, OperatingPoint, Options, Outcome, Task


@pytest.fixture(scope="module", params=["classifier", "binary", "regressor"])
def predictor(request) -> BoostedPredictor:
    return BoostedPredictor(request.getfixturevalue(request.param))


def test_a_classifier_lists_every_class_in_name_order(classifier, data):
    predictor = BoostedPredictor(classifier)

    outcome = predictor.predict(data.rows(1))[0]

    names, probabilities = zip(*outcome.probabilities, strict=True)
    assert names == predictor.classes == ("high", "low", "middle")
    assert sum(probabilities) == pytest.approx(1)
    assert outcome.probability == max(probabilities)
    assert outcome.output == names[probabilities.index(outcome.probability)]
    assert outcome.confidence == outcome.probability
    assert outcome.confidences == outcome.probabilities


def test_a_regression_has_a_number_only(regressor, data):
    outcome = BoostedPredictor(regressor).predict(data.rows(1))[0]

    assert outcome == Outcome(output=outcome.output)
    assert isinstance(outcome.output, float)


def test_predictions_are_good(classifier, data):
    rows = data.rows(600)

    outputs = [outcome.output for outcome in BoostedPredictor(classifier).predict(rows)]

    assert np.mean([output == row["kind"] for output, row in zip(outputs, rows, strict=True)]) > 0.8


def test_one_row_many_rows_and_tables_agree_to_the_bit(predictor, data):
    rows = data.table.to_pylist()

    together = predictor.predict(rows)
    alone = [predictor.predict([row])[0] for row in rows]
    tables = list(predictor.predict_table(data.path))

    assert together == alone
    assert [table.num_rows for table in tables] == [250, 250, 100]
    table = pa.concat_tables(tables).to_pylist()
    assert [row["output"] for row in table] == [outcome.output for outcome in together]
    assert [row["probability"] for row in table] == [outcome.probability for outcome in together]
    assert [row["confidence"] for row in table] == [outcome.confidence for outcome in together]
    for name in predictor.classes:
        assert [row[f"probability:{name}"] for row in table] == [dict(o.probabilities)[name] for o in together]
        assert [row[f"confidence:{name}"] for row in table] == [dict(o.confidences)[name] for o in together]


def test_threads_may_share_a_predictor(predictor, data):
    rows = data.rows(40)
    expected = predictor.predict(rows)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda place: predictor.predict([rows[place % 40]])[0], range(400)))

    assert found == expected * 10


def test_rows_may_name_fields_by_id_or_name(predictor, data):
    assert predictor.predict(data.rows(5)) == predictor.predict(data.table.slice(0, 5).to_pylist())


def test_values_may_be_texts_and_other_numbers(predictor):
    plain = predictor.predict([{"width": 1.5, "height": -2.0}])

    assert predictor.predict([{"width": "1.5", "height": "-2"}]) == plain
    assert predictor.predict([{"width": np.float32(1.5), "height": np.int64(-2)}]) == plain


def test_what_is_unknown_or_missing_is_left_out(predictor):
    nothing = predictor.predict([{}])

    assert predictor.predict([{"width": None, "colour": "NA", "height": "?", "price": 3, "comment": ""}]) == nothing
    assert predictor.predict([{"width": float("nan"), "colour": float("nan")}]) == nothing
    assert predictor.predict([]) == []


def test_numbers_are_not_rounded(data, tmp_path):
    width = np.linspace(0, 1e-6, 50)
    table = pa.table({"000000": width, "000008": width * 1e6})
    pq.write_table(table, tmp_path / "tiny.parquet")
    tiny = type(data)(tmp_path / "tiny.parquet", [data.fields[0], data.fields[-1]], table)

    predictor = tiny.predictor(tmp_path / "job", objective="score")

    outputs = [outcome.output for outcome in predictor.predict(table.to_pylist())]
    assert outputs[-1] - outputs[0] > 0.5


@pytest.mark.parametrize(
    "row",
    [{"width": "wide"}, {"width": True}, {"000000": [1]}, {"width": 10**400}],
    ids=["text", "bool", "list", "huge"],
)
def test_a_value_of_the_wrong_type_is_refused_by_its_key(predictor, row):
    with pytest.raises(ArgumentError) as caught:
        predictor.predict([{"height": 1}, row])

    assert caught.value.path == ("input_data", next(iter(row)))


def test_a_date_may_be_sent_as_a_text(classifier):
    predictor = BoostedPredictor(classifier)
    parts = {"day.year": 2024, "day.month": 2, "day.day-of-month": 5, "day.day-of-week": 1}

    assert predictor.predict([{"day": "2024-02-05"}]) == predictor.predict([parts])
    assert predictor.predict([{"day": datetime.date(2024, 2, 5)}]) == predictor.predict([parts])
    assert predictor.predict([{"000005": "2023-02-05", **parts}]) == predictor.predict([parts])
    assert predictor.predict([{"day": ""}]) == predictor.predict([{}])
    for wrong in ("5th of May", [2024]):
        with pytest.raises(ArgumentError) as caught:
            predictor.predict([{"day": wrong}])
        assert caught.value.path == ("input_data", "day")


def test_a_boolean_stands_for_one_of_two_categories(data, tmp_path):
    inside = pa.array(["true" if value and value > 0 else "false" for value in data.table.column(0).to_pylist()])
    pq.write_table(pa.table({"000001": inside, "000008": data.table.column("000008")}), tmp_path / "data.parquet")
    model = train(
        tmp_path / "data.parquet",
        [data.fields[1], data.fields[-1]],
        {"000001": {"categories": [["false", 300], ["true", 300]]}},
        objective="000008",
        parameters=BoostingParameters(iterations=5),
        directory=tmp_path / "job",
    )
    predictor = BoostedPredictor(model)

    yes, no = predictor.predict([{"colour": True}, {"colour": False}])

    assert [yes, no] == predictor.predict([{"colour": "true"}, {"colour": "false"}])
    assert yes != no


def test_an_operating_point_decides_by_its_threshold(classifier, data):
    predictor, rows = BoostedPredictor(classifier), data.rows(200)
    point = OperatingPoint("low", 0.2)

    outcomes = predictor.predict(rows, Options(operating_point=point))

    table = pa.concat_tables(predictor.predict_table(data.path, options=Options(operating_point=point)))
    assert table.column("output").to_pylist()[:200] == [outcome.output for outcome in outcomes]
    assert table.column("probability").to_pylist()[:200] == [outcome.probability for outcome in outcomes]
    plain = predictor.predict(rows)
    for outcome, usual in zip(outcomes, plain, strict=True):
        scores = dict(outcome.probabilities)
        others = max(("high", "middle"), key=scores.__getitem__)
        assert outcome.output == ("low" if scores["low"] > 0.2 else others)
        assert outcome.probability == scores[outcome.output]
        assert outcome.probabilities == usual.probabilities
    assert {outcome.output for outcome in outcomes} == {"low", "middle", "high"}


def test_a_threshold_has_to_be_passed_not_met(binary):
    predictor = BoostedPredictor(binary)
    share = dict(predictor.predict([{"width": 0.1}])[0].probabilities)["yes"]

    exactly = Options(operating_point=OperatingPoint("yes", share))

    assert predictor.predict([{"width": 0.1}], exactly)[0].output == "no"


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (Options(kind=Kind.VOTES), ("operating_kind",)),
        (Options(operating_point=OperatingPoint("yes", 0.5, Kind.VOTES)), ("operating_point", "kind")),
        (Options(operating_point=OperatingPoint("perhaps")), ("operating_point", "positive_class")),
        (Options(operating_point=OperatingPoint("yes", 2)), ("operating_point", "threshold")),
    ],
)
def test_options_that_a_classifier_lacks_are_refused(binary, data, options, path):
    predictor = BoostedPredictor(binary)
    for call in (lambda: predictor.predict([{}], options), lambda: predictor.predict_table(data.path, options=options)):
        with pytest.raises(ArgumentError) as caught:
            call()
        assert caught.value.path == path


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (Options(kind=Kind.PROBABILITY), ("operating_kind",)),
        (Options(operating_point=OperatingPoint("yes")), ("operating_point",)),
    ],
)
def test_a_regression_has_no_kinds_or_points(regressor, options, path):
    with pytest.raises(ArgumentError) as caught:
        BoostedPredictor(regressor).predict([{}], options)

    assert caught.value.path == path


def test_kind_confidence_and_missing_strategies_change_nothing(binary, data):
    predictor, rows = BoostedPredictor(binary), data.rows(20)
    options = Options(MissingStrategy.PROPORTIONAL, kind=Kind.CONFIDENCE)

    assert predictor.predict(rows, options) == predictor.predict(rows)


def test_columns_are_found_through_the_fields_map(predictor, data, tmp_path):
    names = {identity: f"{place + 256:06x}" for place, identity in enumerate(data.table.column_names)}
    pq.write_table(data.table.rename_columns(list(names.values())), tmp_path / "renamed.parquet")
    mapped = {item.id: names[item.id] for item in predictor.inputs}

    found = pa.concat_tables(predictor.predict_table(tmp_path / "renamed.parquet", mapped))

    assert found == pa.concat_tables(predictor.predict_table(data.path))


def test_a_column_that_is_not_there_is_missing_in_every_row(predictor, data, tmp_path):
    pq.write_table(data.table.select(["000000", "000003"]), tmp_path / "narrow.parquet")

    table = pa.concat_tables(predictor.predict_table(tmp_path / "narrow.parquet"))

    rows = data.table.select(["000000", "000003"]).to_pylist()
    assert table.column("output").to_pylist() == [outcome.output for outcome in predictor.predict(rows)]


def test_columns_of_another_type_are_converted(predictor, data, tmp_path):
    table = data.table.select(["000000", "000001"])
    texts = pa.table({"000000": table.column(0).cast(pa.string()), "000001": pa.array([7.0] * len(table))})
    pq.write_table(texts, tmp_path / "texts.parquet")

    found = pa.concat_tables(predictor.predict_table(tmp_path / "texts.parquet"))

    rows = [{"000000": row["000000"], "000001": "7"} for row in table.to_pylist()]
    assert found.column("output").to_pylist() == [outcome.output for outcome in predictor.predict(rows)]


def test_columns_that_cannot_be_used_are_refused(predictor, data, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        predictor.predict_table(data.path, {"000000": "00ffff"})
    assert caught.value.path == ("fields_map", "000000")
    pq.write_table(pa.table({"00000a": [1.0]}), tmp_path / "other.parquet")
    with pytest.raises(ArgumentError):
        predictor.predict_table(tmp_path / "other.parquet")
    with pytest.raises(ArgumentError) as caught:
        list(predictor.predict_table(data.path, {"000000": "000001"}))
    assert caught.value.path == ("fields_map", "000000")


def test_an_empty_dataset_gives_an_empty_table(predictor, data, tmp_path):
    pq.write_table(data.table.slice(0, 0), tmp_path / "empty.parquet")

    tables = list(predictor.predict_table(tmp_path / "empty.parquet"))

    assert [table.num_rows for table in tables] == [0]
    assert tables[0].schema == next(iter(predictor.predict_table(data.path))).schema


def test_a_reader_may_stop_early(predictor, data):
    tables = predictor.predict_table(data.path)

    assert next(tables).num_rows == 250
    tables.close()


def test_counts_are_predicted_above_zero(data, tmp_path):
    counts = pa.array(np.random.default_rng(1).poisson(np.exp(data.table.column(0).fill_null(0).to_numpy()))).cast(
        pa.float64()
    )
    table = pa.table({"000000": data.table.column(0), "000008": counts})
    pq.write_table(table, tmp_path / "counts.parquet")
    counted = type(data)(tmp_path / "counts.parquet", [data.fields[0], data.fields[-1]], table)

    predictor = counted.predictor(
        tmp_path / "job", objective="score", loss_function="Poisson", iterations=100, learning_rate=0.3
    )

    assert predictor.task is Task.REGRESSION
    outputs = [outcome.output for outcome in predictor.predict(table.to_pylist())]
    assert min(outputs) > 0
    assert np.mean(outputs) == pytest.approx(np.mean(counts.to_numpy()), rel=0.2)
    assert np.log(outputs[:3]) == pytest.approx(predictor.raw_scores(table.slice(0, 3).to_pylist()))
