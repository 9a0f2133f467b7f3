"""Documents are parsed, validated and priced once, and kept within bounds."""

import pytest
from graphql import get_introspection_query
from graphql.language import OperationType

from graph.execution import ErrorCode, Limits, RequestRefused
from graph.execution.prepared import PreparedDocuments
from tests.graph.execution.library import library_schema

CORE = library_schema()._schema


def documents(*, introspection: bool = True, **limits: int) -> PreparedDocuments:
    return PreparedDocuments(CORE, Limits(**limits), introspection=introspection)  # type: ignore[arg-type]  # integers


def refusal(store: PreparedDocuments, query: str, name: str | None = None) -> list[dict]:
    with pytest.raises(RequestRefused) as raised:
        store.get(query).operation(name)
    return [error.formatted for error in raised.value.errors]


def test_a_document_is_prepared_once() -> None:
    store = documents()

    first = store.get("{ hello }")

    assert store.get("{ hello }") is first
    assert first.operation(None).kind is OperationType.QUERY
    assert first.operation(None).cost.points(None) == pytest.approx(0.1)


def test_the_least_recently_used_document_is_forgotten() -> None:
    store = documents(documents=2)
    first = store.get("{ hello }")
    second = store.get("{ a: hello }")
    store.get("{ hello }")

    store.get("{ b: hello }")

    assert store.get("{ hello }") is first
    assert store.get("{ a: hello }") is not second


def test_the_text_of_kept_documents_is_bounded() -> None:
    store = documents(document_characters=50)

    for index in range(20):
        store.get(f"{{ a{index}: hello }}")
    store.get("{ hello }" + " " * 100)

    assert len(store) == 3


def test_syntax_errors_are_kept_with_their_place_and_code() -> None:
    store = documents()

    assert refusal(store, "{ hello") == [
        {
            "message": "Syntax Error: Expected Name, found <EOF>.",
            "locations": [{"line": 1, "column": 8}],
            "extensions": {"code": ErrorCode.PARSE_FAILED},
        }
    ]
    assert store.get("{ hello") is store.get("{ hello")


def test_validation_errors_suggest_names() -> None:
    [error] = refusal(documents(), "{ helo }")

    assert error["message"] == "Cannot query field 'helo' on type 'Query'. Did you mean 'hello'?"
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_closed_introspection_also_hides_suggestions() -> None:
    store = documents(introspection=False)

    assert refusal(store, "{ helo }")[0]["message"] == "Cannot query field 'helo' on type 'Query'."
    assert "introspection" in refusal(store, "{ __schema { types { name } } }")[0]["message"]
    assert "introspection" in refusal(store, '{ __type(name: "Book") { name } }')[0]["message"]
    assert store.get("{ __typename hello }").operation(None)


def test_introspection_of_tools_is_within_all_limits() -> None:
    full = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    assert documents().get(full).operation("IntrospectionQuery")


def test_introspection_that_goes_in_circles_is_refused() -> None:
    nested = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"

    assert refusal(documents(), nested)[0]["message"] == "Maximum introspection depth exceeded"


def test_tokens_are_limited_before_anything_else() -> None:
    [error] = refusal(documents(tokens=5), "{ a b c d e f }")

    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert "5 tokens" in error["message"]


def test_characters_are_limited() -> None:
    [error] = refusal(documents(characters=20), "{ hello }" + " " * 20)

    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}


def test_limits_come_before_validation() -> None:
    errors = refusal(documents(depth=2), "{ nowhere { nothing { never } } }")

    assert [error["extensions"]["code"] for error in errors] == ["QUERY_TOO_COMPLEX"]


def test_a_document_that_repeats_a_field_is_refused_quickly() -> None:
    [error] = refusal(documents(), '{ book(id: "book/1") {' + "author { name } " * 400 + "} }")

    assert error["extensions"]["limit"] == "repeatedFields"


def test_validation_ends_after_some_errors() -> None:
    errors = refusal(documents(), "{ " + " ".join(f"nowhere{index}" for index in range(20)) + " }")

    assert len(errors) == 11
    assert "Too many validation errors" in errors[-1]["message"]


def test_one_of_several_operations_is_chosen_by_name() -> None:
    store = documents()
    text = 'query A { hello } mutation B { addBook(input: {title: "T"}) { __typename } }'

    assert store.get(text).operation("A").kind is OperationType.QUERY
    assert store.get(text).operation("B").kind is OperationType.MUTATION
    assert refusal(store, text)[0]["message"] == (
        "The document has several operations: name the one to run in `operationName`."
    )
    assert refusal(store, text, "C")[0]["message"] == "The document has no operation named 'C'."
    assert refusal(store, text, "C")[0]["extensions"] == {"code": "BAD_USER_INPUT"}


def test_a_document_of_fragments_has_no_operation() -> None:
    # Validation lets it pass where the fragments are used, which takes an operation: so it does not pass.
    assert refusal(documents(), "fragment F on Book { id }")[0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(("text", "shared"), [("{ hello }", True), ("{ hello @skip(if: false) }", False)])
def test_plans_are_shared_only_where_no_directive_is(text: str, shared: bool) -> None:
    assert (documents().get(text).plans is not None) is shared
