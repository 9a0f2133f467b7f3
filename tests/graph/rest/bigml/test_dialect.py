"""Promises over the whole table of endpoints: a new one is covered the day it is added."""

import httpx2
import pytest

from graph.rest.bigml.dialect import BIGML, NOT_BUILT, NOUNS
from graph.rest.bigml.resource import PROPERTIES
from graph.spec import Spec

ENDPOINTS = {f"{each.method} {each.path}": each for each in BIGML.endpoints}
SOME_ID = "0" * 24


def address(path):
    return path.replace("{id}", SOME_ID).replace("{hash}", "0" * 26)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_is_described(name):
    endpoint = ENDPOINTS[name]

    assert endpoint.summary
    assert endpoint.summary[0].isupper()
    assert all(parameter.description.endswith(".") for parameter in endpoint.parameters)
    assert endpoint.status == {"POST": 201, "GET": 200, "PUT": 202, "DELETE": 204}[endpoint.method]


@pytest.mark.parametrize("prefix", BIGML.prefixes)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_refuses_in_the_vendors_shape(bigml, name, prefix):
    endpoint = ENDPOINTS[name]

    answer = httpx2.request(endpoint.method, f"{bigml.url}{prefix}{address(endpoint.path)}")

    assert answer.status_code == (404 if endpoint.is_open else 401)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert body.keys() == {"code", "status"}
    assert body["code"] == answer.status_code
    assert body["status"]["code"] == (-1201 if endpoint.is_open else -1205)
    assert body["status"]["message"]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.kind)
def test_every_type_can_be_filtered_and_ordered_by_what_all_have(bigml, noun):
    common = PROPERTIES.keys() - ({"project"} if noun.kind == "project" else set())

    assert common <= noun.properties.keys()
    for name in noun.properties:
        assert bigml.send("GET", noun.kind, order_by=f"-{name}", limit=1)[0] == 200


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.kind)
def test_arguments_lead_to_inputs_that_exist(noun):
    spec: Spec = noun.spec
    inputs = set(spec.creating.model_fields) | {"also", "origins", "datasets"}

    for name, argument in {**noun.create, **noun.update}.items():
        assert argument.description, name
        assert argument.to.partition(".")[0] in inputs | set(spec.patching.model_fields) | {""}, name


def test_types_are_built_or_reserved():
    built = {noun.kind for noun in NOUNS}

    assert not built & set(NOT_BUILT)
    assert len(built) + len(NOT_BUILT) == 37
