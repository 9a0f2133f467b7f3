"""Models: their documents, their arguments, and what is shown of them."""

import pytest

ARGUMENTS = {
    "missing_splits": True,
    "node_threshold": 7,
    "depth_threshold": 3,
    "stat_pruning": False,
    "selective_pruning": False,
    "support_threshold": 0.01,
    "split_candidates": 16,
    "balance_objective": True,
    "default_numeric_value": "mean",
    "randomize": True,
    "random_candidates": 2,
    "ordering": 2,
    "optimize": True,
    "max_training_time": 60,
    "number_of_model_candidates": 3,
    "split_field": "000001",
    "sample_rate": 0.9,
    "seed": "s",
}


def test_a_model_has_the_envelope_that_local_predictors_read(iris_dataset, iris_model):
    found = dict(iris_model)
    inner = found.pop("model")

    assert (found["dataset"], found["source"]) == (iris_dataset["resource"], iris_dataset["source"])
    assert found["objective_fields"] == ["000004"]
    assert (found["objective_field"], found["objective_field_name"], found["objective_field_type"]) == (
        "000004", "species", "categorical",
    )  # fmt: skip
    assert found["input_fields"] == ["000000", "000001", "000002", "000003"]
    assert (found["rows"], found["max_rows"], found["columns"], found["max_columns"]) == (150, 150, 5, 5)
    assert found["range"] == [1, 150]
    assert found["description"] == ""
    assert (found["boosted_ensemble"], found["boosting"], found["ensemble"]) == (False, {}, False)
    assert (found["default_numeric_value"], found["white_box"], found["missing_splits"]) == (None, False, False)
    assert (found["node_threshold"], found["stat_pruning"], found["split_candidates"]) == (512, True, 32)
    assert (found["optimize"], found["max_training_time"], found["split_field"]) == (False, 1800, None)
    assert found["dataset_field_types"] == iris_dataset["field_types"]
    assert found["fields_meta"] == {"count": 5, "limit": 1000, "offset": 0, "query_total": 5, "total": 5}
    assert found["importance"] == inner["importance"]
    assert inner["kind"] == "mtree"
    assert inner["root"]["count"] == 150
    assert inner["distribution"]["training"]["categories"] == [
        ["Iris-setosa", 50], ["Iris-versicolor", 50], ["Iris-virginica", 50],
    ]  # fmt: skip
    assert list(inner["fields"]) == ["000000", "000001", "000002", "000003", "000004"]
    assert "000004" in inner["model_fields"]
    assert all("summary" not in field for field in inner["model_fields"].values())


def test_arguments_are_used_and_repeated(bigml, iris_dataset):
    found = bigml.make("model", dataset=iris_dataset["resource"], input_fields=["000000", "petal width"], **ARGUMENTS)

    assert {name: found[name] for name in ARGUMENTS} == ARGUMENTS
    assert found["input_fields"] == ["000000", "000003"]
    assert found["rows"] == 135
    assert _size(found["model"]["root"]) <= 7


def test_weights_of_classes_make_a_weighted_tree(bigml, iris_dataset):
    weights = [["Iris-setosa", 2], ["Iris-virginica", 3]]

    found = bigml.make("model", dataset=iris_dataset["resource"], objective_weights=weights)

    assert found["objective_weights"] == weights
    assert "weighted_objective_summary" in found["model"]["root"]


def test_another_objective_and_fewer_inputs(bigml, iris_dataset):
    found = bigml.make(
        "model", dataset=iris_dataset["resource"], objective_field="petal width", excluded_fields=["species"]
    )

    assert found["objective_fields"] == ["000003"]
    assert found["objective_field_type"] == "numeric"
    assert found["input_fields"] == ["000000", "000001", "000002"]
    assert found["excluded_fields"] == ["000004"]
    assert isinstance(found["model"]["root"]["output"], float)


def test_several_datasets_teach_one_model(bigml, iris_dataset):
    id = iris_dataset["resource"]
    half = bigml.make("dataset", origin_dataset=id, range=[51, 150])["resource"]

    found = bigml.make("model", datasets=[id, half], ranges={id: [1, 50]}, name="both")

    assert found["datasets"] == [id, half]
    assert (found["rows"], found["max_rows"], found["name"]) == (150, 250, "both")


@pytest.mark.parametrize(
    ("arguments", "code", "argument"),
    [
        ({}, -1200, "dataset"),
        ({"dataset": 7}, -1201, "dataset"),
        ({"dataset": "ID", "datasets": ["ID"]}, -1206, "datasets"),
        ({"datasets": []}, -1206, "datasets"),
        ({"dataset": "ID", "node_threshold": 0}, -1206, "node_threshold"),
        ({"dataset": "ID", "node_threshold": "5"}, -1206, "node_threshold"),
        ({"dataset": "ID", "missing_splits": "yes"}, -1206, "missing_splits"),
        ({"dataset": "ID", "support_threshold": 2}, -1206, "support_threshold"),
        ({"dataset": "ID", "ordering": 3}, -1206, "ordering"),
        ({"dataset": "ID", "default_numeric_value": "mode"}, -1206, "default_numeric_value"),
        ({"dataset": "ID", "objective_weights": [["a"]]}, -1206, "objective_weights"),
        ({"dataset": "ID", "objective_weights": [["a", -1]]}, -1206, "objective_weights"),
        ({"dataset": "ID", "objective_weights": [["a", 1], ["a", 2]]}, -1206, "objective_weights"),
        ({"dataset": "ID", "objective_field": 4}, -1203, "objective_field"),
        ({"dataset": "ID", "input_fields": [4]}, -1203, "input_fields"),
        ({"dataset": "ID", "cluster": None, "seed": []}, -1206, "seed"),
        ({"cluster": "cluster/0123456789abcdef01234567"}, -1207, "cluster"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(bigml, iris_dataset, arguments, code, argument):
    before = bigml.count("model")
    id = iris_dataset["resource"]
    body = {name: id if each == "ID" else [id] if each == ["ID"] else each for name, each in arguments.items()}

    status, found, details = bigml.refused("POST", "model", body)

    assert (status, found, list(details)) == (400, code, [argument])
    assert bigml.count("model") == before


def test_a_field_that_is_not_there_makes_a_faulty_model(bigml, iris_dataset):
    found = bigml.ended(bigml.create("model", dataset=iris_dataset["resource"], objective_field="colour")["resource"])

    assert (found["status"]["code"], found["status"]["error"]) == (-1, -2000)
    assert "colour" in found["status"]["message"]


def test_children_wait_for_unfinished_parents(bigml):
    rows = "".join(f"{n},{n % 7},{'a' if n % 3 else 'b'}\n" for n in range(2000))
    source = bigml.create("source", data=f"x,y,word\n{rows}")
    dataset = bigml.create("dataset", source=source["resource"])
    model = bigml.create("model", dataset=dataset["resource"])

    assert model["status"]["code"] in (0, 1)
    assert model["status"]["progress"] == 0
    assert model["model"] == {"fields": {}, "model_fields": {}}
    assert bigml.finished(model["resource"])["rows"] == 2000


def test_parts_of_the_tree_can_be_left_out(bigml, iris_model):
    id = iris_model["resource"]

    brief = bigml.get(id, full="false")
    assert "model" not in brief
    assert brief["dataset_field_types"]["total"] == 5
    as_clients_ask = bigml.get(
        id, optype="image", exclude="summary,objective_summary,input_fields,importance,model_fields,root"
    )
    assert as_clients_ask["model"] == {"fields": {}, "model_fields": {}}
    assert "input_fields" not in as_clients_ask
    without_fields = bigml.get(id, exclude="fields")["model"]
    assert "fields" not in without_fields
    assert without_fields["root"] == iris_model["model"]["root"]
    page = bigml.get(id, limit=1, offset=2)
    assert list(page["model"]["fields"]) == ["000002"]
    assert page["fields_meta"] == {"count": 1, "limit": 1, "offset": 2, "query_total": 5, "total": 5}
    assert bigml.get(id, only_model="false", limit=-1)["model"] == iris_model["model"]


def test_models_are_listed_whole_when_asked(bigml, iris_dataset):
    made = bigml.make("model", dataset=iris_dataset["resource"], tags=["one of a kind"])

    (found,) = bigml.get("model", limit=1, full="yes", tags="one of a kind")["objects"]

    assert found["model"]["root"] == made["model"]["root"]
    assert found["status"]["code"] == 5
    for query in ({"dataset": iris_dataset["resource"]}, {"objective_field": "000004"}, {"rows__gte": 150}):
        assert len(bigml.get("model", tags="one of a kind", **query)["objects"]) == 1


def test_a_boosted_model_of_another_interface_is_shown_without_a_root(bigml, graph, iris_dataset):
    id = graph.make("Model", datasetId=iris_dataset["resource"], algorithm="CATBOOST", catboost={"iterations": 10})[
        "id"
    ]

    found = bigml.get(id)

    assert found["status"]["code"] == 5
    assert found["objective_fields"] == ["000004"]
    assert "root" not in found["model"]
    assert list(found["model"]["fields"])[-1] == "000004"
    assert sum(share for _, share in found["importance"]) == pytest.approx(1, abs=1e-4)
    prediction = bigml.create("prediction", model=id, input_data={"petal length": 6, "petal width": 2})
    assert prediction["output"] == "Iris-virginica"
    assert sum(each for _, each in prediction["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert "prediction_path" not in prediction


def _size(node):
    return 1 + sum(_size(child) for child in node.get("children", ()))
