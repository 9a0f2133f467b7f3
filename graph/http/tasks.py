"""The end of asyncio tasks that belong to one connection."""

import asyncio
from collections.abc import Collection
from typing import Any


async def finish(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have cleaned up; what they raised has been dealt with, or no longer matters."""
    for task in tasks:
        task.add_done_callback(_retrieved)
        task.cancel()
    # Not gather: it would replace the cancellation that may reach us meanwhile by one of its own.
    await asyncio.wait(tasks)


def _retrieved(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
