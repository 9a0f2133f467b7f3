"""Evaluations of models on datasets."""

import pytest


def test_an_evaluation_has_what_clients_read(bigml, iris_dataset, iris_model):
    found = bigml.make("evaluation", model=iris_model["resource"], dataset=iris_dataset["resource"])

    assert (found["model"], found["ensemble"], found["dataset"]) == (
        iris_model["resource"],
        "",
        iris_dataset["resource"],
    )
    assert found["name"] == "iris vs. iris"
    assert (found["rows"], found["sampled_rows"], found["max_rows"], found["performance"]) == (150, 150, 150, 1)
    assert (found["objective_fields"], found["objective_fields_names"]) == (["000004"], ["species"])
    assert found["objective_field_descriptors"]["000004"]["optype"] == "categorical"
    assert found["fields_map"]["000002"] == "000002"
    assert (found["missing_strategy"], found["operating_kind"], found["combiner"]) == (0, "probability", None)
    result = found["result"]
    assert list(result["class_names"]) == ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]
    model = result["model"]
    assert (model["accuracy"], model["average_phi"], model["confusion_matrix"][0]) == (1, 1, [50, 0, 0])
    assert isinstance(model["accuracy"], int)
    assert result["mode"]["accuracy"] == 0.33333
    curves = model["per_class_statistics"][0]
    assert curves["roc_curve"][0][:2] == [0, 0]
    assert curves["area_under_roc_curve"] == 1


def test_rows_can_be_chosen(bigml, iris_dataset, iris_model):
    found = bigml.make(
        "evaluation", model=iris_model["resource"], dataset=iris_dataset["resource"], range=[1, 60], sample_rate=0.5,
        seed="s", name="part", missing_strategy=1,
    )  # fmt: skip

    assert (found["rows"], found["max_rows"], found["range"], found["sample_rate"]) == (30, 150, [1, 60], 0.5)
    assert (found["name"], found["missing_strategy"]) == ("part", 1)


def test_numbers_are_evaluated_by_their_errors(bigml, iris_dataset):
    model = bigml.make("model", dataset=iris_dataset["resource"], objective_field="000003")

    found = bigml.make("evaluation", model=model["resource"], dataset=iris_dataset["resource"])

    assert set(found["result"]) == {"model", "mean", "random"}
    assert found["result"]["mean"]["r_squared"] == 0
    assert found["performance"] == found["result"]["model"]["r_squared"] > 0.9


@pytest.mark.parametrize(
    ("arguments", "status", "code", "argument"),
    [
        ({}, 400, -1200, "model"),
        ({"model": "M"}, 400, -1200, "dataset"),
        ({"model": "M", "dataset": "M"}, 400, -1201, "dataset"),
        ({"model": "M", "dataset": "dataset/0123456789abcdef01234567"}, 404, -1201, "dataset"),
        ({"model": "M", "dataset": "D", "sample_rate": 2}, 400, -1206, "sample_rate"),
        ({"model": "M", "dataset": "D", "fields_map": []}, 400, -1203, "fields_map"),
        ({"model": "M", "dataset": "D", "operating_kind": 1}, 400, -1206, "operating_kind"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(
    bigml, iris_dataset, iris_model, arguments, status, code, argument
):
    before = bigml.count("evaluation")
    ids = {"M": iris_model["resource"], "D": iris_dataset["resource"]}
    body = {name: ids.get(each, each) if isinstance(each, str) else each for name, each in arguments.items()}

    found = bigml.refused("POST", "evaluation", body)

    assert (found[0], found[1], list(found[2])) == (status, code, [argument])
    assert bigml.count("evaluation") == before


def test_evaluations_are_listed_briefly(bigml, iris_dataset, iris_model):
    made = bigml.make("evaluation", model=iris_model["resource"], dataset=iris_dataset["resource"], name="listed")

    (found,) = bigml.get("evaluation", name="listed", performance__gte="0.99", model=iris_model["resource"])["objects"]

    assert found["resource"] == made["resource"]
    assert "result" not in found
