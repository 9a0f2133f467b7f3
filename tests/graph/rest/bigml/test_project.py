"""The life of projects, lists of them, and who may see them."""

import datetime as dt
import re

import pytest


def test_a_project_is_created_shown_changed_and_deleted(bigml):
    status, made = bigml.send("POST", "project", {"name": "first", "tags": ["a", "b"], "category": 3})

    assert status == 201
    id = made["resource"]
    assert re.fullmatch(r"project/[0-9a-f]{24}", id)
    created = made.pop("created")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", created)
    assert made.pop("updated") >= created
    assert made.pop("stats")["sources"] == {"count": 0}
    assert made == {
        "resource": id,
        "name": "first",
        "description": "",
        "tags": ["a", "b"],
        "category": 3,
        "size": 0,
        "code": 201,
        "status": {"code": 5, "message": "The project has been created", "elapsed": 0, "progress": 1},
        "creator": "tester",
        "private": True,
        "shared": False,
        "type": 0,
        "credits": 0,
        "price": 0,
        "subscription": True,
        "configuration": None,
        "configuration_status": False,
    }
    changed = bigml.update(id, name="second", description="more", category=-1)
    assert (changed["name"], changed["description"], changed["category"]) == ("second", "more", -1)
    assert changed["tags"] == ["a", "b"]
    assert bigml.get(id)["name"] == "second"
    bigml.delete(id)
    for method in ("GET", "DELETE"):
        assert bigml.refused(method, id) == (404, -1201, None)
    assert bigml.refused("PUT", id, {"name": "x"})[0] == 404


def test_an_empty_body_makes_an_unnamed_project(bigml):
    made = bigml.create("project")

    assert made["name"] == "Unnamed project"
    bigml.delete(made["resource"])


def test_the_answer_to_a_create_call_says_where_the_resource_is(bigml):
    answer = bigml.http.post("/andromeda/andromeda//project/", params=bigml.auth, content=b"{}")

    assert answer.status_code == 201
    id = answer.json()["resource"]
    assert answer.headers["location"] == f"{bigml.url}/andromeda/{id}"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    bigml.delete(id)


def test_deleting_a_project_deletes_what_is_in_it(bigml):
    project = bigml.create("project", name="to go")["resource"]
    source = bigml.make("source", data="a,b\n1,2\n", project=project)["resource"]

    assert bigml.get(project)["stats"]["sources"] == {"count": 1}
    bigml.delete(project)

    assert bigml.refused("GET", source)[0] == 404


@pytest.fixture(scope="module")
def listed(bigml):
    """Six projects that no other test touches."""
    made = [
        bigml.create("project", name=name, tags=tags, category=category)
        for name, tags, category in (
            ("List Alpha", ["red", "round"], 1),
            ("List beta", ["blue"], 2),
            ("list gamma", ["red"], 3),
            ("List Delta", [], 4),
            ("List epsilon", ["green", "round"], 5),
            ("Other", ["blue", "round"], 6),
        )
    ]
    yield made
    for each in made:
        bigml.delete(each["resource"])


def names(bigml, **query):
    return [each["name"] for each in bigml.get("project", **query)["objects"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            {"name__istartswith": "list ", "order_by": "name"},
            ["List Alpha", "List Delta", "List beta", "List epsilon", "list gamma"],
        ),
        (
            {"name__startswith": "List", "order_by": "-category"},
            ["List epsilon", "List Delta", "List beta", "List Alpha"],
        ),
        ({"name__contains": "ist A"}, ["List Alpha"]),
        (
            {"name__icontains": "LIST", "category__gt": "2", "category__lt": "5", "order_by": "category"},
            ["list gamma", "List Delta"],
        ),
        (
            {"tags": "round", "category__lte": "6", "category__gte": "1", "order_by": "category"},
            ["List Alpha", "List epsilon", "Other"],
        ),
        ({"tags__in": "blue,green", "order_by": "category"}, ["List beta", "List epsilon", "Other"]),
        ({"!tags__in": "blue,round", "name__icontains": "list", "order_by": "category"}, ["list gamma", "List Delta"]),
        ({"name__in": "Other,List beta", "order_by": "-name"}, ["Other", "List beta"]),
        ({"!name": "Other", "tags": "blue"}, ["List beta"]),
        ({"creator": "tester", "name": "Other"}, ["Other"]),
        ({"creator": "nobody", "name": "Other"}, []),
        ({"private": "true", "name": "Other", "credits": "0", "subscription": "true"}, ["Other"]),
        ({"private": "false", "name": "Other"}, []),
        ({"shared": "false", "name": "Other"}, ["Other"]),
        ({"created__gt": "2100-01-01"}, []),
    ],
)
def test_lists_are_filtered_and_ordered(bigml, listed, query, expected):
    assert names(bigml, **query) == expected


def test_a_resource_is_found_by_its_id_and_times(bigml, listed):
    first = listed[0]
    created = first["created"]
    earlier = (dt.datetime.fromisoformat(created) - dt.timedelta(microseconds=1)).isoformat()

    assert names(bigml, resource=first["resource"]) == ["List Alpha"]
    assert names(bigml, created=created) == ["List Alpha"]
    assert names(bigml, created__gt=earlier, created__lte=created) == ["List Alpha"]


def test_lists_come_in_pages_that_name_their_neighbours(bigml, listed):
    found = bigml.get("project", name__icontains="list ", limit=2, offset=2, order_by="-name")

    assert [each["name"] for each in found["objects"]] == ["List beta", "List Delta"]
    meta = found["meta"]
    assert (meta["limit"], meta["offset"], meta["query_total"]) == (2, 2, 5)
    assert meta["total_count"] >= 6
    following = bigml.http.get(meta["next"]).json()
    assert [each["name"] for each in following["objects"]] == ["List Alpha"]
    assert following["meta"]["next"] is None
    before = bigml.http.get(meta["previous"]).json()
    assert [each["name"] for each in before["objects"]] == ["list gamma", "List epsilon"]


def test_without_an_order_the_newest_come_first(bigml, listed):
    assert names(bigml, limit=1) == ["Other"]


def test_semicolons_separate_pairs_even_inside_the_values_of_paging(bigml, listed):
    auth = ";".join(f"{name}={value}" for name, value in bigml.auth.items())

    plain = bigml.http.get(f"/andromeda/project?{auth};&limit=2;offset=1")
    encoded = bigml.http.get(f"/andromeda/project?{auth};&limit=2%3Boffset%3D1")

    assert plain.json()["meta"]["limit"] == encoded.json()["meta"]["limit"] == 2
    assert plain.json()["objects"] == encoded.json()["objects"]
    assert len(plain.json()["objects"]) == 2


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "201"}, -1204),
        ({"limit": "x"}, -1204),
        ({"offset": "-1"}, -1204),
        ({"order_by": "colour"}, -1208),
        ({"colour": "red"}, -1206),
        ({"size__gt": "big"}, -1206),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(bigml, query, code):
    (name,) = query
    status, found, details = bigml.refused("GET", "project", **query)

    assert (status, found, list(details)) == (400, code, [name])


@pytest.mark.parametrize(
    ("body", "argument"),
    [
        ({"name": 7}, "name"),
        ({"tags": "red"}, "tags"),
        ({"tags": [1]}, "tags"),
        ({"category": -2}, "category"),
        ({"category": "1"}, "category"),
        ({"private": "true"}, "private"),
        ({"webhook": "http://x"}, "webhook"),
        ({"webhook": {"secret": "s"}}, "webhook"),
        ({"webhook": {"url": "ftp://x"}}, "webhook"),
        ({"name": "x" * 501}, "name"),
        ({"tags": ["x"] * 101}, "tags"),
        ({"tags": [""]}, "tags"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_made(bigml, body, argument):
    before = bigml.count("project")

    status, code, details = bigml.refused("POST", "project", body)

    assert (status, code, list(details)) == (400, -1206, [argument])
    assert bigml.count("project") == before


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"'])
def test_a_body_that_is_no_object_is_refused(bigml, body):
    answer = bigml.http.post("/andromeda/project", params=bigml.auth, content=body)

    assert answer.status_code == 400
    assert answer.json()["status"]["code"] == -1204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "project"),
        ("GET", "project/0123456789abcdef01234567"),
        ("POST", "project"),
        ("GET", "status"),
        ("PUT", "project/0123456789abcdef01234567"),
        ("DELETE", "project/0123456789abcdef01234567"),
    ],
)
@pytest.mark.parametrize(
    "auth", [{}, {"username": "tester"}, {"username": "tester", "api_key": "wrong"}, {"username": "x", "api_key": "k"}]
)
def test_wrong_credentials_are_refused(bigml, method, path, auth):
    before = bigml.count("project")
    answer = bigml.http.request(method, f"/andromeda/{path}", params=auth, content=b"{}" if method != "GET" else None)

    assert answer.status_code == 401
    body = answer.json()
    assert (body["code"], body["status"]["code"]) == (401, -1205)
    assert body["status"]["message"]
    assert bigml.count("project") == before


def test_a_key_of_somebody_else_is_refused(bigml):
    answer = bigml.http.get("/andromeda/project", params={**bigml.auth, "username": "other"})

    assert answer.status_code == 401


@pytest.mark.parametrize("id", ["project/x", "project/0123456789ABCDEF01234567", "project/0123456789abcdef0123456"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_malformed_id_is_a_bad_request(bigml, method, id):
    assert bigml.refused(method, id, {} if method == "PUT" else None)[:2] == (400, -1201)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["deepnet", "deepnet/0123456789abcdef01234567", "library", "nonsense", "project/a/b"])
def test_what_is_not_built_is_not_found_whatever_is_asked(bigml, method, path):
    answer = bigml.http.request(method, f"/andromeda/{path}", params=bigml.auth)

    assert answer.status_code == 404
    assert answer.json() == {
        "code": 404,
        "status": {"code": -1201, "message": f"there is nothing at /andromeda/{path}"},
    }


def test_types_that_are_posted_at_the_root_are_the_dialects_there_too(bigml):
    assert bigml.http.post("/centroid", params=bigml.auth).json()["code"] == 404
    assert bigml.http.post("/no-such-thing", params=bigml.auth).headers["content-type"].startswith("text/plain")


def test_another_method_is_refused(bigml):
    answer = bigml.http.put("/andromeda/project", params=bigml.auth)

    assert (answer.status_code, answer.json()["status"]["code"]) == (405, -1204)
    assert answer.headers["allow"] == "GET, POST"


def test_the_account_has_room_for_tasks(bigml):
    found = bigml.get("status", include="subscription,tasks")

    assert isinstance(found["tasks"], int)
    assert isinstance(found["tasks_in_progress"], int)
    assert found["subscription"]["max_tasks"] == 1000
    assert found["username"] == "tester"
