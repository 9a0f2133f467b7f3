"""Costs: a point an object, a tenth a leaf, times the sizes of pages."""

from typing import Any

import pytest
from graphql import build_schema, parse

from graph.execution.cost import Cost, operation_costs
from graph.execution.limits import Limits

SCHEMA = build_schema(
    """
    interface Node { id: ID! }
    type Info { hasNextPage: Boolean! }
    type BookEdge { cursor: String! node: Book! }
    type BookConnection { edges: [BookEdge!]! nodes: [Book!]! pageInfo: Info! totalCount: Int! }
    type Book implements Node {
      id: ID!
      title: String!
      author: Author!
      chapters: [Chapter!]!
      similar(first: Int, last: Int): BookConnection!
      rows(first: Int = 50): [Chapter!]!
    }
    type Author implements Node { id: ID! name: String! books(first: Int, last: Int): BookConnection! }
    type Chapter { heading: String! }
    union Found = Book | Author
    type Query {
      hello: String!
      book: Book
      books(first: Int, last: Int): BookConnection!
      nodes(ids: [ID!]!): [Node]!
      found: Found
    }
    """
)


def cost(text: str, **limits: Any) -> Cost:
    [(_, found)] = operation_costs(SCHEMA, parse(text), Limits(**limits))
    return found


@pytest.mark.parametrize(
    ("text", "points"),
    [
        pytest.param("{ hello }", 0.1, id="leaf"),
        pytest.param("{ hello again: hello __typename }", 0.2, id="aliases count, type names do not"),
        pytest.param("{ book { id title } }", 1.2, id="object"),
        pytest.param("{ book { author { name } } }", 2.1, id="object in an object"),
        pytest.param("{ book { chapters { heading } } }", 2.1, id="a list that says no size counts once"),
        pytest.param("{ books { nodes { id title } } }", 1 + 20 * 1.2, id="a page of the default size"),
        pytest.param("{ books(first: 100) { nodes { id title } } }", 1 + 100 * 1.2, id="a page of a given size"),
        pytest.param("{ books(last: 3) { nodes { id } } }", 1 + 3 * 1.1, id="a last page"),
        pytest.param("{ books(first: null, last: 3) { nodes { id } } }", 1 + 3 * 1.1, id="null is no size"),
        pytest.param("{ books(first: 2, last: 3) { nodes { id } } }", 1 + 2 * 1.1, id="the first size counts"),
        pytest.param("{ books(first: -5) { nodes { id } } }", 1, id="a negative size is none"),
        pytest.param(
            "{ books(first: 10) { totalCount pageInfo { hasNextPage } edges { cursor node { id } } } }",
            1 + 0.1 + 1.1 + 10 * (1 + 0.1 + 1.1),
            id="only the lists of a connection are multiplied",
        ),
        pytest.param(
            "{ books(first: 10) { nodes { similar(first: 5) { nodes { id } } } } }",
            1 + 10 * (1 + 1 + 5 * 1.1),
            id="pages in pages",
        ),
        pytest.param("{ book { rows { heading } } }", 1 + 50 * 1.1, id="the default of the argument"),
        pytest.param("{ book { rows(first: 4) { heading } } }", 1 + 4 * 1.1, id="a list with a size of its own"),
        pytest.param('{ nodes(ids: ["a", "b"]) { id } }', 2 * 1.1, id="as many as there are ids"),
        pytest.param("{ found { ... on Book { title } ... on Author { name } } }", 1.2, id="all branches count"),
        pytest.param(
            "{ book { ...A ...A } } fragment A on Book { title }", 1.2, id="a fragment each time it is spread"
        ),
        pytest.param(
            "{ books(first: 10) { ...P } } fragment P on BookConnection { nodes { id } }",
            1 + 10 * 1.1,
            id="the page reaches into fragments",
        ),
        pytest.param("{ __schema { types { fields { name } } } }", 1, id="introspection is one object"),
        pytest.param("{ book { title @skip(if: true) } }", 1.1, id="what is skipped counts"),
    ],
)
def test_costs_without_variables_are_one_number(text: str, points: float) -> None:
    found = cost(text)

    assert not found.sums
    assert found.points(None) == pytest.approx(points)


@pytest.mark.parametrize(
    ("variables", "size"),
    [
        pytest.param({"n": 7}, 7, id="given"),
        pytest.param({"n": 0}, 0, id="zero"),
        pytest.param({"n": -1}, 0, id="negative"),
        pytest.param({"n": 7.0}, 7, id="a float that is whole"),
        pytest.param({"n": None}, 20, id="null"),
        pytest.param({}, 20, id="absent"),
        pytest.param(None, 20, id="no variables at all"),
        pytest.param({"n": "7"}, 20, id="a string, which execution refuses"),
        pytest.param({"n": True}, 20, id="a boolean, which execution refuses"),
    ],
)
def test_a_page_size_may_be_a_variable(variables: dict[str, Any] | None, size: int) -> None:
    found = cost("query($n: Int) { hello books(first: $n) { totalCount nodes { id } } }")

    assert found.points(variables) == pytest.approx(0.1 + 1 + 0.1 + size * 1.1)


def test_the_default_of_a_variable_counts_where_it_is_absent() -> None:
    found = cost("query($n: Int = 5) { books(first: $n) { nodes { id } } }")

    assert found.points({}) == pytest.approx(1 + 5 * 1.1)
    assert found.points({"n": 6}) == pytest.approx(1 + 6 * 1.1)
    assert found.points({"n": None}) == pytest.approx(1 + 20 * 1.1)


def test_of_two_variables_the_one_that_holds_a_size_counts() -> None:
    found = cost("query($a: Int, $b: Int) { books(first: $a, last: $b) { nodes { id } } }")

    assert found.points({"b": 3}) == pytest.approx(1 + 3 * 1.1)
    assert found.points({"a": 2, "b": 3}) == pytest.approx(1 + 2 * 1.1)


def test_sizes_multiply_through_fragments() -> None:
    found = cost(
        "query($a: Int, $b: Int) { books(first: $a) { nodes { ...S ...S } } }"
        " fragment S on Book { similar(first: $b) { nodes { id } } }"
    )

    assert found.points({"a": 3, "b": 4}) == pytest.approx(1 + 3 * (1 + 2 * (1 + 4 * 1.1)))


def test_a_list_of_ids_may_be_a_variable() -> None:
    found = cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }")

    assert found.points({"ids": ["a", "b", "c"]}) == pytest.approx(3.3)


def test_fields_may_have_prices_of_their_own() -> None:
    found = cost("{ hello book { id } }", field_costs={"Query.hello": 10.0, "Query.book": 0.0})

    assert found.points(None) == pytest.approx(10.1)


def test_nested_spreads_cost_time_in_proportion_to_their_text() -> None:
    doubled = "".join(
        f"fragment F{index} on Book {{ a: similar(first: $n) {{ nodes {{ ...F{index + 1} }} }}"
        f" b: similar(first: $n) {{ nodes {{ ...F{index + 1} }} }} }} "
        for index in range(40)
    )

    found = cost(f"query($n: Int) {{ book {{ ...F0 }} }} {doubled} fragment F40 on Book {{ id }}")

    assert len(found.sums) < 500
    assert found.points({"n": 2}) > 2.0**80


def test_each_operation_of_a_document_has_its_cost() -> None:
    document = parse("query A { hello } query B { book { id } }")

    found = operation_costs(SCHEMA, document, Limits())

    assert [(node.name.value, cost.points(None)) for node, cost in found] == [("A", 0.1), ("B", pytest.approx(1.1))]
