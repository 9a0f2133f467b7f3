"""Where resources are in their lives."""

import pytest

from graph.rest.bigml.status import http_code_in, status_of
from models.job import Job
from models.project import Project
from models.resource import State
from models.source import Source


def job(**values):
    return Job(id="job/1", function="f", resource_id="source/1", **values)


def source(state, message="m"):
    return Source(id="source/1", state=state, state_message=message)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.WAITING, 0),
        (State.QUEUED, 1),
        (State.STARTED, 2),
        (State.RUNNING, 3),
        (State.CANCELING, 3),
    ],
)
def test_states_before_the_end_show_their_progress(state, code):
    assert status_of(source(state), job(progress=0.123456)) == {
        "code": code,
        "message": "m",
        "elapsed": 0,
        "progress": 0.12346,
    }
    assert status_of(source(state), None)["progress"] == 0


def test_what_is_finished_says_so():
    assert status_of(source(State.FINISHED, "The source has been created"), job()) == {
        "code": 5,
        "message": "The source has been created",
        "elapsed": 0,
        "progress": 1,
    }


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELED])
def test_what_is_faulty_has_an_error_and_a_cause(state):
    assert status_of(source(state, "it broke"), job()) == {
        "code": -1,
        "error": -2020,
        "message": "it broke",
        "cause": {"message": "it broke"},
        "elapsed": 0,
        "progress": 0,
    }
    assert http_code_in(source(state), 200) == 500


def test_types_without_jobs_are_finished_at_once():
    row = Project(id="project/1")

    assert status_of(row, None) == {
        "code": 5,
        "message": "The project has been created",
        "elapsed": 0,
        "progress": 1,
    }
    assert http_code_in(row, 201) == 201
