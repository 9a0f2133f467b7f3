"""Batch predictions: a file, and a dataset if wanted."""

import pytest


def make(bigml, model, dataset, **arguments):
    found = bigml.make("batchprediction", model=model["resource"], dataset=dataset["resource"], **arguments)
    answer = bigml.http.get(f"/andromeda/{found['resource']}/download", params=bigml.auth)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.content) == found["size"]
    return found, answer.text


def test_the_file_has_the_predictions(bigml, iris_dataset, iris_model):
    found, text = make(bigml, iris_model, iris_dataset)

    lines = text.split("\n")
    assert lines[0] == "species"
    assert lines[1:51] == ["Iris-setosa"] * 50
    assert (lines[-1], len(lines)) == ("", 152)
    assert (found["rows"], found["prediction_name"], found["operating_kind"]) == (150, "species", "probability")
    assert (found["header"], found["separator"], found["newline"], found["all_fields"]) == (True, ",", "LF", False)
    assert (found["model_status"], found["dataset_status"]) == (True, True)
    assert found["output_dataset_resource"] is None
    assert found["status"]["message"] == "The batch prediction has been performed"


def test_columns_are_chosen_and_named(bigml, iris_dataset, iris_model):
    arguments = {
        "output_fields": ["petal width", "000000"],
        "confidence": True,
        "probability": True,
        "prediction_name": "what",
        "confidence_name": "how sure",
        "separator": ";",
        "newline": "CRLF",
    }

    found, text = make(bigml, iris_model, iris_dataset, **arguments)

    assert text.split("\r\n")[:2] == [
        "petal width;sepal length;what;how sure;probability", "0.2;5.1;Iris-setosa;0.92865;0.98693",
    ]  # fmt: skip
    assert found["output_fields"] == ["000003", "000000"]
    assert {name: found[name] for name in arguments if name != "output_fields"} == {
        name: arguments[name] for name in arguments if name != "output_fields"
    }


def test_all_columns_without_a_header(bigml, iris_dataset, iris_model):
    _, text = make(bigml, iris_model, iris_dataset, all_fields=True, header=False, probabilities=True)

    assert text.split("\n")[0] == "5.1,3.5,1.4,0.2,Iris-setosa,Iris-setosa,0.98693,0.00654,0.00654"


def test_the_result_becomes_a_dataset(bigml, iris_dataset, iris_model):
    found, _ = make(bigml, iris_model, iris_dataset, output_dataset=True, all_fields=True, confidence=True)

    assert (found["output_dataset"], found["output_dataset_status"]) == (True, True)
    made = bigml.get(found["output_dataset_resource"])
    assert (made["rows"], made["status"]["code"]) == (150, 5)
    added = {id: each["name"] for id, each in made["fields"].items() if id.startswith("1")}
    assert list(added) == ["100000", "100001"]
    assert made["objective_field"]["id"] == "100000"
    assert made["fields"]["100000"]["optype"] == "categorical"


def test_fields_are_matched_by_name_or_as_told(bigml, iris_dataset, iris_model):
    source = bigml.make("source", data="length,petal width\n1.4,0.2\n6,2\n")["resource"]
    other = bigml.make("dataset", source=source)

    _, by_name = make(bigml, iris_model, other, fields_map={"000002": "000000"})

    assert by_name.split("\n")[1:3] == ["Iris-setosa", "Iris-virginica"]


def test_a_file_that_is_not_ready_says_so_as_json(bigml, iris_dataset):
    model = bigml.create("model", dataset=iris_dataset["resource"])
    made = bigml.create("batchprediction", model=model["resource"], dataset=iris_dataset["resource"])

    answer = bigml.http.get(f"/andromeda/{made['resource']}/download", params=bigml.auth)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["status"]["code"] in (0, 1, 2, 3)
    bigml.finished(made["resource"])


@pytest.mark.parametrize(
    ("arguments", "status", "code", "argument"),
    [
        ({}, 400, -1200, "model"),
        ({"model": "M"}, 400, -1200, "dataset"),
        ({"model": "model/0123456789abcdef01234567", "dataset": "D"}, 404, -1201, "model"),
        ({"model": "M", "dataset": "D", "header": "yes"}, 400, -1206, "header"),
        ({"model": "M", "dataset": "D", "separator": ""}, 400, -1206, "separator"),
        ({"model": "M", "dataset": "D", "newline": "CR"}, 400, -1206, "newline"),
        ({"model": "M", "dataset": "D", "output_fields": ["nope"]}, 400, -1203, "output_fields"),
        ({"model": "M", "dataset": "D", "probability_name": 1}, 400, -1206, "probability_name"),
        ({"model": "M", "dataset": "D", "output_dataset": 1}, 400, -1206, "output_dataset"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(
    bigml, iris_dataset, iris_model, arguments, status, code, argument
):
    before = bigml.count("batchprediction")
    ids = {"M": iris_model["resource"], "D": iris_dataset["resource"]}
    body = {name: ids.get(each, each) if isinstance(each, str) else each for name, each in arguments.items()}

    found = bigml.refused("POST", "batchprediction", body)

    assert (found[0], found[1], list(found[2])) == (status, code, [argument])
    assert bigml.count("batchprediction") == before
