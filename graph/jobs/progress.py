"""What a running job tells its server: progress, log lines and its end, no more often than anybody can read."""

import os
import threading
import time
from collections.abc import Callable

import orjson

from graph.jobs.executor import Json, Level

PROGRESS_INTERVAL = 0.1
"""Seconds between two progress messages of one job."""
LINE_LIMIT = 2_000
"""Characters of a log line that are kept."""
LINES_PER_SECOND = 100
"""Log lines of one job that are kept in a second; the number of the others is said instead."""


def shorten(text: str, limit: int) -> str:
    """Return the text, cut to the limit with a note of how many characters are missing when it is longer."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters)"


class Reporter:
    """Sends the messages of one job, from whichever thread they come.

    Progress that follows too soon is held, and what comes after takes its place, metrics merged, until its time has
    come: so the latest always arrives, at the latest with the end. Log lines are sent at once and may overtake
    progress that is held. `flush` has to be called regularly, at about `PROGRESS_INTERVAL`.
    """

    def __init__(self, send: Callable[[Json], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._is_closed = False
        self._held: Json | None = None
        self._last_progress = float("-inf")
        self._second = float("-inf")
        self._lines = 0
        self._left_out = 0

    @property
    def is_mine(self) -> bool:
        """Whether this process may use the reporter: one forked from it must not, the socket is not its own."""
        return os.getpid() == self._owner

    def state(self, message: Json) -> None:
        """Send a message now."""
        if not self.is_mine:
            return
        with self._lock:
            if not self._is_closed:
                self._send(message)

    def progress(self, share: float, metrics: Json) -> None:
        """Say how far the job is, from 0 to 1; a share outside is moved to the nearer end.

        Raises TypeError for a metric that is no JSON value.
        """
        if not self.is_mine:
            return
        with self._lock:
            now = self._clock()
            # Checked here, where the caller sees what is wrong with it, and a copy: it may be sent later.
            metrics = orjson.loads(orjson.dumps(metrics, option=orjson.OPT_SERIALIZE_NUMPY))
            earlier = self._held["metrics"] if self._held else {}
            self._held = {
                "kind": "progress",
                "share": min(1.0, max(0.0, float(share))),
                "metrics": {**earlier, **metrics},
                "at": now,
            }
            self._flush_progress(now)

    def log(self, line: str, level: Level = Level.INFO) -> None:
        """Say one or several lines; what is too long or too much in a second is left out, and that is said."""
        if not self.is_mine:
            return
        with self._lock:
            for part in line.splitlines() or [""]:
                now = self._clock()
                if now - self._second >= 1:
                    self._flush_left_out()
                    self._second, self._lines = now, 0
                if self._lines >= LINES_PER_SECOND:
                    self._left_out += 1
                    continue
                self._lines += 1
                self._say(shorten(part, LINE_LIMIT), level)

    def flush(self) -> None:
        """Send what was held back long enough."""
        with self._lock:
            now = self._clock()
            self._flush_progress(now)
            if now - self._second >= 1:
                self._flush_left_out()

    def close(self, message: Json) -> None:
        """Send all that was held back and then the last message; nothing is sent after it."""
        if not self.is_mine:
            return
        with self._lock:
            self._flush_progress(float("inf"))
            self._flush_left_out()
            if not self._is_closed:
                self._send(message)
            self._is_closed = True

    def _flush_progress(self, now: float) -> None:
        if self._held is None or self._is_closed or now - self._last_progress < PROGRESS_INTERVAL:
            return
        self._last_progress = now
        message, self._held = self._held, None
        self._send(message)

    def _flush_left_out(self) -> None:
        if self._left_out:
            self._say(f"{self._left_out} more lines were left out.", Level.WARNING)
            self._left_out = 0

    def _say(self, line: str, level: Level) -> None:
        if not self._is_closed:
            self._send({"kind": "log", "level": level.value, "line": line})
