"""A small server: runs the jobs named on its command line and says which processes it has. For tests that kill it."""

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from graph.jobs.executor import Progress, Task
from graph.jobs.local import LocalExecutor

sys.path.insert(0, str(Path(__file__).parent))

print("main module runs", flush=True)


async def serve(functions: list[str], folder: Path) -> None:
    executor = LocalExecutor(functions={f"tiny_work:{name}" for name in functions}, preload=("tiny_work",))
    await executor.start()
    waiting = []
    running = []
    for name in functions:
        directory = folder / name
        directory.mkdir()
        begun = asyncio.Event()
        task = Task(job_id=name, function=f"tiny_work:{name}", directory=directory)
        running.append(
            asyncio.create_task(
                executor.run(task, lambda message, begun=begun: begun.set() if isinstance(message, Progress) else None)
            )
        )
        waiting.append(begun.wait())
    await asyncio.gather(*waiting)
    pids = [executor._link.pid, *executor.active().values()]
    for name in functions:
        if (folder / name / "pids").exists():
            pids += map(int, (folder / name / "pids").read_text().split())
    print(json.dumps(pids), flush=True)
    await asyncio.gather(*running)
    await executor.close()


def main() -> None:
    uvloop.run(serve(sys.argv[2:], Path(sys.argv[1])))


if __name__ == "__main__":
    main()
