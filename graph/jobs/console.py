"""What a job prints: a text stream that turns it into log lines."""

import io
import os
import re
import threading

from graph.jobs.executor import Level
from graph.jobs.progress import LINE_LIMIT, Reporter

_LINE_END = re.compile(r"\r\n|\n|\r")


class LineStream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr` in a job: each line that is printed becomes a log line.

    A lone carriage return ends a line too, for progress bars are drawn with it. Empty lines are dropped. The
    descriptor is where programs started by the job print, and processes forked from it.
    """

    encoding = "utf-8"

    def __init__(self, reporter: Reporter, *, level: Level, descriptor: int) -> None:
        super().__init__()
        self._reporter = reporter
        self._level = level
        self._descriptor = descriptor
        self._rest = ""
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Return the descriptor that other programs may be given to print to."""
        return self._descriptor

    def writable(self) -> bool:
        """Return that one can write here."""
        return True

    def write(self, text: str) -> int:
        """Take some text and log the lines that it completes."""
        if not self._reporter.is_mine:
            os.write(self._descriptor, text.encode(errors="replace"))
            return len(text)
        with self._lock:
            *lines, rest = _LINE_END.split(self._rest + text)
            # A line that never ends must not fill the memory: what is beyond the limit would be cut anyway.
            self._rest = rest[: 2 * LINE_LIMIT]
        for line in lines:
            if line:
                self._reporter.log(line, self._level)
        return len(text)

    def finish(self) -> None:
        """Log what was printed after the last line end."""
        self.write("\n")
