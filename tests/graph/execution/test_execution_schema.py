"""The schema answers queries, mutations and streams with limits, costs and masking in place."""

import asyncio
import logging
from typing import Any

import pytest
import strawberry
from graphql import build_schema
from strawberry.types.execution import PreExecutionError

from graph.execution import GraphSchema, Limits, OperationRequest, RequestRefused, make_schema
from tests.graph.execution.library import LOG, Book, Reader, library_schema

READER = Reader()


def errors_of(result: Any) -> list[dict]:
    return [error.formatted for error in result.errors or ()]


async def test_a_query_is_answered_with_its_cost(schema: GraphSchema) -> None:
    result = await schema.execute('{ book(id: "book/7") { title pages } }')

    assert result.data == {"book": {"title": "Book 7", "pages": 107}}
    assert result.errors is None
    assert result.extensions == {"cost": {"requested": 1.2, "limit": 10_000.0}}


async def test_variables_count_in_the_cost(schema: GraphSchema) -> None:
    query = "query($n: Int!) { books(first: $n) { nodes { id } } }"

    result = await schema.execute(query, {"n": 3})

    assert len(result.data["books"]["nodes"]) == 3
    assert result.extensions["cost"]["requested"] == 4.3


async def test_an_operation_that_costs_too_much_is_not_run(schema: GraphSchema) -> None:
    query = "query($n: Int!) { books(first: $n) { nodes { id } } }"

    result = await schema.execute(query, {"n": 100_000})

    assert isinstance(result, PreExecutionError)
    assert errors_of(result) == [
        {
            "message": "The operation costs 110001.0 points; 10000.0 are allowed.",
            "extensions": {"code": "QUERY_TOO_COMPLEX", "cost": {"requested": 110_001.0, "limit": 10_000.0}},
        }
    ]
    assert result.extensions == {"cost": {"requested": 110_001.0, "limit": 10_000.0}}


async def test_each_caller_has_a_rate() -> None:
    schema = library_schema(
        Limits(rate_burst=2.0, rate_per_second=0.001), rate_key=lambda context: context.name if context else None
    )
    query = '{ a: hello b: hello c: hello d: hello e: hello book(id: "book/1") { id } }'

    first = await schema.execute(query, context_value=Reader("ada"))
    second = await schema.execute(query, context_value=Reader("ada"))
    other = await schema.execute(query, context_value=Reader("bob"))
    anybody = [await schema.execute(query) for _ in range(3)]

    assert first.errors is None
    [error] = errors_of(second)
    assert isinstance(second, PreExecutionError)
    assert error["extensions"]["code"] == "THROTTLED"
    assert error["extensions"]["retryAfter"] == pytest.approx(1_200, abs=1)
    assert other.errors is None
    assert [result.errors for result in anybody] == [None, None, None]


async def test_variables_that_do_not_fit_are_refused_without_data(schema: GraphSchema) -> None:
    result = await schema.execute("query($n: Int!) { books(first: $n) { totalCount } }", {"n": "many"})

    assert isinstance(result, PreExecutionError)
    assert errors_of(result)[0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "$n" in errors_of(result)[0]["message"]


@pytest.mark.parametrize("query", [None, ""])
async def test_a_request_without_a_query_is_refused(schema: GraphSchema, query: str | None) -> None:
    result = await schema.execute(query)

    assert errors_of(result) == [{"message": "The request has no query.", "extensions": {"code": "BAD_USER_INPUT"}}]


@pytest.mark.parametrize(
    ("how", "extensions"),
    [
        ("missing", {"code": "NOT_FOUND", "path": ["id"]}),
        ("forbidden", {"code": "FORBIDDEN"}),
        ("stranger", {"code": "UNAUTHENTICATED"}),
        ("public", {"code": "UNAVAILABLE", "retryAfter": 2}),
    ],
)
async def test_expected_errors_are_not_logged(
    schema: GraphSchema, how: str, extensions: dict, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        result = await schema.execute("query($how: String!) { hello fail(how: $how) }", {"how": how})

    assert result.data == {"hello": "hello world", "fail": None}
    assert errors_of(result)[0]["path"] == ["fail"]
    assert errors_of(result)[0]["extensions"] == extensions
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_bugs_are_masked(schema: GraphSchema, caplog: pytest.LogCaptureFixture) -> None:
    result = await schema.execute('{ hello fail(how: "bug") }')

    [error] = errors_of(result)
    assert "password" not in str(error)
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"] in caplog.text
    assert "password 123" in caplog.text


async def test_problems_are_members_of_the_result(schema: GraphSchema) -> None:
    result = await schema.execute(
        'mutation { addBook(input: {title: ""}) { ... on Problem { message code path } ... on Book { id } } }'
    )

    assert result.errors is None
    assert result.data == {
        "addBook": {"message": "A title must not be empty.", "code": "INVALID_INPUT", "path": ["input", "title"]}
    }


async def test_interfaces_unions_and_stored_rows_are_told_apart(schema: GraphSchema) -> None:
    result = await schema.execute(
        '{ item(id: "disc/1") { __typename id } search(text: "x") { __typename ... on Item { title }'
        " ... on Author { name } ... on Book { chapters { __typename heading } } } }"
    )

    assert result.data == {
        "item": {"__typename": "Disc", "id": "disc/1"},
        "search": [
            {
                "__typename": "Book",
                "title": "Book 1",
                "chapters": [
                    {"__typename": "Chapter", "heading": "One"},
                    {"__typename": "Chapter", "heading": "Two"},
                ],
            },
            {"__typename": "Disc", "title": "x"},
            {"__typename": "Author", "name": "x"},
        ],
    }


async def test_resolvers_get_their_context(schema: GraphSchema) -> None:
    result = await schema.execute("{ reader }", context_value=Reader("grace"))

    assert result.data == {"reader": "grace"}


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_synchronous_operations_run_without_a_loop(schema: GraphSchema) -> None:
    assert schema.execute_sync('{ hello(name: "x") }').data == {"hello": "hello x"}
    assert errors_of(schema.execute_sync("{ helo }"))[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    with pytest.raises(RuntimeError, match="asynchronous"):
        schema.execute_sync('{ book(id: "book/1") { id } }')


async def test_a_subscription_is_a_stream_of_answers(schema: GraphSchema) -> None:
    results = [result async for result in await schema.subscribe("subscription { count(to: 3) }")]

    assert [result.data for result in results] == [{"count": 1}, {"count": 2}, {"count": 3}]


async def test_other_operations_are_a_stream_of_one(schema: GraphSchema) -> None:
    results = [result async for result in await schema.stream("{ hello }")]

    assert [result.data for result in results] == [{"hello": "hello world"}]


async def test_subscribe_takes_subscriptions_only(schema: GraphSchema) -> None:
    [result] = [result async for result in await schema.subscribe("{ hello }")]

    assert isinstance(result, PreExecutionError)
    assert errors_of(result) == [
        {"message": "A query is not allowed here.", "extensions": {"code": "OPERATION_NOT_ALLOWED"}}
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { count }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refuses }", "FORBIDDEN"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
    ],
)
async def test_a_stream_that_does_not_begin_is_one_refusal(schema: GraphSchema, query: str, code: str) -> None:
    [result] = [result async for result in await schema.subscribe(query)]

    assert isinstance(result, PreExecutionError)
    assert errors_of(result)[0]["extensions"]["code"] == code


async def test_a_stream_that_breaks_says_so_masked(schema: GraphSchema, caplog: pytest.LogCaptureFixture) -> None:
    bug = [result async for result in await schema.subscribe('subscription { breaks(how: "bug") }')]
    expected = [result async for result in await schema.subscribe('subscription { breaks(how: "missing") }')]

    assert [result.data for result in bug] == [{"breaks": 1}, None]
    assert errors_of(bug[1])[0]["extensions"]["code"] == "INTERNAL"
    assert errors_of(bug[1])[0]["extensions"]["id"] in caplog.text
    assert errors_of(expected[1]) == [{"message": "It is gone.", "extensions": {"code": "NOT_FOUND", "path": ["id"]}}]


async def test_closing_a_stream_closes_its_source(schema: GraphSchema) -> None:
    LOG.clear()
    stream = await schema.subscribe("subscription { wait }")

    await anext(stream)
    await stream.aclose()

    assert LOG == ["waiting", "closed"]


async def test_events_of_objects_are_completed_like_queries(schema: GraphSchema) -> None:
    query = "subscription { newBooks { title echo chapters { heading } } }"

    results = [result.data["newBooks"] async for result in await schema.subscribe(query)]

    assert [found["title"] for found in results] == ["Book 0", "Book 1", "Book 2"]
    assert results[0] == {"title": "Book 0", "echo": "Book 0", "chapters": [{"heading": "One"}, {"heading": "Two"}]}


async def test_many_requests_for_one_document_run_at_a_time(schema: GraphSchema) -> None:
    query = "query($id: ID!) { book(id: $id) { id echo(times: 2) author { name } } }"

    results = await asyncio.gather(*(schema.execute(query, {"id": f"book/{n}"}) for n in range(50)))

    assert [result.data["book"]["id"] for result in results] == [f"book/{n}" for n in range(50)]
    assert [result.data["book"]["echo"] for result in results] == [f"Book {n}" * 2 for n in range(50)]


def test_prepare_refuses_with_errors(schema: GraphSchema) -> None:
    with pytest.raises(RequestRefused) as raised:
        schema.prepare(OperationRequest("{ helo }"))

    assert [error.extensions["code"] for error in raised.value.errors] == ["GRAPHQL_VALIDATION_FAILED"]


def test_the_text_of_the_schema_is_sorted_and_complete(schema: GraphSchema) -> None:
    text = schema.as_str()
    names = [line.split()[1] for line in text.splitlines() if line.startswith(("type ", "interface ", "enum "))]
    [book] = [part for part in text.split("\n\n") if part.startswith('"""Printed matter."""')]

    assert names == sorted(names)
    assert book.splitlines()[2:6] == ["  author: Author", "  chapters: [Chapter!]!"]
    assert set(build_schema(text).type_map) >= {"Book", "BookConnection", "AddBookResult", "JSON"}
    assert str(schema) == text


def test_the_text_does_not_depend_on_the_order_of_types() -> None:
    assert library_schema().as_str() == library_schema().as_str()


async def test_closed_introspection_refuses_to_describe_the_schema() -> None:
    schema = library_schema(introspection=False)

    assert errors_of(await schema.execute("{ __schema { queryType { name } } }"))[0]["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED"
    }
    assert (await schema.execute("{ hello __typename }")).data == {"hello": "hello world", "__typename": "Query"}


async def test_variables_of_closed_schemas_get_no_suggestions() -> None:
    query = "mutation($input: BookCreateInput!) { addBook(input: $input) { __typename } }"

    opened = await library_schema().execute(query, {"input": {"titel": "x"}})
    closed = await library_schema(introspection=False).execute(query, {"input": {"titel": "x"}})

    assert "Did you mean" in str(errors_of(opened))
    assert "Did you mean" not in str(errors_of(closed))


def test_a_schema_needs_only_a_query() -> None:
    @strawberry.type
    class Query:
        book: Book | None = None

    assert make_schema(Query, limits=Limits()).execute_sync("{ book { id } }", root_value=Query()).data == {
        "book": None
    }
