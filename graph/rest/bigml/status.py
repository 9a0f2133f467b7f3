"""Where a resource is in its life, as BigML's clients poll it."""

from typing import Any

from graph.resolvers.job import elapsed_ms
from graph.rest.bigml.problem import FAILED, SOURCE_FAILED
from ml.decimals import plain
from models.job import Job
from models.resource import BuiltResource, Resource, State

WAITING, QUEUED, STARTED, IN_PROGRESS, FINISHED, FAULTY = 0, 1, 2, 3, 5, -1

CODES = {
    State.WAITING: WAITING,
    State.QUEUED: QUEUED,
    State.STARTED: STARTED,
    State.RUNNING: IN_PROGRESS,
    State.CANCELING: IN_PROGRESS,
    State.FINISHED: FINISHED,
    State.FAILED: FAULTY,
    State.CANCELED: FAULTY,
}
"""BigML's status codes. It has no word for canceled: what was canceled never comes, so it is faulty."""

NOUNS = {"batchprediction": "batch prediction"}


def status_of(row: Resource, job: Job | None) -> dict[str, Any]:
    """The `status` of a row that was made, or is being made, by a job; types without jobs are finished at once.

    `elapsed` is in milliseconds. A faulty resource must carry `error`, or clients take it for a good one.
    """
    if not isinstance(row, BuiltResource):
        return {"code": FINISHED, "message": f"The {row.kind} has been created", "elapsed": 0, "progress": 1}
    code = CODES[row.state]
    elapsed = 0 if job is None else elapsed_ms(job)
    if code == FAULTY:
        message = row.state_message or f"The {NOUNS.get(row.kind, row.kind)} could not be created"
        return {
            "code": FAULTY,
            "error": SOURCE_FAILED if row.kind == "source" else FAILED,
            "message": message,
            "cause": {"message": message},
            "elapsed": elapsed,
            "progress": 0,
        }
    if code == FINISHED:
        message = f"The {NOUNS.get(row.kind, row.kind)} has been created" if job is None else row.state_message
        return {"code": FINISHED, "message": message, "elapsed": elapsed, "progress": 1}
    progress = 0 if job is None else plain(min(max(job.progress, 0.0), 1.0))
    return {"code": code, "message": row.state_message, "elapsed": elapsed, "progress": progress}


def http_code_in(row: Resource, code: int) -> int:
    """The `code` inside a document: that of the answer, or 500 for a faulty resource."""
    return 500 if isinstance(row, BuiltResource) and CODES[row.state] == FAULTY else code
