"""Sources: where their bytes come from, how they are read, and what closes them."""

import gzip
import hashlib
import re

import httpx2
import pytest

from tests.graph.rest.bigml.conftest import DATA

IRIS = (DATA / "iris.csv").read_bytes()
CSV = "x,word\n1.5,a\n2,b\n?,a\n"


def post_form(bigml, content, /, **texts):
    files = {"file": ("iris.csv", content, "text/csv")}
    return bigml.http.post("/andromeda/source", params=bigml.auth, files=files, data=texts)


def test_an_upload_becomes_a_source_with_its_arguments(bigml):
    project = bigml.create("project", name="uploads")["resource"]
    answer = post_form(
        bigml,
        IRIS,
        name="7",
        tags='["my tag", "ñ"]',
        category="12",
        project=project,
        disable_datetime="True",
        source_parser='{"missing_tokens": ["?"], "unheard_of": 1}',
        user_metadata='{"a": [1]}',
        description="12",
    )

    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"{bigml.url}/andromeda/{made['resource']}"
    found = bigml.finished(made["resource"])
    assert (found["name"], found["tags"], found["category"]) == ("7", ["my tag", "ñ"], 12)
    assert (found["project"], found["description"], found["disable_datetime"]) == (project, "12", True)
    assert found["user_metadata"] == {"a": [1]}
    assert found["source_parser"] == {
        "header": True, "separator": ",", "quote": '"', "locale": "en_US", "missing_tokens": ["?"], "trim": True,
    }  # fmt: skip
    assert (found["file_name"], found["size"]) == ("iris.csv", len(IRIS))
    assert found["md5"] == hashlib.md5(IRIS).hexdigest()
    assert list(found["fields"]) == ["000000", "000001", "000002", "000003", "000004"]
    assert [each["optype"] for each in found["fields"].values()] == ["numeric"] * 4 + ["categorical"]
    assert found["fields_meta"] == {"count": 5, "limit": 1000, "offset": 0, "query_total": 5, "total": 5}
    assert found["field_types"]["numeric"] == 4
    assert found["closed"] is False
    bigml.delete(project)


def test_an_upload_without_a_name_is_called_after_its_file(bigml):
    made = post_form(bigml, gzip.compress(IRIS)).json()

    found = bigml.finished(made["resource"])
    assert found["name"] == "iris.csv"
    assert len(found["fields"]) == 5
    bigml.delete(made["resource"])


@pytest.mark.parametrize(
    ("texts", "code", "argument"),
    [
        ({"tags": "red"}, -1206, "tags"),
        ({"category": "x"}, -1206, "category"),
        ({"disable_datetime": "maybe"}, -1206, "disable_datetime"),
        ({"project": "project/x"}, -1201, "project"),
        ({"remote": "http://example.org/x"}, -1206, "remote"),
    ],
)
def test_a_wrong_text_beside_a_file_is_named_and_nothing_is_made(bigml, texts, code, argument):
    before = bigml.count("source")

    answer = post_form(bigml, IRIS, **texts)

    assert answer.status_code == 400
    status = answer.json()["status"]
    assert (status["code"], list(status["extra"])) == (code, [argument])
    assert bigml.count("source") == before


def test_a_project_that_is_not_there_is_named(bigml):
    answer = post_form(bigml, IRIS, project="project/0123456789abcdef01234567")

    assert answer.status_code == 400
    assert list(answer.json()["status"]["extra"]) == ["project"]


@pytest.mark.parametrize(
    ("headers", "content", "argument"),
    [
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--\r\n", "file"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"nonsense", "body"),
        ({"content-type": "multipart/form-data"}, b"", "body"),
    ],
)
def test_a_form_without_a_file_is_refused(bigml, headers, content, argument):
    answer = bigml.http.post("/andromeda/source", params=bigml.auth, headers=headers, content=content)

    assert answer.status_code == 400
    assert list(answer.json()["status"]["extra"]) == [argument]


def test_an_empty_file_is_refused(bigml):
    assert list(post_form(bigml, b"").json()["status"]["extra"]) == ["file"]


def test_an_upload_needs_credentials_before_anything_is_kept(bigml):
    answer = bigml.http.post("/andromeda/source", files={"file": ("a.csv", IRIS)})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (CSV, ["x", "word"]),
        ('[{"x": 1, "word": "a"}, {"x": 2, "word": "b"}]', ["x", "word"]),
        ('[["x", "word"], [1, "a"], [2, "b"]]', ["x", "word"]),
        ([["x", "word"], [1, "a"]], ["x", "word"]),
    ],
    ids=["csv", "objects", "lists", "no text"],
)
def test_inline_data_becomes_a_source(bigml, data, names):
    found = bigml.make("source", data=data)

    assert found["name"] == "Unnamed inline source"
    assert [each["name"] for each in found["fields"].values()] == names
    bigml.delete(found["resource"])


def test_a_remote_source_is_fetched_and_its_secrets_are_not_shown(bigml):
    made = bigml.make("dataset", source=bigml.make("source", data=CSV)["resource"])
    url = f"{bigml.url}/andromeda/{made['resource']}/download?{httpx2.QueryParams(bigml.auth)}"

    found = bigml.make("source", remote=url)

    assert found["remote"] == f"{bigml.url}/andromeda/{made['resource']}/download"
    assert [each["name"] for each in found["fields"].values()] == ["x", "word"]


def test_an_address_that_cannot_be_fetched_makes_a_faulty_source(bigml):
    made = bigml.create("source", remote=f"{bigml.url}/nothing-here.csv")
    assert made["name"] == "Unnamed remote source"

    found = bigml.ended(made["resource"])

    assert found["code"] == 500
    assert (found["status"]["code"], found["status"]["error"]) == (-1, -2020)
    assert "404" in found["status"]["message"]


def test_what_cannot_be_read_makes_a_faulty_source_and_faulty_children(bigml):
    source = bigml.create("source", data="\0\0\0\1\2\3")["resource"]
    dataset = bigml.create("dataset", source=source)["resource"]

    assert bigml.ended(source)["status"]["error"] == -2020
    status = bigml.ended(dataset)["status"]
    assert (status["code"], status["error"]) == (-1, -2000)
    assert source in status["message"]


def test_composites_put_sources_together_in_order(bigml):
    parts = [bigml.make("source", data=f"x,word\n{n}.5,a\n{n},b\n")["resource"].partition("/")[2] for n in (1, 2)]

    found = bigml.make("source", sources=parts)

    assert found["sources"] == parts
    dataset = bigml.make("dataset", source=found["resource"])
    assert dataset["rows"] == 4
    answer = bigml.http.get(f"/andromeda/{dataset['resource']}/download", params=bigml.auth)
    assert answer.text == "x,word\n1.5,a\n1,b\n2.5,a\n2,b\n"
    bigml.delete(found["resource"], delete_all="true")
    assert bigml.refused("GET", f"source/{parts[0]}")[0] == 404


def test_composites_have_an_address_of_their_own(bigml):
    part = bigml.make("source", data="x\n1.5\n", tags=["part"])["resource"]
    before = bigml.count("composite")
    assert bigml.refused("POST", "composite", {"data": "x"})[:2] == (400, -1200)

    status, made = bigml.send("POST", "composite", {"sources": [part], "tags": ["whole"]})

    assert (status, made["resource"].partition("/")[0]) == (201, "source")
    id = bigml.finished(made["resource"])["resource"]
    assert bigml.count("composite") == before + 1
    assert [each["resource"] for each in bigml.get("composite", tags="whole")["objects"]] == [id]
    assert bigml.get("composite", tags="part")["objects"] == []
    assert bigml.get(id.replace("source", "composite"))["sources"] == [part.partition("/")[2]]
    bigml.delete(id.replace("source", "composite"))
    assert bigml.refused("GET", id)[0] == 404


def test_the_components_of_a_composite_can_be_changed(bigml):
    first, second, third = (bigml.make("source", data=f"x\n{n}.5\n")["resource"] for n in (1, 2, 3))
    id = bigml.make("source", sources=[first, second])["resource"]
    pure = {each: each.partition("/")[2] for each in (first, second, third)}

    bigml.update(id, add_sources=[third], remove_sources=[pure[first]])
    assert bigml.finished(id)["sources"] == [pure[second], pure[third]]
    bigml.update(id, sources=[first, third])
    assert bigml.finished(id)["sources"] == [pure[first], pure[third]]
    bigml.update(id, delete_sources=[third])
    assert bigml.finished(id)["sources"] == [pure[first]]
    assert bigml.refused("GET", third)[0] == 404
    assert bigml.get(second)["resource"] == second
    assert list(bigml.refused("PUT", id, {"sources": [first], "add_sources": [second]})[2]) == ["sources"]


def test_fields_are_changed_by_id_or_name_and_unknown_ones_are_passed_over(bigml):
    id = bigml.make("source", data=CSV)["resource"]

    changed = bigml.update(
        id,
        fields={
            "000001": {"name": "category", "label": "L", "optype": "text", "term_analysis": {"language": "en"}},
            "x": {"description": "a number"},
            "00ffff": {"name": "lost"},
        },
    )

    assert changed["fields"]["000001"]["name"] == "category"
    assert changed["fields"]["000001"]["term_analysis"]["language"] == "en"
    assert changed["fields"]["000000"]["description"] == "a number"
    assert len(changed["fields"]) == 2
    assert bigml.refused("PUT", id, {"fields": {"000000": {"optype": "image"}}})[:2] == (400, -1203)


def test_a_new_parser_reads_again_and_fields_in_the_same_call_are_about_the_new_reading(bigml):
    id = bigml.make("source", data="x;word\n1;a\nfoo;b\n", source_parser={"separator": "|"})["resource"]
    assert len(bigml.get(id)["fields"]) == 1

    bigml.update(
        id,
        source_parser={"separator": ";", "missing_tokens": ["foo"]},
        fields={"000000": {"optype": "numeric", "name": "number"}},
    )

    found = bigml.finished(id)
    assert found["fields"]["000000"]["name"] == "number"
    assert found["fields"]["000000"]["optype"] == "numeric"
    assert len(found["fields"]) == 2
    dataset = bigml.make("dataset", source=id)
    assert dataset["missing_tokens"] == ["foo"]
    assert dataset["fields"]["000000"]["summary"]["missing_count"] == 1
    assert dataset["status"]["field_errors"] == {}


def test_a_dataset_closes_its_source_and_copies_are_open(bigml):
    id = bigml.make("source", data=CSV, name="closing")["resource"]
    bigml.make("dataset", source=id)

    assert bigml.get(id)["closed"] is True
    for change in ({"fields": {"000000": {"name": "y"}}}, {"source_parser": {"separator": ";"}}):
        status, code, _ = bigml.refused("PUT", id, change)
        assert (status, code) == (400, -1204)
    assert bigml.get(id)["fields"]["000000"]["name"] == "x"
    assert bigml.update(id, name="renamed")["name"] == "renamed"
    assert bigml.get(id)["number_of_datasets"] == 1

    copy = bigml.create("source", origin=id)
    assert (copy["origin"], copy["closed"], copy["name"]) == (id, False, "renamed")
    assert bigml.update(copy["resource"], fields={"000000": {"name": "y"}})["fields"]["000000"]["name"] == "y"


@pytest.mark.parametrize(
    ("body", "code", "argument"),
    [
        ({}, -1200, "file"),
        ({"data": 7}, -1206, "data"),
        ({"data": "a,b", "remote": "http://example.org"}, -1206, "data"),
        ({"remote": "s3://bucket/file.csv"}, -1206, "remote"),
        ({"external_data": {"source": "postgresql"}}, -1207, "external_data"),
        ({"sources": ["x"]}, -1201, "sources"),
        ({"sources": []}, -1206, "sources"),
        ({"origin": "dataset/0123456789abcdef01234567"}, -1201, "origin"),
        ({"shared_hash": "short"}, -1206, "shared_hash"),
        ({"data": "a", "source_parser": []}, -1206, "source_parser"),
        ({"data": "a", "source_parser": {"separator": "xx"}}, -1206, "source_parser"),
        ({"data": "a", "configuration": "configuration/0123456789abcdef01234567"}, -1207, "configuration"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(bigml, body, code, argument):
    before = bigml.count("source")

    status, found, details = bigml.refused("POST", "source", body)

    assert (status, found, list(details)) == (400, code, [argument])
    assert bigml.count("source") == before


@pytest.mark.parametrize("body", [{"origin": "source/0123456789abcdef01234567"}, {"sources": ["0" * 24]}])
def test_what_is_made_from_an_unknown_source_is_not_found(bigml, body):
    status, code, details = bigml.refused("POST", "source", body)

    assert (status, code, list(details)) == (404, -1201, list(body))


def test_a_brief_document_has_what_polling_needs(bigml, iris_source):
    found = bigml.get(iris_source["resource"], full="false")

    assert {"resource", "code", "status", "name", "private", "source_parser"} <= found.keys()
    assert not {"fields", "fields_meta"} & found.keys()
    listed = bigml.get("source", resource=iris_source["resource"])["objects"]
    assert listed == [found]


def test_members_can_be_left_out_but_not_those_that_clients_need(bigml, iris_source):
    found = bigml.get(iris_source["resource"], exclude="fields,md5,resource,status", optype="image")

    assert not {"fields", "md5"} & found.keys()
    assert {"resource", "status"} <= found.keys()
    assert found["fields_meta"]["query_total"] == 0


def test_the_file_of_a_source_can_be_fetched(bigml):
    made = post_form(bigml, IRIS).json()
    bigml.finished(made["resource"])

    answer = bigml.http.get(f"/andromeda/{made['resource']}/download", params=bigml.auth)

    assert answer.content == IRIS
    assert re.search(r'filename="?iris.csv', answer.headers["content-disposition"])
