import io
import json
import logging
import time
import warnings

import pytest

from graph.logs import JsonFormatter, LineFormatter, configure, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "GET /source?username=a;api_key=123;&limit=2 HTTP/1.1",
            "GET /source?username=a;api_key=***;&limit=2 HTTP/1.1",
        ),
        ('"WebSocket /graphql?apikey=abc" [accepted]', '"WebSocket /graphql?apikey=***" [accepted]'),
        ("remote=http%3A%2F%2Fh%2F%3Fapi_key%3D12%26x", "remote=http%3A%2F%2Fh%2F%3Fapi_key%3D***"),
        ("Authorization: Basic YWxpY2U6c2VjcmV0", "Authorization: ***"),
        ("{'authorization': 'Bearer 123', 'host': 'h'}", "{'authorization': ***, 'host': 'h'}"),
        ("[(b'authorization', b'Bearer 12'), (b'host', b'h')]", "[(b'authorization', ***), (b'host', b'h')]"),
        ("got Bearer 0123456789abcdef0123", "got Bearer ***"),
        ("Cookie: session=1; b=2", "Cookie: ***"),
        ("X-API-Key: 12", "X-API-Key: ***"),
        ('{"url": "u", "secret": "my \\"secret\\"", "n": 1}', '{"url": "u", "secret": ***, "n": 1}'),
        ("{'password': None, 'n': 1}", "{'password': ***, 'n': 1}"),
        ("connect(user='u', password='p w')", "connect(user='u', password=***)"),
        ("postgresql+asyncpg://u:p%40w@db/name", "postgresql+asyncpg://***@db/name"),
        ("MODELGRAPH_BOOTSTRAP=admin:key", "MODELGRAPH_BOOTSTRAP=***"),
        ('{"password": "cut o', '{"password": ***'),
        ("the secret of a good token is its length", "the secret of a good token is its length"),
        ("http://host:8000/a?limit=1", "http://host:8000/a?limit=1"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(text, shown):
    assert redact(text) == shown


def test_a_long_text_is_redacted_in_no_time():
    began = time.monotonic()

    for part in ("a-", "token", "token='", "'token=\"", "://", "://a:", "basic ", "secret' : "):
        redact(part * 20_000)

    assert time.monotonic() - began < 3


def record(message, *arguments, error=None):
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("graph.test", logging.WARNING, __file__, 1, message, arguments, info)
    made.created, made.msecs = 1_700_000_000.25, 250.0
    return made


def test_a_line_has_time_level_origin_and_message():
    line = LineFormatter().format(record("said %s", "api_key=12"))

    assert line == "2023-11-14T22:13:20.250Z WARNING graph.test: said api_key=***"


def test_the_trace_of_an_error_is_redacted_too():
    line = LineFormatter().format(record("failed", error=ValueError("password=12")))

    assert line.endswith("ValueError: password=***")


def test_a_record_can_be_one_json_object():
    line = JsonFormatter().format(record("said %s\nso", "api_key=12", error=ValueError("token=1 ü")))

    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "logger": "graph.test",
        "message": "said api_key=***\nso",
        "exception": "ValueError: token=*** ü",
    }


@pytest.fixture
def untouched():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


def test_records_of_all_libraries_go_to_one_stream(untouched):
    stream = io.StringIO()

    configure("info", is_json=False, stream=stream)
    logging.getLogger("uvicorn.error").info("starts")
    logging.getLogger("other").debug("too much")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("secret=1 is old", stacklevel=1)

    starts, warned = stream.getvalue().splitlines()[:2]
    assert starts.endswith("INFO uvicorn.error: starts")
    assert warned.endswith("UserWarning: secret=*** is old")


def test_an_unknown_level_is_refused(untouched):
    with pytest.raises(ValueError, match="LOUD"):
        configure("loud", is_json=False, stream=io.StringIO())
