import os

import pytest

from graph.jobs.executor import Level
from graph.jobs.progress import LINES_PER_SECOND, Reporter


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sent():
    return []


@pytest.fixture
def reporter(clock, sent):
    return Reporter(sent.append, clock=clock)


def progress(share, at, **metrics):
    return {"kind": "progress", "share": share, "metrics": metrics, "at": at}


def log(line, level="info"):
    return {"kind": "log", "level": level, "line": line}


def test_the_first_progress_is_sent_at_once(reporter, sent):
    reporter.progress(0.25, {"loss": 1.5})

    assert sent == [progress(0.25, 100.0, loss=1.5)]


def test_progress_too_soon_is_held_and_replaced_with_its_metrics_merged(reporter, clock, sent):
    reporter.progress(0.1, {})
    reporter.progress(0.2, {"a": 1, "b": 1})
    clock.now = 100.05
    reporter.progress(0.3, {"b": 2})
    reporter.flush()
    assert sent == [progress(0.1, 100.0)]

    clock.now = 100.11
    reporter.flush()
    reporter.flush()

    assert sent == [progress(0.1, 100.0), progress(0.3, 100.05, a=1, b=2)]


def test_the_end_comes_after_what_was_held_and_nothing_after_the_end(reporter, sent):
    reporter.progress(0.1, {})
    reporter.progress(1.0, {})

    reporter.close({"kind": "finished"})
    reporter.progress(0.5, {})
    reporter.log("late")
    reporter.state({"kind": "late"})
    reporter.flush()
    reporter.close({"kind": "finished again"})

    assert sent == [progress(0.1, 100.0), progress(1.0, 100.0), {"kind": "finished"}]


@pytest.mark.parametrize(("share", "sent_share"), [(-1, 0.0), (0, 0.0), (1, 1.0), (7.5, 1.0), (float("nan"), 0.0)])
def test_a_share_stays_between_zero_and_one(reporter, sent, share, sent_share):
    reporter.progress(share, {})

    assert sent == [progress(sent_share, 100.0)]


def test_a_metric_that_is_no_number_is_null(reporter, sent):
    reporter.progress(0, {"loss": float("nan"), "gain": float("inf")})

    assert sent[0]["metrics"] == {"loss": None, "gain": None}


def test_a_metric_that_is_no_json_is_refused_where_it_is_given(reporter, sent):
    with pytest.raises(TypeError):
        reporter.progress(0, {"loss": object()})

    assert sent == []


def test_metrics_are_copied(reporter, sent):
    metrics = {"per_class": [1]}
    reporter.progress(0, {})
    reporter.progress(0.5, metrics)
    metrics["per_class"].append(2)

    reporter.close({})

    assert sent[1]["metrics"] == {"per_class": [1]}


def test_each_line_of_a_text_is_a_log_line(reporter, sent):
    reporter.log("one\ntwo", Level.ERROR)
    reporter.log("")

    assert sent == [log("one", "error"), log("two", "error"), log("")]


def test_a_long_line_is_cut(reporter, sent):
    reporter.log("x" * 2_005)

    assert sent == [log("x" * 2_000 + "… (5 more characters)")]


def test_lines_beyond_the_limit_of_a_second_are_counted(reporter, clock, sent):
    for number in range(LINES_PER_SECOND + 3):
        reporter.log(str(number))
    assert len(sent) == LINES_PER_SECOND

    clock.now += 1
    reporter.flush()
    reporter.log("next")

    assert sent[LINES_PER_SECOND:] == [log("3 more lines were left out.", "warning"), log("next")]


def test_the_count_of_lines_left_out_comes_before_the_end(reporter, sent):
    for number in range(LINES_PER_SECOND + 1):
        reporter.log(str(number))

    reporter.close({"kind": "failed"})

    assert sent[LINES_PER_SECOND:] == [log("1 more lines were left out.", "warning"), {"kind": "failed"}]


def test_a_forked_process_says_nothing(reporter, sent, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: -1)

    reporter.progress(0.5, {})
    reporter.log("line")
    reporter.state({})
    reporter.close({})

    assert sent == []
