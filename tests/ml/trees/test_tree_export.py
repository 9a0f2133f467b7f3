import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.errors import ArgumentError
from ml.fields import ItemAnalysis, Optype, TermAnalysis, TokenMode
from ml.trees import TreePredictor, bigml_model, onnx_model, python_source
from tests.ml.trees.tables import Dataset, dataset

NOTES = ["now or never", "NOW", "free_now", "never", "it's now", "nothing to say", None]
ANALYSES = [
    (TermAnalysis(), ItemAnalysis()),
    (TermAnalysis(case_sensitive=True, token_mode=TokenMode.TOKENS_ONLY), ItemAnalysis(separator="|")),
    (TermAnalysis(token_mode=TokenMode.FULL_TERMS_ONLY), ItemAnalysis(separator_regexp=r"\s*[;|]\s*")),
    (TermAnalysis(case_sensitive=True, token_mode=TokenMode.FULL_TERMS_ONLY), ItemAnalysis()),
]


def mixed(folder: Path, terms: TermAnalysis, items: ItemAnalysis) -> Dataset:
    """Every type of field with holes, and names that are no names in Python."""
    draw = random.Random(6)
    columns: dict[str, list[Any]] = {"class": [], "2nd city": [], "note!": [], "a b": [], "is member": [], "y": []}
    for _ in range(500):
        x, city, note = round(draw.gauss(0, 3), 7), draw.choice(["Ulm", 'a "b"', "c\\d"]), draw.choice(NOTES)
        basket, member = draw.choice(["tea", "tea|rice", "rice; tea", "rice"]), draw.choice(["true", "false"])
        y = x + 3 * (city == "Ulm") + 2 * ("now" in (note or "")) + 2 * ("tea" in basket) + (member == "true")
        for name, value in zip(columns, (x, city, note, basket, member, y + draw.gauss(0, 1)), strict=True):
            columns[name].append(value if name == "y" or draw.random() > 0.15 else None)
    optypes = {"note!": Optype.TEXT, "a b": Optype.ITEMS}
    table = dataset(folder, columns, optypes, **{"note!": terms, "a b": items})
    table.summaries[table.id("note!")]["term_forms"] = {"now": ["nows", "nothing"]}
    return table


def function(source: str) -> Any:
    """The `predict` of a source."""
    names: dict[str, Any] = {}
    exec(compile(source, "<tree>", "exec"), names)
    return names["predict"]


def test_a_bigml_model_has_what_its_readers_need(iris: Dataset) -> None:
    document = iris.grow("species").to_document()

    model = bigml_model(document)

    assert model["kind"] == "mtree"
    assert model["root"] == document["root"]
    assert model["missing_tokens"][0] == ""
    assert model["distribution"]["training"]["categories"][0] == ["Iris-setosa", 50]
    assert model["importance"][0][0] == "000002"
    assert sum(share for _, share in model["importance"]) == pytest.approx(1, abs=1e-4)
    assert model["fields"].keys() == {"000000", "000001", "000002", "000003", "000004"}
    assert model["model_fields"].keys() == {"000000", "000002", "000003", "000004"}
    summary = model["fields"]["000002"]["summary"]
    assert model["fields"]["000002"] == model["model_fields"]["000002"] | {"summary": summary}
    assert (summary["population"], summary["missing_count"], summary["mean"]) == (150, 0, 3.758)
    assert model["model_fields"]["000002"] == {
        "name": "petal length",
        "optype": "numeric",
        "datatype": "double",
        "column_number": 2,
        "order": 2,
        "preferred": True,
        "label": "",
        "description": "",
    }
    json.dumps(model, allow_nan=False)


def test_a_bigml_model_describes_texts_items_and_repeated_names(tmp_path: Path) -> None:
    table = mixed(tmp_path, TermAnalysis(language="en"), ItemAnalysis(separator=";"))
    table.fields[:] = [item.with_(name="x") for item in table.fields]
    table.summaries.pop("000002")

    fields = bigml_model(table.grow("x", inputs=["x"]).to_document())["fields"]

    assert [field["name"] for field in fields.values()] == ["x"]

    fields = bigml_model(whole(table).to_document())["fields"]

    assert [fields[id_]["name"] for id_ in sorted(fields)] == ["x0", "x1", "x2", "x3", "x4", "x"]
    assert fields["000002"]["term_analysis"] == {
        "enabled": True,
        "case_sensitive": False,
        "stem_words": True,
        "use_stopwords": False,
        "language": "en",
        "token_mode": "all",
    }
    assert fields["000002"]["summary"] == {"tag_cloud": [], "term_forms": {}}
    assert fields["000003"]["item_analysis"] == {"separator": ";", "separator_regexp": None}
    assert fields["000003"]["summary"]["items"]


def whole(table: Dataset) -> Any:
    from ml.trees import grow

    ids = [item.id for item in table.fields]
    return grow(table.data, table.fields, table.summaries, objective=ids[-1], inputs=ids[:-1])


def test_classes_that_the_summary_does_not_name_are_added_to_it(iris: Dataset) -> None:
    iris.summaries["000004"]["categories"] = [["Iris-virginica", 50]]

    model = bigml_model(iris.grow("species").to_document())

    assert model["fields"]["000004"]["summary"]["categories"] == [
        ["Iris-virginica", 50],
        ["Iris-setosa", 50],
        ["Iris-versicolor", 50],
    ]


@pytest.mark.parametrize("missing_splits", [False, True])
@pytest.mark.parametrize(("terms", "items"), ANALYSES, ids=["default", "cased", "whole", "whole cased"])
def test_python_source_answers_what_the_predictor_answers(
    tmp_path: Path, terms: TermAnalysis, items: ItemAnalysis, missing_splits: bool
) -> None:
    table = mixed(tmp_path, terms, items)
    model = table.grow("y", missing_splits=missing_splits, default_numeric_value=None if missing_splits else "mean")
    predict = function(python_source(json.loads(json.dumps(model.to_document()))))
    by_id = [{table.id(name): str(value) for name, value in row.items() if value is not None} for row in table.rows]
    booleans = [row | {"is member": row["is member"] == "true"} for row in table.rows if row["is member"]]
    rows = [*table.rows, *by_id, *booleans, {}, {"nothing": 1, "class": "?", "note!": ""}]

    expected = [(outcome.output, outcome.confidence) for outcome in TreePredictor(model).predict(rows)]

    assert [predict(row) for row in rows] == expected
    asked = {predicate["field"] for outcome in TreePredictor(model).predict(rows) for predicate in outcome.path}
    assert len(asked) == 5


def test_python_source_of_iris_stands_alone(iris: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "tree.py"
    path.write_text(python_source(iris.grow("species").to_document()))
    code = "import tree; print(tree.predict({'petal length': 4, 'petal width': '1.5'}))"

    run = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.append('.'); {code}"], cwd=tmp_path,
                         capture_output=True, text=True, check=True)  # fmt: skip

    assert run.stdout == "('Iris-versicolor', 0.92444)\n"


def test_python_source_of_the_deepest_tree_can_be_read(tmp_path: Path) -> None:
    names = [f"k{number:03}" for number in range(150)]
    powers = [2.0**number for number in range(150)]
    table = dataset(tmp_path, {"kind": names * 2, "x": [*map(float, range(300))], "y": powers * 2})
    model = table.grow("y", stat_pruning=False)
    predict = function(python_source(model.to_document()))

    expected = TreePredictor(model).predict(table.rows)

    assert [predict(row) for row in table.rows] == [(outcome.output, outcome.confidence) for outcome in expected]


def numbers(folder: Path) -> Dataset:
    draw = random.Random(9)
    columns: dict[str, list[Any]] = {"a": [], "b": [], "unused": ["z"] * 300, "c": [], "y": [], "label": []}
    for _ in range(300):
        a, b, c = (round(draw.gauss(0, 5), 6) for _ in range(3))
        y = a * 1000 + (b > 1) * 777.77 + draw.gauss(0, 9)
        for name, value in zip(("a", "b", "c", "y", "label"), (a, b, c, y, "hi" if y > 0 else "lo"), strict=True):
            columns[name].append(value if name in ("y", "label") or draw.random() > 0.2 else None)
    return dataset(folder, columns)


@pytest.mark.parametrize("arguments", [{}, {"missing_splits": True}, {"default_numeric_value": "median"}], ids=str)
@pytest.mark.parametrize("objective", ["y", "label"])
def test_onnx_answers_what_the_predictor_answers(tmp_path: Path, objective: str, arguments: dict[str, Any]) -> None:
    import onnxruntime

    table = numbers(tmp_path)
    model = table.grow(objective, inputs=["a", "b", "unused", "c"], **arguments)
    session = onnxruntime.InferenceSession(onnx_model(model.to_document()), providers=["CPUExecutionProvider"])
    matrix = np.array([[row["a"], row["b"], row["c"]] for row in table.rows], np.float64)

    output, confidence, *rest = session.run(None, {"X": matrix})

    expected = TreePredictor(model).predict(table.rows)
    assert output.tolist() == [outcome.output for outcome in expected]
    assert confidence.tolist() == [outcome.confidence for outcome in expected]
    probabilities = rest[0].tolist() if rest else [[]] * len(expected)
    assert probabilities == [[score for _, score in outcome.probabilities] for outcome in expected]
    properties = session.get_modelmeta().custom_metadata_map
    assert json.loads(properties["inputs"]) == [["000000", "a"], ["000001", "b"], ["000003", "c"]]
    assert json.loads(properties["classes"]) == ([] if objective == "y" else ["hi", "lo"])


def test_onnx_of_a_single_node(tmp_path: Path) -> None:
    import onnxruntime

    table = dataset(tmp_path, {"x": [1.0, 2.0], "y": ["a", "a"]})
    session = onnxruntime.InferenceSession(
        onnx_model(table.grow("y").to_document()), providers=["CPUExecutionProvider"]
    )

    output, confidence, probabilities = session.run(None, {"X": np.array([[1.0], [np.nan]])})

    assert (output.tolist(), confidence.tolist(), probabilities.tolist()) == (["a"] * 2, [0.34237] * 2, [[1.0]] * 2)


def test_onnx_of_anything_but_numbers_is_refused(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"kind": ["a", "b", "a"], "y": [1.0, 2.0, 1.0]})

    with pytest.raises(ArgumentError, match="asks about numbers alone"):
        onnx_model(table.grow("y").to_document())
