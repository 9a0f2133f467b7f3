"""How a job ended, judged from what it reported last and from the way its process ended."""

import signal

from graph.jobs.executor import Failed, FailureCode, Finished, Hardware, Json, Outcome


def judge(hardware: Hardware, *, report: Json | None, status: int | None, console: str) -> Outcome:
    """Return the outcome of a job that nobody asked to kill.

    `report` is its last message, None when it could not give one. `status` is the status its process exited with, or
    the signal that ended it as a negative number, None when that is not known. `console` is the last that it wrote.
    """
    if report is not None:
        return _reported(report, hardware)
    if status is None or status == -signal.SIGKILL:
        reason = "The process of the job was killed from outside, by somebody or by the system when memory ran short."
        return Failed(message=reason, code=FailureCode.KILLED, is_retryable=True, log=console)
    # Compiled code such as CatBoost's cannot raise when an allocation is refused: it aborts.
    if status == -signal.SIGABRT and hardware.memory_mb is not None:
        return Failed(message=_memory(hardware), code=FailureCode.OUT_OF_MEMORY, log=console)
    if status < 0:
        reason = f"The process of the job crashed ({_name(-status)})."
        return Failed(message=reason, code=FailureCode.CRASHED, is_retryable=True, log=console)
    reason = f"The process of the job ended with status {status} before it gave a result."
    return Failed(message=reason, code=FailureCode.CRASHED, log=console)


def _reported(report: Json, hardware: Hardware) -> Outcome:
    if report["kind"] == "finished":
        return Finished(report["result"])
    code = FailureCode(report["code"])
    return Failed(
        message=_memory(hardware) if code is FailureCode.OUT_OF_MEMORY else report["message"],
        code=code,
        path=tuple(report["path"]),
        exception=report["exception"],
        log=report["log"],
    )


def _memory(hardware: Hardware) -> str:
    if hardware.memory_mb is None:
        return "The job needed more memory than there is."
    return f"The job needed more memory than the {hardware.memory_mb} MB that it may use."


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # the real-time signals between the first and the last have no names
        return f"signal {number}"
