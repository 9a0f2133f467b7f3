"""The main job through the graph: a CSV goes in; a served, explained, evaluated model comes out."""

from tests.server import Graph


def test_from_csv_to_prediction(graph: Graph, iris: str) -> None:
    """Every step can be asked for at once: jobs wait for what they are made from."""
    source = graph.create("Source", data=iris, name="iris")
    dataset = graph.create("Dataset", sourceId=source["id"])
    tree = graph.create("Model", datasetId=dataset["id"])
    boosted = graph.create(
        "Model", datasetId=dataset["id"], algorithm="CATBOOST", catboost={"iterations": 30, "depth": 3}
    )
    evaluation = graph.create("Evaluation", modelId=tree["id"], datasetId=dataset["id"])
    batch = graph.create("BatchPrediction", modelId=tree["id"], datasetId=dataset["id"], output={"probability": True})

    found = graph.finished(
        "Evaluation",
        evaluation["id"],
        """performance rowCount task figures { ... on ClassificationFigures { classNames
           model { accuracy averagePhi confusionMatrix perClass { className recall areaUnderRocCurve } }
           mode { accuracy } } }""",
    )
    assert found["rowCount"] == 150
    assert found["task"] == "CLASSIFICATION"
    assert found["performance"] == 1.0
    figures = found["figures"]
    assert figures["classNames"] == ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]
    assert figures["model"]["accuracy"] == 1.0
    assert figures["model"]["averagePhi"] == 1.0
    assert figures["model"]["confusionMatrix"] == [[50, 0, 0], [0, 50, 0], [0, 0, 50]]
    assert figures["mode"]["accuracy"] == 0.33333 or abs(figures["mode"]["accuracy"] - 1 / 3) < 1e-9

    shown = graph.finished("Dataset", dataset["id"], "rowCount columnCount objectiveId source { name isClosed }")
    assert shown["rowCount"] == 150
    assert shown["columnCount"] == 5
    assert shown["objectiveId"] == "000004"
    assert shown["source"] == {"name": "iris", "isClosed": True}

    model = graph.finished(
        "Model", tree["id"], "task objectiveName inputIds importances { fieldId share } nodes { id depth isLeaf }"
    )
    assert model["task"] == "CLASSIFICATION"
    assert model["objectiveName"] == "species"
    assert model["inputIds"] == ["000000", "000001", "000002", "000003"]
    assert abs(sum(each["share"] for each in model["importances"]) - 1) < 1e-4
    assert [node["id"] for node in model["nodes"]] == list(range(len(model["nodes"])))

    predict = """query($model: ID!, $row: JSON!) { predict(model: $model, input: $row) { __typename ... on Outcome {
      output probability probabilities { className score } decisionPath { fieldId operator value }
      explanation { base explainedClass contributions { fieldId contribution } } }
      ... on Problem { code message path } } }"""
    row = {"petal length": 6, "petal width": 2, "sepal length": 6.5, "sepal width": 3}
    graph.finished("Model", boosted["id"])
    for id in (tree["id"], boosted["id"]):
        outcome = graph(predict, model=id, row=row)
        assert outcome["output"] == "Iris-virginica"
        assert abs(sum(each["score"] for each in outcome["probabilities"]) - 1) < 1e-4
        assert outcome["explanation"]["contributions"]

    graph.finished("BatchPrediction", batch["id"], "rowCount downloadPath")
    csv = graph.http.get(f"/download/{batch['id']}").text.splitlines()
    assert csv[0] == "species,probability"
    assert [line.split(",")[0] for line in csv[1:]] == [line.rsplit(",", 1)[1] for line in iris.splitlines()[1:]]
    assert graph.http.get(f"/download/{dataset['id']}").text == iris


def test_aliased_predictions_are_answered_together(graph: Graph, iris: str) -> None:
    """Each alias gets its own outcome, and a bad row harms only itself."""
    dataset = graph.create("Dataset", sourceId=graph.create("Source", data=iris)["id"])
    model = graph.make("Model", datasetId=dataset["id"])

    answer = graph(
        """query($m: ID!) {
          a: predict(model: $m, input: {petal_length: 1}) { ... on Outcome { output } }
          b: predict(model: $m, input: {}) { ... on Outcome { output confidence } }
          c: predict(model: $m, input: "text") { __typename ... on Problem { path } }
          d: predict(model: "model/000000000000000000000000", input: {}) { __typename ... on Problem { path } }
        }""",
        m=model["id"],
    )

    assert answer["c"] == {"__typename": "InvalidInput", "path": ["input"]}
    assert answer["d"] == {"__typename": "NotFound", "path": ["modelId"]}
    assert answer["b"]["confidence"] == 0.26289
    assert answer["a"] == {"output": answer["b"]["output"]}


def test_a_kept_prediction_is_a_resource(graph: Graph, iris: str) -> None:
    """It belongs to the project of its model, and it can be listed."""
    project = graph.create("Project", name="flowers")
    source = graph.create("Source", data=iris, projectId=project["id"])
    dataset = graph.create("Dataset", sourceId=source["id"])
    model = graph.make("Model", datasetId=dataset["id"])

    made = graph.create(
        "Prediction",
        "id output probability project { name } model { id } dataset { id } inputData decisionPath { fieldId }",
        modelId=model["id"],
        inputData={"petal length": 1.0},
    )

    assert made["output"] == "Iris-setosa"
    assert made["project"] == {"name": "flowers"}
    assert made["model"] == {"id": model["id"]}
    assert made["dataset"] == {"id": dataset["id"]}
    assert made["inputData"] == {"petal length": 1.0}
    listed = graph(
        "query($m: ID!) { predictions(filter: {modelId: {eq: $m}}) { totalCount nodes { id } } }", m=model["id"]
    )
    assert listed == {"totalCount": 1, "nodes": [{"id": made["id"]}]}


def test_rows_and_summaries_are_read_when_they_are_selected(graph: Graph, iris: str) -> None:
    """A page of rows, typed summaries, and the same as one value."""
    dataset = graph.make("Dataset", sourceId=graph.create("Source", data=iris)["id"])

    found = graph.get(
        "Dataset",
        dataset["id"],
        """rows(first: 2, offset: 50, fields: ["species", "000000"]) { fieldIds values json }
           fields(ids: ["species", "000002"]) { id name optype summaryJson summary { __typename
             ... on CategoricalSummary { categories { name count } }
             ... on NumericSummary { minimum maximum mean median population bins { value count } } } }""",
    )

    assert found["rows"] == {
        "fieldIds": ["000004", "000000"],
        "values": [["Iris-versicolor", 7.0], ["Iris-versicolor", 6.4]],
        "json": [["Iris-versicolor", 7.0], ["Iris-versicolor", 6.4]],
    }
    length, species = found["fields"]
    assert length["summary"]["__typename"] == "NumericSummary"
    assert length["summary"]["median"] == 4.35
    assert abs(length["summary"]["mean"] - 3.758) < 1e-9
    assert len(length["summary"]["bins"]) == 32
    assert species["summary"]["categories"] == [
        {"name": "Iris-setosa", "count": 50},
        {"name": "Iris-versicolor", "count": 50},
        {"name": "Iris-virginica", "count": 50},
    ]
    assert species["summaryJson"]["categories"][0] == ["Iris-setosa", 50]


def test_a_range_is_taken_before_the_filter_and_the_sample_after_it(graph: Graph, iris: str) -> None:
    """Rows 41 to 60 hold ten flowers of each of two kinds; half of the ten that the filter keeps are five."""
    parent = graph.make("Dataset", sourceId=graph.create("Source", data=iris)["id"])

    made = graph.make(
        "Dataset",
        'rowCount fields(ids: ["species"]) { summary { ... on CategoricalSummary { categories { name count } } } }',
        parents=[{"id": parent["id"]}],
        sampling={"range": [41, 60], "rate": 0.5, "seed": "s"},
        lispFilter='(= (f "species") "Iris-versicolor")',
    )

    assert made["rowCount"] == 5
    assert made["fields"][0]["summary"]["categories"] == [{"name": "Iris-versicolor", "count": 5}]
