"""The gql client of Python: it fetches the schema, checks operations against it, and speaks both transports."""

from typing import Any

import pytest
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from graphql import print_schema

from tests.conformance.graphql.conftest import Operations

pytestmark = pytest.mark.slow


@pytest.fixture(params=["http", "socket"])
async def transport(request: pytest.FixtureRequest, graphql_url: str, authorization: str) -> Any:
    # Asynchronous, because the transport for sockets wants a loop as soon as it is made.
    if request.param == "http":
        return AIOHTTPTransport(url=graphql_url, headers={"Authorization": authorization})
    return WebsocketsTransport(
        url=graphql_url.replace("http", "ws", 1),
        init_payload={"Authorization": authorization},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )


async def test_the_schema_can_be_fetched_and_asked(transport: Any, operations: Operations) -> None:
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        assert await session.execute(gql(operations.query)) == operations.query_data
        with_variables = gql(operations.query_with_variables)
        with_variables.variable_values = operations.variables
        assert await session.execute(with_variables) == operations.variables_data
        assert await session.execute(gql(operations.mutation)) == operations.mutation_data
        assert "type Query" in print_schema(session.client.schema)


async def test_errors_carry_their_code(transport: Any, operations: Operations) -> None:
    async with Client(transport=transport) as session:
        with pytest.raises(TransportQueryError) as raised:
            await session.execute(gql(operations.failing))

    assert raised.value.errors[0]["extensions"]["code"] == operations.failing_code


async def test_subscriptions_over_a_socket(graphql_url: str, authorization: str, operations: Operations) -> None:
    transport = WebsocketsTransport(
        url=graphql_url.replace("http", "ws", 1), init_payload={"Authorization": authorization}
    )

    async with Client(transport=transport) as session:
        results = [result async for result in session.subscribe(gql(operations.subscription))]

    assert results == operations.subscription_data
