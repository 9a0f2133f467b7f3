"""Public and shared resources, copies, and what others may not do."""

import re

import httpx2
import pytest

from tests.graph.rest.bigml.conftest import Bigml
from tests.server import Graph


@pytest.fixture(scope="module")
def stranger(bigml):
    """Somebody without any role."""
    graph = Graph(bigml.url)
    user = graph.create("User", name="stranger")["id"]
    key = graph(
        "mutation($user: ID!) { createApiKey(input: {userId: $user}) { ... on NewApiKey { secret } } }", user=user
    )
    graph.http.close()
    client = Bigml(bigml.url, "stranger", key["secret"])
    yield client
    client.http.close()


def test_others_do_not_see_what_is_private(bigml, stranger, iris_dataset):
    id = iris_dataset["resource"]

    for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
        assert stranger.refused(method, id, body)[:2] == (404, -1201)
    assert stranger.refused("POST", "model", {"dataset": id})[:2] == (404, -1201)
    assert stranger.get("dataset")["meta"]["total_count"] == 0
    assert bigml.refused("GET", f"public/{id}")[:2] == (404, -1201)


def test_a_public_dataset_can_be_read_and_used_by_everybody(bigml, stranger, iris_dataset):
    id = bigml.create("dataset", origin=iris_dataset["resource"])["resource"]

    assert bigml.update(id, private=False)["private"] is False

    anonymous = httpx2.get(f"{bigml.url}/andromeda/public/{id}").json()
    assert (anonymous["resource"], anonymous["status"]["code"], anonymous["rows"]) == (id, 5, 150)
    assert stranger.get(f"public/{id}")["fields"].keys() == anonymous["fields"].keys()
    model = stranger.make("model", dataset=f"public/{id}")
    assert model["dataset"] == id
    assert stranger.refused("PUT", id, {"name": "mine"})[:2] == (401, -1205)
    assert stranger.refused("DELETE", id)[:2] == (401, -1205)
    assert bigml.update(id, private=True)["private"] is True
    assert httpx2.get(f"{bigml.url}/andromeda/public/{id}").status_code == 404


def test_a_resource_can_be_made_public_at_once(bigml):
    made = bigml.create("source", data="a\n1\n", private=False)

    assert made["private"] is False
    bigml.finished(made["resource"])
    assert httpx2.get(f"{bigml.url}/andromeda/public/{made['resource']}").status_code == 200


def test_the_tree_of_a_public_model_is_only_shown_as_a_white_box(bigml, stranger, iris_model):
    id = bigml.create("model", origin=iris_model["resource"])["resource"]
    bigml.update(id, private=False)

    closed = stranger.get(f"public/{id}")
    assert "root" not in closed["model"]
    assert "000002" in closed["model"]["fields"]
    assert bigml.get(f"public/{id}")["model"]["root"] == iris_model["model"]["root"]
    assert bigml.update(id, white_box=True)["white_box"] is True
    assert stranger.get(f"public/{id}")["model"]["root"] == iris_model["model"]["root"]


def test_a_shared_model_is_read_under_its_secret_word(bigml, stranger, iris_model):
    id = bigml.create("model", origin=iris_model["resource"])["resource"]

    shared = bigml.update(id, shared=True)

    word = shared["shared_hash"]
    assert re.fullmatch("[A-Za-z0-9]{24,30}", word)
    assert re.fullmatch("[0-9a-f]{40}", shared["sharing_key"])
    assert (shared["shared"], shared["shared_clonable"]) == (True, False)
    assert bigml.update(id, name="renamed")["shared_hash"] == word
    found = stranger.get(f"shared/model/{word}")
    assert (found["resource"], found["status"]["code"]) == (id, 5)
    assert found["model"]["root"] == iris_model["model"]["root"]
    assert found["shared_hash"] == word
    assert stranger.refused("GET", id)[0] == 404
    assert stranger.refused("POST", "model", {"shared_hash": word})[:2] == (403, -1205)
    bigml.update(id, shared_clonable=True)
    copy = stranger.create("model", shared_hash=word)
    assert copy["origin"] == id
    assert "shared_hash" not in copy
    unshared = bigml.update(id, shared=False)
    assert unshared["shared"] is False
    assert not {"shared_hash", "sharing_key", "shared_clonable"} & unshared.keys()
    assert stranger.refused("GET", f"shared/model/{word}")[:2] == (404, -1201)


def test_copies_are_made_by_id_or_by_word(bigml, iris_model):
    id = iris_model["resource"]

    copy = bigml.create("model", origin=id)
    assert (copy["origin"], copy["status"]["code"], copy["name"]) == (id, 5, iris_model["name"])
    assert copy["model"]["root"] == iris_model["model"]["root"]
    again = bigml.update(copy["resource"], shared=True)["shared_hash"]
    assert bigml.create("model", shared_hash=again, name="third")["origin"] == copy["resource"]
    assert bigml.refused("POST", "model", {"origin": "model/" + "0" * 24})[:2] == (404, -1201)
    assert bigml.refused("POST", "model", {"shared_hash": "0" * 26})[:2] == (404, -1201)


def test_secrets_are_only_shown_to_those_who_may_change_a_resource(bigml, stranger, iris_dataset):
    hook = {"url": "http://127.0.0.1:9/", "secret": "hidden"}
    id = bigml.create("dataset", origin=iris_dataset["resource"], private=False, webhook=hook)["resource"]
    bigml.update(id, shared=True)

    own, other = bigml.get(id), stranger.get(f"public/{id}")

    assert own["webhook"]["secret"] == "hidden"
    assert {"shared_hash", "sharing_key", "webhook"} <= own.keys()
    assert not {"shared_hash", "sharing_key", "shared_clonable", "webhook"} & other.keys()
    assert other["shared"] is True


def test_wrong_credentials_do_not_open_what_is_public(bigml, iris_dataset):
    id = bigml.create("dataset", origin=iris_dataset["resource"], private=False)["resource"]

    answer = httpx2.get(f"{bigml.url}/andromeda/public/{id}", params={"username": "tester", "api_key": "wrong"})

    assert answer.status_code == 401
