import os

import pytest

from graph.jobs.console import LineStream
from graph.jobs.executor import Level
from graph.jobs.progress import Reporter


@pytest.fixture
def sent():
    return []


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def stream(sent, pipe):
    reporter = Reporter(lambda message: sent.append((message["level"], message["line"])))
    return LineStream(reporter, level=Level.WARNING, descriptor=pipe[1])


def test_a_line_is_logged_when_it_ends(stream, sent):
    assert stream.write("on") == 2
    assert sent == []

    print("e\r\ntwo\rthree", file=stream)

    assert sent == [("warning", "one"), ("warning", "two"), ("warning", "three")]


def test_empty_lines_are_dropped(stream, sent):
    stream.write("\n\n  \n")

    assert sent == [("warning", "  ")]


def test_what_has_no_line_end_is_logged_at_the_end(stream, sent):
    stream.write("rest")

    stream.finish()
    stream.finish()

    assert sent == [("warning", "rest")]


def test_a_line_that_never_ends_does_not_fill_the_memory(stream, sent):
    for _ in range(100):
        stream.write("x" * 1_000)

    stream.finish()

    assert sent == [("warning", "x" * 2_000 + "… (2000 more characters)")]


def test_programs_may_be_given_its_descriptor(stream, pipe):
    assert stream.fileno() == pipe[1]
    assert stream.writable()
    assert not stream.isatty()


def test_a_forked_process_prints_to_the_descriptor(stream, sent, pipe, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: -1)

    stream.write("ü\ud800")

    assert os.read(pipe[0], 100) == "ü?".encode()
    assert sent == []
