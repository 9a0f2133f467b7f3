"""Problems in the words of BigML."""

import orjson
import pytest
from starlette.requests import Request

from graph.rest.arguments import MissingArgument
from graph.rest.bigml.problem import Unsupported, error, unsupported
from graph.rest.bigml.wire import BadId
from graph.rest.dialect import BadBody, Unexpected, WrongMethod
from models.errors import Conflict, InvalidInput, LimitReached, NotFound, NotPermitted, Unauthenticated, Unavailable


def told(problem, method="GET"):
    answer = error(problem, Request({"type": "http", "method": method, "path": "/", "headers": []}))
    body = orjson.loads(answer.body)
    assert body["code"] == answer.status_code
    return answer.status_code, body["status"]


@pytest.mark.parametrize(
    ("problem", "status", "told_status"),
    [
        (
            InvalidInput("must be true or false", ("all_fields",)),
            400,
            {"code": -1206, "message": "Validation error", "extra": {"all_fields": "must be true or false"}},
        ),
        (
            InvalidInput("must be a text", ("tags", 1)),
            400,
            {"code": -1206, "message": "Validation error", "extra": {"tags": "1: must be a text"}},
        ),
        (InvalidInput("no"), 400, {"code": -1206, "message": "no"}),
        (
            MissingArgument("is required", ("model",)),
            400,
            {"code": -1200, "message": "A required parameter is missing", "extra": {"model": "is required"}},
        ),
        (
            BadId("'x' is not the id of a model", ("id",)),
            400,
            {"code": -1201, "message": "'x' is not the id of a model"},
        ),
        (
            BadId("must be the id of a model", ("model",)),
            400,
            {"code": -1201, "message": "This is not a valid id", "extra": {"model": "must be the id of a model"}},
        ),
        (
            InvalidInput("there is no field 'x'", ("objective_field",)),
            400,
            {"code": -1203, "message": "Field error", "extra": {"objective_field": "there is no field 'x'"}},
        ),
        (
            InvalidInput("is no property", ("order_by",)),
            400,
            {"code": -1208, "message": "This is not a valid order", "extra": {"order_by": "is no property"}},
        ),
        (
            InvalidInput("too large", ("limit",)),
            400,
            {"code": -1204, "message": "too large", "extra": {"limit": "too large"}},
        ),
        (
            BadBody("the body is not valid JSON", ("body",)),
            400,
            {"code": -1204, "message": "the body is not valid JSON", "extra": {"body": "the body is not valid JSON"}},
        ),
        (
            Unsupported("is not supported here", ("cluster",)),
            400,
            {"code": -1207, "message": "This is not supported", "extra": {"cluster": "is not supported here"}},
        ),
        (Unauthenticated("wrong key"), 401, {"code": -1205, "message": "wrong key"}),
        (NotFound("there is no model x", ("id",)), 404, {"code": -1201, "message": "there is no model x"}),
        (
            NotFound("there is no dataset x", ("dataset",)),
            404,
            {"code": -1201, "message": "This is not a valid id", "extra": {"dataset": "there is no dataset x"}},
        ),
        (Conflict("it is closed", ("fields",)), 400, {"code": -1204, "message": "it is closed"}),
        (LimitReached("the queue is full"), 402, {"code": -1204, "message": "the queue is full"}),
        (LimitReached("too large", ("file",)), 402, {"code": -1204, "message": "too large"}),
        (Unavailable("later"), 503, {"code": -2000, "message": "later"}),
        (
            WrongMethod("PATCH", ("GET",)),
            405,
            {"code": -1204, "message": "PATCH is not possible here, only GET"},
        ),
        (
            Unexpected("f00"),
            500,
            {"code": -2000, "message": "the server failed unexpectedly; its log has the details under f00"},
        ),
    ],
)
def test_a_problem_has_a_status_a_code_a_sentence_and_details(problem, status, told_status):
    assert told(problem) == (status, told_status)


@pytest.mark.parametrize(("method", "status"), [("POST", 403), ("PUT", 401), ("DELETE", 401), ("GET", 401)])
def test_what_is_not_permitted_has_a_status_that_clients_read(method, status):
    assert told(NotPermitted("you may not"), method) == (status, {"code": -1205, "message": "you may not"})


def test_a_wrong_method_names_the_right_ones():
    request = Request({"type": "http", "method": "PATCH", "path": "/", "headers": []})

    assert error(WrongMethod("PATCH", ("GET", "POST")), request).headers["allow"] == "GET, POST"


def test_an_unsupported_argument_is_only_refused_when_it_asks_for_something():
    read = unsupported(1)

    assert [read(value, ("x",)) for value in (None, False, [], {}, "", 0, 1)] == [{}] * 7
    with pytest.raises(Unsupported):
        read([1], ("x",))
