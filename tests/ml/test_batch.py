from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.batch import Columns, predict_to_dataset, predict_to_file
from ml.boosting import BoostedPredictor, BoostingParameters, train
from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.predictor import OperatingPoint, Options, Task

FIELDS = [
    Field("000000", "width", Optype.NUMERIC, 0, "double", decimals=1),
    Field("000001", "colour", Optype.CATEGORICAL, 1),
    Field("000002", "day", Optype.DATETIME, 2),
    Field("000002-0", "day.year", Optype.NUMERIC, 2, "year", parent_id="000002", generated=True),
]
MISSING = pa.array([1.5, None, 3.0], pa.float64())
TABLE = {
    "000000": MISSING,
    "000001": ["red", "bl,ue", None],
    "000002": ["2024-01-01", None, "2025-02-03"],
    "000002-0": pa.array([2024.0, None, 2025.0]),
}


@dataclass
class Known:
    """A predictor whose answers are given."""

    task: Task
    objective: Field
    tables: list[pa.Table]
    classes: tuple[str, ...] = ()
    inputs: list[Field] = field(default_factory=lambda: FIELDS[:1])
    calls: list = field(default_factory=list)

    def predict_table(self, data, fields, options):
        self.calls.append((data, fields, options))
        yield from self.tables


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table(TABLE), path, row_group_size=2)
    return path


@pytest.fixture
def classifier():
    first, second = [1.0, 0.123456, 0.5], [0.0, 0.876544, 0.5]
    table = pa.table(
        {
            "output": ["a", "b", "a"],
            "confidence": [0.928651, 0.25, 0.5],
            "probability": [1.0, 0.876544, 0.5],
            "probability:a": first,
            "probability:b": second,
            "confidence:a": second,
            "confidence:b": first,
        }
    )
    objective = Field("000009", "kind", Optype.CATEGORICAL, 9)
    return Known(Task.CLASSIFICATION, objective, [table.slice(0, 1), table.slice(1)], ("a", "b"))


@pytest.fixture
def regressor():
    table = pa.table(
        {
            "output": [12345678901.5, -0.000001, 4.0],
            "confidence": pa.array([0.5, None, 2.0], pa.float64()),
            "probability": pa.nulls(3, pa.float64()),
        }
    )
    return Known(Task.REGRESSION, Field("000009", "size", Optype.NUMERIC, 9), [table])


def text_of(out):
    return out.read_bytes().decode()


def test_the_prediction_alone_is_the_default(classifier, data, tmp_path):
    out = tmp_path / "out.csv"

    result = predict_to_file(classifier, data, FIELDS, out=out)

    assert text_of(out) == "kind\na\nb\na\n"
    assert (result.rows, result.bytes, result.columns) == (3, len("kind\na\nb\na\n"), ["kind"])


def test_everything_comes_in_the_documented_order(classifier, data, tmp_path):
    out = tmp_path / "out.csv"
    columns = Columns(all_fields=True, confidence=True, probability=True, probabilities=True, confidences=True)

    result = predict_to_file(classifier, data, FIELDS, out=out, columns=columns)

    assert text_of(out).splitlines() == [
        "width,colour,day,kind,confidence,probability,a probability,b probability,a confidence,b confidence",
        "1.5,red,2024-01-01,a,0.92865,1,1,0,0,1",
        ',"bl,ue",,b,0.25,0.87654,0.12346,0.87654,0.87654,0.12346',
        "3.0,,2025-02-03,a,0.5,0.5,0.5,0.5,0.5,0.5",
    ]
    assert result.columns == text_of(out).splitlines()[0].split(",")


def test_names_separator_newline_and_header_are_chosen(classifier, data, tmp_path):
    out = tmp_path / "out.csv"
    columns = Columns(
        output_fields=["colour", "000000"],
        confidence=True,
        probability=True,
        prediction_name="guess",
        confidence_name="sure",
        probability_name="likely",
        separator=";",
        newline="\r\n",
    )

    predict_to_file(classifier, data, FIELDS, out=out, columns=columns)

    assert text_of(out) == (
        "colour;width;guess;sure;likely\r\nred;1.5;a;0.92865;1\r\nbl,ue;;b;0.25;0.87654\r\n;3.0;a;0.5;0.5\r\n"
    )
    predict_to_file(classifier, data, FIELDS, out=out, columns=Columns(header=False))
    assert text_of(out) == "a\nb\na\n"


def test_numbers_have_no_exponents_and_at_most_five_decimals(regressor, data, tmp_path):
    out = tmp_path / "out.csv"
    columns = Columns(confidence=True, probability=True, probabilities=True, confidences=True)

    predict_to_file(regressor, data, FIELDS, out=out, columns=columns)

    assert text_of(out) == "size,confidence\n12345678901.5,0.5\n0,\n4,2\n"


def test_the_model_reads_matched_columns_with_the_options_given(classifier, data, tmp_path):
    options = Options(operating_point=OperatingPoint("a"))
    shares = []

    predict_to_file(
        classifier, data, FIELDS, out=tmp_path / "out", fields_map={"width": "day.year"}, options=options,
        progress=shares.append,
    )  # fmt: skip

    assert classifier.calls == [(data, {"000000": "000002-0"}, options)]
    assert shares[-1] == 1


@pytest.mark.parametrize(
    ("columns", "path"),
    [
        ({"output_fields": ["price"]}, ("output_fields",)),
        ({"separator": "--"}, ("separator",)),
        ({"newline": "\n\n"}, ("newline",)),
    ],
)
def test_columns_that_do_not_fit_are_refused(classifier, data, tmp_path, columns, path):
    with pytest.raises(ArgumentError) as caught:
        predict_to_file(classifier, data, FIELDS, out=tmp_path / "out", columns=Columns(**columns))

    assert caught.value.path == path
    assert not (tmp_path / "out").exists()


def test_a_dataset_of_predictions_keeps_columns_and_appends_new_ones(classifier, data, tmp_path):
    out = tmp_path / "out.parquet"

    result = predict_to_dataset(classifier, data, FIELDS, out=out, columns=Columns(all_fields=True, confidence=True))

    assert pq.read_table(out).to_pydict() == {
        "000000": [1.5, None, 3.0],
        "000001": ["red", "bl,ue", None],
        "000002": ["2024-01-01", None, "2025-02-03"],
        "000002-0": [2024.0, None, 2025.0],
        "100000": ["a", "b", "a"],
        "100001": [0.92865, 0.25, 0.5],
    }
    assert result.objective_id == "100000"
    assert (result.rows, result.bytes) == (3, out.stat().st_size)
    described = [(item.id, item.name, item.optype, item.column_number, item.order) for item in result.fields[3:]]
    assert described == [
        ("000002-0", "day.year", "numeric", 3, 3),
        ("100000", "kind", "categorical", 4, 4),
        ("100001", "confidence", "numeric", 5, 5),
    ]


def test_a_dataset_may_hold_predictions_only(regressor, data, tmp_path):
    out = tmp_path / "out.parquet"

    result = predict_to_dataset(regressor, data, FIELDS, out=out, columns=Columns(prediction_name="guess"))

    assert pq.read_table(out).to_pydict() == {"100000": [12345678901.5, 0.0, 4.0]}
    assert [(item.name, item.optype, item.datatype) for item in result.fields] == [("guess", "numeric", "double")]


def test_ids_that_are_taken_are_passed_over(classifier, data, tmp_path):
    fields = [FIELDS[0].with_(id="100000"), FIELDS[1]]
    pq.write_table(pa.table({"100000": MISSING, "000001": TABLE["000001"]}), data)

    result = predict_to_dataset(
        classifier, data, fields, out=tmp_path / "out", columns=Columns(all_fields=True, probability=True)
    )

    assert [item.id for item in result.fields] == ["100000", "000001", "100001", "100002"]
    assert result.objective_id == "100001"


def test_source_texts_of_numbers_are_kept(classifier, tmp_path):
    data, out = tmp_path / "data.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"000000": MISSING, "000000#text": ["1.50", None, "3"]}), data)

    predict_to_dataset(classifier, data, FIELDS[:1], out=out, columns=Columns(all_fields=True))
    predict_to_file(classifier, data, FIELDS[:1], out=tmp_path / "out.csv", columns=Columns(all_fields=True))

    assert pq.read_table(out).column("000000#text").to_pylist() == ["1.50", None, "3"]
    assert text_of(tmp_path / "out.csv") == "width,kind\n1.50,a\n,b\n3,a\n"


def test_an_empty_dataset_gives_an_empty_file(classifier, data, tmp_path):
    pq.write_table(pa.table(TABLE).slice(0, 0), data)
    classifier.tables = [classifier.tables[0].slice(0, 0)]

    result = predict_to_file(classifier, data, FIELDS, out=tmp_path / "out.csv")
    dataset = predict_to_dataset(classifier, data, FIELDS, out=tmp_path / "out.parquet")

    assert (result.rows, text_of(tmp_path / "out.csv")) == (0, "kind\n")
    assert dataset.rows == 0
    assert pq.read_table(tmp_path / "out.parquet").column_names == ["100000"]


def test_a_boosted_model_predicts_a_dataset_with_other_ids(tmp_path):
    x = np.linspace(0, 1, 80)
    labels = np.where(x > 0.5, "b", "a")
    fields = [Field("000000", "x", Optype.NUMERIC, 0), Field("000001", "y", Optype.CATEGORICAL, 1)]
    pq.write_table(pa.table({"000000": x, "000001": labels}), tmp_path / "train.parquet")
    model = train(tmp_path / "train.parquet", fields, {}, objective="000001",
                  parameters=BoostingParameters(iterations=10), directory=tmp_path / "job")  # fmt: skip
    pq.write_table(pa.table({"00000a": x[::-2]}), tmp_path / "new.parquet", row_group_size=15)

    predictor = BoostedPredictor(model)
    predict_to_file(predictor, tmp_path / "new.parquet", [fields[0].with_(id="00000a")],
                    out=tmp_path / "out.csv", columns=Columns(probabilities=True))  # fmt: skip

    lines = text_of(tmp_path / "out.csv").splitlines()
    assert lines[0] == "y,a probability,b probability"
    assert [line.split(",")[0] for line in lines[1:]] == [
        outcome.output for outcome in predictor.predict([{"x": value} for value in x[::-2]])
    ]
