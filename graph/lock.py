"""The lock on a data folder: held by the server that uses it, free again when that server ends in whatever way."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import OperatorError

FILE_NAME = "lock"


class FolderInUse(OperatorError):
    """Another process uses the data folder; the message says which."""


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Holds the lock of a folder, which is made when it is not there. Raises FolderInUse at once when somebody has it.

    A `shared` lock excludes only those who want the folder for themselves: servers on PostgreSQL may share a folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 20).decode(errors="replace").strip()
            process = f" (process {owner})" if owner.isdecimal() else ""
            raise FolderInUse(f"the data folder {folder} is in use by another server{process}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
