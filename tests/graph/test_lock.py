import os
import stat

import pytest

from graph.lock import FolderInUse, locked


def test_a_folder_is_held_once_at_a_time(tmp_path):
    folder = tmp_path / "a" / "data"

    with locked(folder):
        with pytest.raises(FolderInUse) as refused, locked(folder):
            pass
        assert str(refused.value) == f"the data folder {folder} is in use by another server (process {os.getpid()})"
    with locked(folder):
        pass

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_shared_lock_excludes_only_who_wants_the_folder_alone(tmp_path):
    with locked(tmp_path, shared=True):
        with locked(tmp_path, shared=True):
            pass
        with pytest.raises(FolderInUse), locked(tmp_path):
            pass


def test_an_error_gives_the_folder_back(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError

    with locked(tmp_path):
        pass


def test_what_somebody_else_wrote_into_the_file_is_not_shown(tmp_path):
    with locked(tmp_path):
        (tmp_path / "lock").write_text("nonsense")
        with pytest.raises(FolderInUse) as refused, locked(tmp_path):
            pass

    assert str(refused.value) == f"the data folder {tmp_path} is in use by another server"
