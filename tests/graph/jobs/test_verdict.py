import pytest

from graph.jobs.executor import Failed, FailureCode, Finished, Hardware
from graph.jobs.verdict import judge

FREE = Hardware()
BOUND = Hardware(cores=1, memory_mb=512)
REPORT = {
    "kind": "failed",
    "code": "invalid_data",
    "message": "No rows.",
    "path": ["input"],
    "exception": "ml.errors.DataError",
    "log": "Traceback",
}


def test_a_result_counts_however_the_process_ended():
    report = {"kind": "finished", "result": {"a": 1}}

    assert judge(FREE, report=report, status=-11, console="") == Finished({"a": 1})


def test_a_reported_failure_is_kept():
    assert judge(FREE, report=REPORT, status=0, console="noise") == Failed(
        message="No rows.",
        code=FailureCode.INVALID_DATA,
        path=("input",),
        exception="ml.errors.DataError",
        log="Traceback",
    )


@pytest.mark.parametrize(
    ("hardware", "message"),
    [
        (FREE, "The job needed more memory than there is."),
        (BOUND, "The job needed more memory than the 512 MB that it may use."),
    ],
)
def test_a_reported_lack_of_memory_names_the_limit(hardware, message):
    report = {**REPORT, "code": "out_of_memory", "path": []}

    outcome = judge(hardware, report=report, status=0, console="")

    assert (outcome.message, outcome.code, outcome.is_retryable) == (message, FailureCode.OUT_OF_MEMORY, False)


@pytest.mark.parametrize(
    ("hardware", "status", "code", "is_retryable", "end"),
    [
        (FREE, None, FailureCode.KILLED, True, "when memory ran short."),
        (FREE, -9, FailureCode.KILLED, True, "when memory ran short."),
        (BOUND, -9, FailureCode.KILLED, True, "when memory ran short."),
        (FREE, -6, FailureCode.CRASHED, True, "crashed (SIGABRT)."),
        (BOUND, -6, FailureCode.OUT_OF_MEMORY, False, "the 512 MB that it may use."),
        (BOUND, -11, FailureCode.CRASHED, True, "crashed (SIGSEGV)."),
        (FREE, -50, FailureCode.CRASHED, True, "crashed (signal 50)."),
        (FREE, 0, FailureCode.CRASHED, False, "ended with status 0 before it gave a result."),
        (FREE, 7, FailureCode.CRASHED, False, "ended with status 7 before it gave a result."),
    ],
)
def test_without_a_report_the_status_decides(hardware, status, code, is_retryable, end):
    outcome = judge(hardware, report=None, status=status, console="last words")

    assert (outcome.code, outcome.is_retryable, outcome.log) == (code, is_retryable, "last words")
    assert outcome.message.endswith(end)
    assert (outcome.path, outcome.exception) == ((), "")
