"""A store of values by text that forgets the least recently used: bounded by number and by weight."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedStore(Generic[Value]):
    """Values by key; at most `entries` of them, and at most `weight` in all. For use by one thread at a time."""

    def __init__(self, *, entries: int, weight: int) -> None:
        self._entries = entries
        self._weight = weight
        self._kept: OrderedDict[str, tuple[Value, int]] = OrderedDict()
        self._carried = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Value | None:
        """The value of a key, which counts as used now, or nothing."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: str, value: Value, *, weight: int) -> None:
        """Keep a value in place of the one before; a value heavier than the whole store is not kept."""
        self._remove(key)
        if weight > self._weight:
            return
        self._kept[key] = (value, weight)
        self._carried += weight
        while len(self._kept) > self._entries or self._carried > self._weight:
            self._remove(next(iter(self._kept)))

    def _remove(self, key: str) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._carried -= found[1]
