"""Datasets: rows and columns of sources and of other datasets, their documents, and their files."""

import pytest

from tests.graph.rest.bigml.conftest import DATA

CSV = "x,y,word\n" + "".join(f"{n}.5,{n * n},{'even' if n % 2 == 0 else 'odd'}\n" for n in range(1, 11))


@pytest.fixture(scope="module")
def numbers(bigml):
    """Ten rows of three columns."""
    source = bigml.make("source", data=CSV, name="numbers", tags=["n"])["resource"]
    return bigml.make("dataset", source=source)


def rows_of(bigml, id):
    answer = bigml.http.get(f"/andromeda/{id}/download", params=bigml.auth)
    assert answer.status_code == 200
    return [line.split(",") for line in answer.text.splitlines()][1:]


def test_a_dataset_has_what_clients_read(bigml, iris_source, iris_dataset):
    found = dict(iris_dataset)

    assert found["source"] == iris_source["resource"]
    assert (found["name"], found["tags"]) == ("iris", ["flowers"])
    assert (found["rows"], found["columns"]) == (150, 5)
    assert found["objective_field"]["id"] == "000004"
    assert found["objective_field"]["name"] == "species"
    assert "summary" not in found["objective_field"]
    assert found["input_fields"] == ["000000", "000001", "000002", "000003", "000004"]
    assert found["field_types"] == {
        "categorical": 1, "datetime": 0, "items": 0, "numeric": 4, "text": 0, "preferred": 5, "total": 5,
    }  # fmt: skip
    assert found["dataset_field_types"] == found["field_types"]
    assert found["locale"] == "en_US"
    assert len(found["missing_tokens"]) == 19
    assert (found["source_status"], found["dataset_origin_status"]) == (True, True)
    assert not {"origin_dataset", "origin_datasets", "sample_rates"} & found.keys()
    assert (found["sample_rate"], found["replacement"], found["out_of_bag"]) == (1, False, False)
    status = found["status"]
    assert status.pop("elapsed") > 0
    assert status == {
        "code": 5,
        "message": "The dataset has been created",
        "progress": 1,
        "bytes": found["size"],
        "serialized_rows": 150,
        "row_format_errors": {"total": 0},
        "field_errors": {},
    }


def test_summaries_have_five_decimals_and_whole_numbers(iris_dataset):
    petal = iris_dataset["fields"]["000002"]["summary"]
    petal = {name: petal[name] for name in petal if name not in ("bins", "counts", "exact_histogram")}

    assert petal == {
        "population": 150, "missing_count": 0, "minimum": 1, "maximum": 6.9, "mean": 3.758, "median": 4.35,
        "sum": 563.7, "sum_squares": 2582.71, "variance": 3.11628, "standard_deviation": 1.7653,
        "skewness": -0.27213, "kurtosis": -1.39554,
    }  # fmt: skip
    assert isinstance(petal["minimum"], int)
    assert iris_dataset["fields"]["000004"]["summary"]["categories"] == [
        ["Iris-setosa", 50], ["Iris-versicolor", 50], ["Iris-virginica", 50],
    ]  # fmt: skip


def test_sums_beyond_what_json_integers_hold_stay_numbers(bigml):
    source = bigml.make("source", data="x,y\n3e15,a\n2e15,b\n1e15,a\n")["resource"]

    found = bigml.make("dataset", source=source)

    assert found["fields"]["000000"]["summary"]["sum_squares"] == pytest.approx(1.4e31)


def test_the_file_of_a_dataset_is_that_of_its_source(bigml, iris_dataset):
    answer = bigml.http.get(f"/andromeda/{iris_dataset['resource']}/download", params=bigml.auth)

    assert answer.content == (DATA / "iris.csv").read_bytes()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ({"sample_rate": 0.8}, 8),
        ({"range": [2, 5]}, 4),
        ({"range": [1, 10], "sample_rate": 0.35, "seed": "s"}, 3),
        ({"sample_rate": 0.3, "seed": 7, "out_of_bag": True}, 7),
        ({"sample_rate": 1, "replacement": True}, 10),
        ({"lisp_filter": '(= (f "word") "even")'}, 5),
        ({"json_filter": [">", ["field", "000001"], 50]}, 3),
        ({"lisp_filter": "(= (row-number) 5)"}, 1),
        ({}, 10),
    ],
)
def test_rows_of_a_dataset_make_another(bigml, numbers, arguments, rows):
    found = bigml.make("dataset", origin_dataset=numbers["resource"], **arguments)

    assert found["rows"] == rows
    assert (found["origin_dataset"], found["origin_datasets"]) == (numbers["resource"], [numbers["resource"]])
    assert found["source"] == numbers["source"]
    for name, value in arguments.items():
        assert found[name] == (str(value) if name == "seed" else value)


def test_equal_seeds_take_equal_rows_and_out_of_bag_takes_the_others(bigml, numbers):
    def sample(**more):
        id = bigml.make("dataset", origin_dataset=numbers["resource"], sample_rate=0.6, seed="x", **more)["resource"]
        return rows_of(bigml, id)

    taken, again, left = sample(), sample(), sample(out_of_bag=True)

    assert taken == again
    assert sorted(taken + left, key=lambda row: float(row[0])) == rows_of(bigml, numbers["resource"])


def test_several_datasets_are_put_together(bigml, numbers):
    id = numbers["resource"]
    other = bigml.make("dataset", origin_dataset=id, range=[1, 4])["resource"]

    together = bigml.make("dataset", origin_datasets=[other, {"id": id, "sample_rate": 0.3, "seed": "s"}])
    assert together["rows"] == 7
    assert together["origin_datasets"] == [other, id]
    assert together["sample_rates"] == {id: 0.3}
    assert "origin_dataset" not in together
    by_maps = bigml.make("dataset", origin_datasets=[other, id], ranges={id: [10, 10]}, sample_rates={other: 0.5})
    assert by_maps["rows"] == 3
    assert (by_maps["ranges"], by_maps["sample_rates"]) == ({id: [10, 10]}, {other: 0.5})


def test_columns_are_chosen_by_id_or_name(bigml, numbers):
    source = bigml.make("source", origin=numbers["source"])["resource"]

    kept = bigml.make("dataset", source=source, input_fields=["word", "000000"], objective_field={"id": "000000"})
    assert list(kept["fields"]) == ["000000", "000002"]
    assert kept["objective_field"]["id"] == "000000"
    left = bigml.make(
        "dataset", origin_dataset=numbers["resource"], excluded_fields=["y"], fields={"word": {"name": "w"}}
    )
    assert list(left["fields"]) == ["000000", "000002"]
    assert left["excluded_fields"] == ["000001"]
    assert left["fields"]["000002"]["name"] == "w"


def test_a_dataset_of_the_first_bytes(bigml, numbers):
    source = bigml.make("source", origin=numbers["source"])["resource"]

    assert bigml.make("dataset", source=source, size=30)["rows"] == 2


def test_errors_of_values_are_counted(bigml):
    text = (DATA / "iris_missing.csv").read_text()
    source = bigml.make("source", data=text)["resource"]
    bigml.update(source, fields={"000000": {"optype": "numeric"}})

    found = bigml.make("dataset", source=source)

    assert found["status"]["field_errors"] == {"000000": {"total": 1, "sample": [["foo", 1]]}}
    assert found["fields"]["000000"]["summary"]["missing_count"] == 1


def test_an_update_changes_fields_and_objective(bigml, numbers):
    id = bigml.make("dataset", origin_dataset=numbers["resource"])["resource"]

    changed = bigml.update(
        id,
        objective_field={"id": "000001"},
        fields={"x": {"preferred": False, "label": "L"}, "nothing": {"name": "z"}, "000001": {"name": "word"}},
        tags=["t"],
    )

    assert changed["objective_field"]["id"] == "000001"
    assert (changed["fields"]["000000"]["preferred"], changed["fields"]["000000"]["label"]) == (False, "L")
    assert [each["name"] for each in changed["fields"].values()] == ["x", "word", "word"]
    assert changed["fields_meta"]["preferred"] == 2
    assert changed["tags"] == ["t"]
    assert bigml.refused("PUT", id, {"objective_field": {"id": "00ffff"}})[:2] == (400, -1203)


@pytest.mark.parametrize(
    ("body", "code", "argument"),
    [
        ({}, -1200, "source"),
        ({"source": "ID", "origin_dataset": "ID"}, -1206, "origin_dataset"),
        ({"source": "dataset/0123456789abcdef01234567"}, -1201, "source"),
        ({"origin_dataset": "x"}, -1201, "origin_dataset"),
        ({"origin_datasets": []}, -1206, "origin_datasets"),
        ({"origin_datasets": [{"sample_rate": 0.1}]}, -1201, "origin_datasets"),
        ({"origin_dataset": "ID", "sample_rate": 0}, -1206, "sample_rate"),
        ({"origin_dataset": "ID", "sample_rate": "0.5"}, -1206, "sample_rate"),
        ({"origin_dataset": "ID", "sample_rate": 1.5}, -1206, "sample_rate"),
        ({"origin_dataset": "ID", "range": [5]}, -1206, "range"),
        ({"origin_dataset": "ID", "range": [5, 2]}, -1206, "range"),
        ({"origin_dataset": "ID", "range": [5, 11]}, -1206, "range"),
        ({"origin_dataset": "ID", "replacement": 1}, -1206, "replacement"),
        ({"origin_dataset": "ID", "all_fields": "x"}, -1206, "all_fields"),
        ({"origin_dataset": "ID", "lisp_filter": "(= ("}, -1206, "lisp_filter"),
        ({"origin_dataset": "ID", "json_filter": ["no-such-function"]}, -1206, "json_filter"),
        ({"origin_dataset": "ID", "lisp_filter": "true", "json_filter": True}, -1206, "json_filter"),
        ({"origin_datasets": ["ID"], "sample_rates": {"ID": 2}}, -1206, "sample_rates"),
        ({"origin_datasets": [{"id": "ID", "range": 5}]}, -1206, "origin_datasets"),
        ({"origin_datasets": ["ID"], "sample_rates": []}, -1206, "sample_rates"),
        ({"origin_dataset": "ID", "new_fields": [{"field": "(f 0)"}]}, -1207, "new_fields"),
        ({"origin_dataset": "ID", "juxtapose": True}, -1207, "juxtapose"),
        ({"cluster": "cluster/0123456789abcdef01234567", "centroid": "000000"}, -1207, "cluster"),
        ({"origin_dataset": "ID", "fields": {"x": {"optype": "image"}}}, -1203, "fields"),
        ({"origin_dataset": "ID", "input_fields": "x"}, -1203, "input_fields"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(bigml, numbers, body, code, argument):
    before = bigml.count("dataset")

    def filled(value):
        if isinstance(value, dict):
            return {(numbers["resource"] if name == "ID" else name): filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return numbers["resource"] if value == "ID" else value

    body = filled(body)
    if body.get("source") == numbers["resource"]:
        body["source"] = numbers["source"]
    status, found, details = bigml.refused("POST", "dataset", body)

    assert (status, found, list(details)) == (400, code, [argument])
    assert bigml.count("dataset") == before


@pytest.mark.parametrize("name", ["source", "origin_dataset"])
def test_what_is_made_from_something_unknown_is_not_found(bigml, name):
    kind = "source" if name == "source" else "dataset"

    assert bigml.refused("POST", "dataset", {name: f"{kind}/{'0' * 24}"})[:2] == (404, -1201)


def test_a_fault_of_the_job_makes_a_faulty_dataset(bigml, numbers):
    found = bigml.ended(bigml.create("dataset", origin_dataset=numbers["resource"], input_fields=["nope"])["resource"])

    assert (found["code"], found["status"]["code"], found["status"]["error"]) == (500, -1, -2000)
    assert "nope" in found["status"]["message"]
    answer = bigml.http.get(f"/andromeda/{found['resource']}/download", params=bigml.auth)
    assert (answer.status_code, answer.json()["status"]["code"]) == (400, -1204)


def test_fields_come_in_pages(bigml, iris_dataset):
    id = iris_dataset["resource"]

    page = bigml.get(id, limit=2, offset=1)
    assert list(page["fields"]) == ["000001", "000002"]
    assert page["fields_meta"] == {
        "count": 2, "limit": 2, "offset": 1, "query_total": 5, "total": 5, "effective_fields": 5, "preferred": 5,
    }  # fmt: skip
    assert bigml.get(id, limit=-1)["fields_meta"]["limit"] == -1
    assert bigml.get(id, limit=-1)["fields"] == bigml.get(id)["fields"]
    assert bigml.get(id, optype="categorical")["fields"].keys() == {"000004"}
    assert "summary" not in bigml.get(id, exclude="summary")["fields"]["000000"]
    assert bigml.refused("GET", id, limit="x")[:2] == (400, -1204)


def test_a_brief_document_has_what_polling_needs(bigml, iris_dataset):
    found = bigml.get(iris_dataset["resource"], full="false")

    needed = {"resource", "code", "status", "name", "private", "rows", "dataset_field_types", "description"}
    assert needed <= found.keys()
    assert not {"fields", "fields_meta"} & found.keys()


def test_datasets_are_found_by_what_they_are(bigml, numbers):
    id = numbers["resource"]

    for query in ({"rows": 10}, {"columns__lte": 3}, {"source": numbers["source"]}):
        assert [each["resource"] for each in bigml.get("dataset", resource=id, **query)["objects"]] == [id]
    assert bigml.get("dataset", resource=id, rows__gt=10)["objects"] == []
    (full,) = bigml.get("dataset", resource=id, full="yes")["objects"]
    assert full["fields"]["000000"]["summary"]["mean"] == 6


def test_a_copy_has_the_same_content(bigml, numbers):
    copy = bigml.create("dataset", origin=numbers["resource"], name="copy")

    assert (copy["origin"], copy["name"], copy["rows"], copy["status"]["code"]) == (numbers["resource"], "copy", 10, 5)
    assert rows_of(bigml, copy["resource"]) == rows_of(bigml, numbers["resource"])
