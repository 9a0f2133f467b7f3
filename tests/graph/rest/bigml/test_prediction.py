"""Predictions: one row in, the answer of the model out, and kept."""

import pytest


def predict(bigml, model, **arguments):
    return bigml.create("prediction", model=model["resource"], **arguments)


def test_a_prediction_has_what_clients_read(bigml, iris_model):
    sent = {"petal length": 4, "000003": "1.5", "colour": "red", "sepal width": None}

    made = predict(bigml, iris_model, input_data=sent)

    assert made["output"] == "Iris-versicolor"
    assert made["prediction"] == {"000004": "Iris-versicolor"}
    assert (made["objective_field"], made["objective_fields"]) == ("000004", ["000004"])
    assert (made["objective_field_name"], made["objective_field_type"]) == ("species", "categorical")
    assert made["input_data"] == sent
    assert made["model"] == iris_model["resource"]
    assert (made["dataset"], made["source"]) == (iris_model["dataset"], iris_model["source"])
    assert made["model_status"] is True
    assert (made["task"], made["missing_strategy"], made["operating_kind"]) == ("classification", 0, None)
    assert made["status"]["code"] == 5
    assert (made["name"], made["tags"]) == ("Prediction for species", ["flowers"])
    assert list(made["fields"]) == ["000000", "000001", "000002", "000003", "000004"]
    assert made["fields"]["000003"]["name"] == "petal width"
    assert (made["confidence"], made["probability"]) == (0.92444, 0.98611)
    assert made["probabilities"] == [
        ["Iris-setosa", 0.00694],
        ["Iris-versicolor", 0.98611],
        ["Iris-virginica", 0.00694],
    ]
    assert [label for label, _ in made["confidences"]] == ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]
    path = made["prediction_path"]
    assert path["path"][0] == {"field": "000002", "operator": ">", "value": 2.45}
    assert path["next_predicates"] == []
    assert path["objective_summary"] == {"categories": [["Iris-versicolor", 47]]}
    assert path["confidence"] == 0.92444

    shown = bigml.get(made["resource"])
    assert (shown.pop("dataset_status"), shown.pop("source_status")) == (True, True)
    assert shown == {**made, "code": 200}


def test_where_a_value_is_missing_the_next_questions_are_told(bigml, iris_model):
    made = predict(bigml, iris_model, input_data={"petal width": 0.5})

    assert made["output"] == "Iris-setosa"
    assert made["confidence"] == 0.26289
    assert made["prediction_path"]["path"] == []
    assert made["prediction_path"]["next_predicates"] == [
        {"field": "000002", "operator": ">", "value": 2.45, "count": 100},
        {"field": "000002", "operator": "<=", "value": 2.45, "count": 50},
    ]


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({"missing_strategy": 1}, "Iris-setosa"),
        ({"operating_kind": "confidence"}, "Iris-setosa"),
        (
            {"operating_point": {"kind": "probability", "positive_class": "Iris-virginica", "threshold": 0.1}},
            "Iris-virginica",
        ),
        ({"combiner": 0, "explain": True, "vote_counts": False}, "Iris-setosa"),
    ],
)
def test_options_are_used_and_repeated(bigml, iris_model, arguments, output):
    made = predict(bigml, iris_model, input_data={}, **arguments)

    assert made["output"] == output
    for name in arguments.keys() & {"missing_strategy", "operating_kind", "operating_point"}:
        assert made[name] == arguments[name]


def test_a_number_is_predicted_with_its_error(bigml, iris_dataset):
    model = bigml.make("model", dataset=iris_dataset["resource"], objective_field="000003")

    made = predict(bigml, model, input_data={"petal length": 1.4})

    assert made["task"] == "regression"
    assert made["output"] == made["prediction"]["000003"] == pytest.approx(0.25, abs=0.1)
    assert made["confidence"] > 0
    assert not {"probability", "probabilities", "confidences"} & made.keys()
    assert "median" in made["prediction_path"]["objective_summary"]
    assert made["objective_field_type"] == "numeric"
    assert bigml.refused("POST", "prediction", {"model": model["resource"], "operating_kind": "probability"})[:2] == (
        400,
        -1206,
    )


@pytest.mark.parametrize(
    ("arguments", "status", "code", "argument"),
    [
        ({}, 400, -1200, "model"),
        ({"model": "x"}, 400, -1201, "model"),
        ({"model": "ensemble/0123456789abcdef01234567"}, 400, -1201, "model"),
        ({"model": "model/0123456789abcdef01234567"}, 404, -1201, "model"),
        ({"model": "ID", "input_data": []}, 400, -1203, "input_data"),
        ({"model": "ID", "input_data": {"petal length": "long"}}, 400, -1203, "input_data"),
        ({"model": "ID", "input_data": {"petal length": True}}, 400, -1203, "input_data"),
        ({"model": "ID", "missing_strategy": 2}, 400, -1206, "missing_strategy"),
        ({"model": "ID", "missing_strategy": True}, 400, -1206, "missing_strategy"),
        ({"model": "ID", "operating_kind": "luck"}, 400, -1206, "operating_kind"),
        ({"model": "ID", "operating_kind": "votes"}, 400, -1206, "operating_kind"),
        ({"model": "ID", "operating_point": {"threshold": 0.5}}, 400, -1206, "operating_point"),
        ({"model": "ID", "operating_point": {"positive_class": "x"}}, 400, -1206, "operating_point"),
        (
            {"model": "ID", "operating_point": {"positive_class": "Iris-setosa", "threshold": 2}},
            400,
            -1206,
            "operating_point",
        ),
        ({"model": "ID", "combiner": 7}, 400, -1206, "combiner"),
        ({"model": "ID", "median": True}, 400, -1207, "median"),
        ({"ensemble": "ensemble/0123456789abcdef01234567"}, 400, -1207, "ensemble"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(bigml, iris_model, arguments, status, code, argument):
    before = bigml.count("prediction")
    body = {name: iris_model["resource"] if each == "ID" else each for name, each in arguments.items()}

    found = bigml.refused("POST", "prediction", body)

    assert (found[0], found[1], list(found[2])) == (status, code, [argument])
    assert bigml.count("prediction") == before


def test_a_model_that_is_not_finished_cannot_predict(bigml):
    source = bigml.create("source", data="a,b\n1,x\n2,y\n")["resource"]
    model = bigml.create("model", dataset=bigml.create("dataset", source=source)["resource"])["resource"]

    status, code, _ = bigml.refused("POST", "prediction", {"model": model, "input_data": {}})

    assert (status, code) == (400, -1204)


def test_predictions_are_posted_and_listed_at_the_root(bigml, iris_model):
    body = {"model": iris_model["resource"], "input_data": {"petal length": 1}, "name": "at the root"}
    answer = bigml.http.post("/prediction", params=bigml.auth, json=body)

    assert answer.status_code == 201
    found = bigml.http.get("/prediction", params={**bigml.auth, "name": "at the root"}).json()
    assert [each["resource"] for each in found["objects"]] == [answer.json()["resource"]]
    assert found["objects"][0]["output"] == "Iris-setosa"
    assert "fields" not in found["objects"][0]
    by = {"model": iris_model["resource"], "prediction": "Iris-setosa", "confidence__gt": "0.9"}
    assert bigml.get("prediction", name="at the root", **by)["meta"]["query_total"] == 1


def test_a_prediction_stays_when_its_model_goes(bigml, iris_dataset):
    model = bigml.make("model", dataset=iris_dataset["resource"])
    made = predict(bigml, model, input_data={"petal length": 1})
    bigml.delete(model["resource"])

    found = bigml.get(made["resource"])

    assert (found["output"], found["model_status"], found["fields"]) == ("Iris-setosa", False, {})
    assert bigml.update(made["resource"], name="kept")["name"] == "kept"
    bigml.delete(made["resource"])
    assert bigml.refused("DELETE", made["resource"])[0] == 404


def test_a_model_counts_what_was_made_with_it(bigml, iris_dataset):
    model = bigml.make("model", dataset=iris_dataset["resource"])
    for _ in range(2):
        predict(bigml, model, input_data={})

    found = bigml.get(model["resource"])

    assert (found["number_of_predictions"], found["number_of_evaluations"]) == (2, 0)
