import subprocess
import sys

from graph.jobs.kernel import _unchanged, children, group_exists

SMAPS = """\
7f0000000000-7f0000002000 r-xp 00001000 fe:00 42 /lib/libfast.so
Size:                  8 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
7f0000002000-7f0000003000 r--p 00003000 fe:00 42 /lib/libfast.so
Anonymous:             4 kB
7f0000003000-7f0000004000 rw-p 00004000 fe:00 42 /lib/libfast.so
Anonymous:             0 kB
7f0000005000-7f0000006000 r--s 00000000 fe:00 43 /data/shared
Anonymous:             0 kB
7f0000006000-7f0000007000 r--p 00000000 00:00 0
Anonymous:             0 kB
7f0000008000-7f0000009000 r--p 00000000 fe:00 44 /lib/with a space.so
Anonymous:             0 kB
"""


def test_only_mappings_that_equal_their_file_are_given_back():
    assert _unchanged(SMAPS) == [(0x7F0000000000, 0x2000), (0x7F0000008000, 0x1000)]


def test_a_process_goes_on_after_it_gave_back_its_code():
    program = (
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from graph.jobs.kernel import give_back_code\n"
        "def pages(): return int(Path('/proc/self/statm').read_text().split()[2])\n"
        "before = pages()\n"
        "give_back_code()\n"
        "print(before > 2 * pages(), np.linalg.det(np.eye(3)))\n"
    )
    path = [place for place in sys.path if place]

    answer = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {path!r}\n{program}"],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout

    assert answer == "True 1.0\n"


def test_children_are_listed_until_they_are_waited_for():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        assert process.pid in children()
        assert group_exists(process.pid)
        process.stdin.close()

    assert process.pid not in children()
    assert not group_exists(process.pid)
