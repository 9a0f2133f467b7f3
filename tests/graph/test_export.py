"""Trained models as files in formats that others read."""

import json

import numpy as np
import onnxruntime
import pytest
from catboost import CatBoostClassifier

from tests.server import Graph, Server

ROW = {"sepal length": 6.0, "sepal width": 3.0, "petal length": 4.8, "petal width": 1.7}


@pytest.fixture(scope="module")
def models(shared_server: Server, iris: str) -> dict[str, str]:
    graph = shared_server.graph()
    dataset = graph.make("Dataset", sourceId=graph.create("Source", data=iris)["id"])["id"]
    boosted = {"algorithm": "CATBOOST", "catboost": {"iterations": 20, "depth": 3}}
    return {
        "tree": graph.make("Model", datasetId=dataset)["id"],
        "boosted": graph.make("Model", datasetId=dataset, **boosted)["id"],
    }


def probabilities(graph: Graph, model: str) -> list[float]:
    found = graph(
        "query($m: ID!, $r: JSON!) { predict(model: $m, input: $r) { ... on Outcome { probabilities { score } } } }",
        m=model,
        r=ROW,
    )
    return [each["score"] for each in found["probabilities"]]


def fetched(graph: Graph, model: str, form: str) -> bytes:
    answer = graph.http.get(f"/download/{model}", params={"format": form})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_tree_is_written_as_json_bigml_and_python(graph: Graph, models: dict[str, str]) -> None:
    document = json.loads(fetched(graph, models["tree"], "json"))
    bigml = json.loads(fetched(graph, models["tree"], "bigml"))
    source = fetched(graph, models["tree"], "python").decode()

    assert document["format"] == "modelgraph-tree"
    assert bigml["root"]["count"] == 150
    assert bigml["fields"].keys() == {"000000", "000001", "000002", "000003", "000004"}
    compile(source, "tree.py", "exec")


@pytest.mark.parametrize("kind", ["tree", "boosted"])
def test_onnx_scores_like_the_server(graph: Graph, models: dict[str, str], kind: str) -> None:
    session = onnxruntime.InferenceSession(fetched(graph, models[kind], "onnx"))
    dtype = np.float64 if session.get_inputs()[0].type == "tensor(double)" else np.float32
    row = np.array([list(ROW.values())], dtype=dtype)

    outputs = dict(
        zip(
            [each.name for each in session.get_outputs()],
            session.run(None, {session.get_inputs()[0].name: row}),
            strict=True,
        )
    )
    found = outputs["probabilities"]
    scores = found[0] if isinstance(found[0], dict) else dict(enumerate(np.ravel(found)))
    assert sorted(scores.values()) == pytest.approx(sorted(probabilities(graph, models[kind])), abs=2e-5)


def test_catboost_reads_what_it_trained(graph: Graph, models: dict[str, str], tmp_path) -> None:
    path = tmp_path / "model.cbm"
    path.write_bytes(fetched(graph, models["boosted"], "cbm"))

    model = CatBoostClassifier().load_model(str(path))

    assert model.predict_proba([list(ROW.values())])[0].tolist() == pytest.approx(
        probabilities(graph, models["boosted"]), abs=1e-9
    )
    assert "oblivious_trees" in json.loads(fetched(graph, models["boosted"], "json"))


@pytest.mark.parametrize(("kind", "form"), [("tree", "cbm"), ("boosted", "bigml"), ("tree", "pmml")])
def test_a_format_that_a_model_does_not_have_is_refused(
    graph: Graph, models: dict[str, str], kind: str, form: str
) -> None:
    answer = graph.http.get(f"/download/{models[kind]}", params={"format": form})

    assert answer.status_code == 400
    assert answer.json()["path"] == ["format"]
