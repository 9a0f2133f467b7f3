"""What an Accept header allows."""

import pytest

from graph.http.negotiation import GRAPHQL_RESPONSE, JSON, accepted


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        pytest.param("", JSON, id="none"),
        pytest.param("*/*", JSON, id="anything"),
        pytest.param("application/*", JSON, id="any application type"),
        pytest.param("application/json", JSON, id="plain"),
        pytest.param("application/json; charset=utf-8", JSON, id="with a charset"),
        pytest.param("APPLICATION/JSON", JSON, id="upper case"),
        pytest.param(GRAPHQL_RESPONSE, GRAPHQL_RESPONSE, id="the newer type"),
        pytest.param(f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE, id="both: the newer"),
        pytest.param(f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE, id="as Apollo asks"),
        pytest.param(f"{GRAPHQL_RESPONSE};q=0.5, {JSON}", JSON, id="what is liked better"),
        pytest.param(f"{GRAPHQL_RESPONSE};q=0.5, */*", JSON, id="a wildcard that is liked better"),
        pytest.param(f"{GRAPHQL_RESPONSE};q=0, */*", JSON, id="not the newer"),
        pytest.param(f"{JSON};q=0, */*", None, id="anything but JSON"),
        pytest.param("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON, id="as browsers ask"),
        pytest.param("text/plain", None, id="something else"),
        pytest.param("image/*, text/html", None, id="several other things"),
        pytest.param("application/json;q=high", None, id="a quality that is no number"),
        pytest.param("application/json;q=2", None, id="a quality out of range"),
        pytest.param(",,; q=1", None, id="nothing readable"),
    ],
)
def test_the_json_type_of_answers(header: str, kind: str | None) -> None:
    assert accepted(header).json == kind


@pytest.mark.parametrize(
    ("header", "stream", "prefers"),
    [
        pytest.param("text/event-stream", True, True, id="streams alone"),
        pytest.param("text/*", True, True, id="any text"),
        pytest.param(
            f"{GRAPHQL_RESPONSE}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed",
            True,
            False,
            id="as urql asks",
        ),
        pytest.param("text/event-stream, application/json;q=0.9", True, True, id="streams are liked better"),
        pytest.param("text/event-stream;q=0.9, application/json", True, False, id="JSON is liked better"),
        pytest.param("text/event-stream;q=0", False, False, id="no streams"),
        pytest.param("*/*", False, False, id="a wildcard does not ask for streams"),
        pytest.param("", False, False, id="nor does nothing"),
    ],
)
def test_streams_are_for_those_who_ask(header: str, stream: bool, prefers: bool) -> None:
    found = accepted(header)

    assert (found.stream, found.prefers_stream) == (stream, prefers)


@pytest.mark.parametrize(("header", "html"), [("text/html", True), ("text/html;q=0", False), ("*/*", False)])
def test_pages_are_for_those_who_ask(header: str, html: bool) -> None:
    assert accepted(header).html is html
