"""Global ids: a kind, a slash, and 24 lower-case hexadecimal digits that sort by time of creation."""

import re
import secrets
import threading
import time

PATTERN = re.compile(r"[a-z_]+/[0-9a-f]{24}")

_TICKS_PER_SECOND = 1 << 20
_lock = threading.Lock()
_last_tick = 0


def new_id(kind: str) -> str:
    """A fresh id of `kind`. Ids made by one process are strictly increasing; 44 random bits keep processes apart.

    Digits: 8 of seconds since 1970, 5 of a fraction of the second (2^-20 s), 11 random.
    """
    global _last_tick
    with _lock:
        _last_tick = max(_last_tick + 1, int(time.time() * _TICKS_PER_SECOND))
        tick = _last_tick
    return f"{kind}/{tick >> 20:08x}{tick & 0xFFFFF:05x}{secrets.randbits(44):011x}"


def is_id(text: str, kind: str | None = None) -> bool:
    """Whether `text` has the form of an id, of `kind` when given."""
    return PATTERN.fullmatch(text) is not None and (kind is None or text.startswith(f"{kind}/"))


def digits(id: str) -> str:
    """The 24 digits of an id, without its kind."""
    return id.partition("/")[2]
