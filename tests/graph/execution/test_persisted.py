"""Automatic persisted queries: a hash stands for a text that was sent before."""

from hashlib import sha256

import pytest

from graph.execution import RequestRefused
from graph.execution.persisted import PersistedQueries

TEXT = "{ hello }"
HASH = sha256(TEXT.encode()).hexdigest()


def asked(digest: object, version: object = 1) -> dict:
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


def code(store: PersistedQueries, query: str | None, extensions: dict) -> tuple[str, str]:
    with pytest.raises(RequestRefused) as raised:
        store.text(query, extensions)
    [error] = raised.value.errors
    return error.message, error.extensions["code"]


@pytest.fixture
def store() -> PersistedQueries:
    return PersistedQueries(entries=2, characters=100)


def test_requests_without_a_hash_are_left_alone(store: PersistedQueries) -> None:
    assert store.text(TEXT, None) == TEXT
    assert store.text(TEXT, {"tracing": True}) == TEXT
    assert store.text(None, {}) is None


def test_an_unknown_hash_is_answered_as_clients_expect(store: PersistedQueries) -> None:
    assert code(store, None, asked(HASH)) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


def test_a_text_sent_with_its_hash_is_found_by_it(store: PersistedQueries) -> None:
    assert store.text(TEXT, asked(HASH)) == TEXT

    assert store.text(None, asked(HASH)) == TEXT
    assert store.text("", asked(HASH.upper())) == TEXT


def test_a_wrong_hash_is_refused_and_not_kept(store: PersistedQueries) -> None:
    wrong = "0" * 64

    assert code(store, TEXT, asked(wrong))[1] == "PERSISTED_QUERY_MISMATCH"
    assert code(store, None, asked(wrong))[1] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "extensions",
    [asked(HASH, version=2), asked(5), asked(None), {"persistedQuery": "x"}, {"persistedQuery": {"version": 1}}],
)
def test_a_malformed_request_is_the_clients_mistake(store: PersistedQueries, extensions: dict) -> None:
    assert code(store, None, extensions)[1] == "BAD_USER_INPUT"


def test_texts_are_forgotten_within_bounds(store: PersistedQueries) -> None:
    for text in ("{ a }", "{ b }", "{ c }"):
        store.text(text, asked(sha256(text.encode()).hexdigest()))

    assert code(store, None, asked(sha256(b"{ a }").hexdigest()))[1] == "PERSISTED_QUERY_NOT_FOUND"
    assert store.text(None, asked(sha256(b"{ c }").hexdigest())) == "{ c }"
