"""How making a dataset of a large CSV compares with a pandas script that does the same, in one run on one machine."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.performance.table import line

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROWS, RUNS = 1_000_000, 3
ROOT = Path(__file__).parents[2]

# Ten numbers with one in twenty missing (half of them with four decimals), four whole numbers, four classes of 5 to 320
# names, a text that is different in every row, and a moment.
GENERATE = """
import sys
import numpy as np
import pandas as pd
rows, out = int(sys.argv[1]), sys.argv[2]
random = np.random.default_rng(0)
columns = {}
for number in range(10):
    values = random.normal(100 * number, 10 + number, rows)
    if number < 5:
        values = values.round(4)
    values[random.random(rows) < 0.05] = np.nan
    columns[f"f{number}"] = values
for number in range(4):
    columns[f"i{number}"] = random.integers(0, 10 ** (number + 2), rows)
for number in range(4):
    names = np.array([f"cat{place:03d}" for place in range(5 * 4**number)])
    columns[f"c{number}"] = names[random.integers(0, len(names), rows)]
columns["txt"] = np.char.add("row number ", np.arange(rows).astype(str))
columns["dt"] = (np.datetime64("2020-01-01T00:00:00") + random.integers(0, 10**8, rows).astype("m8[s]")).astype(str)
pd.DataFrame(columns).to_csv(out, index=False)
"""

PEAK = """
import json
from pathlib import Path
memory = next(text for text in Path("/proc/self/status").read_text().splitlines() if text.startswith("VmHWM"))
print(json.dumps({"rows": rows, "fields": len(summaries), "megabytes": int(memory.split()[1]) / 1024}))
"""

OURS = (
    """
import sys
from pathlib import Path
from ml.ingest import ingest
from ml.reading import ParserOptions, inspect
from ml.summaries import preferred, summarise
source, out = Path(sys.argv[1]), Path(sys.argv[2])
found = inspect(source, file_name=source.name, options=ParserOptions())
made = ingest(source, options=found.options, fields=found.fields, out=out)
summaries = summarise(out, made.fields)
preferred(made.fields, summaries, made.rows)
rows = made.rows
"""
    + PEAK
)

PANDAS = (
    """
import sys
import numpy as np
import pandas as pd
frame = pd.read_csv(sys.argv[1], parse_dates=["dt"])
moment = frame["dt"].dt
for part in ("year", "month", "day", "day_of_week", "hour", "minute", "second"):
    frame[f"dt.{part}"] = getattr(moment, part).astype("float64")
frame["dt.millisecond"] = (moment.microsecond // 1000).astype("float64")
frame.to_parquet(sys.argv[2], compression="zstd", row_group_size=131_072, index=False)
summaries = {}
for name, column in frame.items():
    summary = {"missing_count": int(column.isna().sum())}
    if pd.api.types.is_numeric_dtype(column):
        values = column.dropna()
        summary |= {
            "population": len(values), "minimum": values.min(), "maximum": values.max(), "mean": values.mean(),
            "median": values.median(), "sum": values.sum(), "sum_squares": (values * values).sum(),
            "variance": values.var(), "standard_deviation": values.std(), "skewness": values.skew(),
            "kurtosis": values.kurt(), "exact_histogram": np.histogram(values, 32),
        }
        if values.nunique() <= 32:
            summary["counts"] = values.value_counts().sort_index().to_dict()
        else:
            summary["bins"] = np.histogram(values, 32)
    elif name == "txt":
        words = column.str.lower().str.findall(r"[^\\W_]+").explode()
        summary["tag_cloud"] = words.value_counts().head(1000).to_dict()
    elif pd.api.types.is_string_dtype(column):
        summary["categories"] = column.value_counts().to_dict()
    summaries[name] = summary
rows = len(frame)
"""
    + PEAK
)


def run(script: str, *arguments: object) -> dict[str, float]:
    """What a script of its own process prints last, with the seconds that the process took."""
    import time

    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - started
    return {**(json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}), "seconds": seconds}


def test_a_large_csv_becomes_a_dataset_in_less_time_and_memory_than_pandas_takes(tmp_path: Path) -> None:
    source = tmp_path / "large.csv"
    run(GENERATE, ROWS, source)

    pairs = [(run(PANDAS, source, tmp_path / "theirs"), run(OURS, source, tmp_path / "ours")) for _ in range(RUNS)]

    assert {(side["rows"], side["fields"]) for pair in pairs for side in pair} == {(ROWS, 28)}
    time, memory = (
        statistics.median(ours[unit] / theirs[unit] for theirs, ours in pairs) for unit in ("seconds", "megabytes")
    )
    theirs, ours = (
        [statistics.median(pair[side][unit] for pair in pairs) for unit in ("seconds", "megabytes")] for side in (0, 1)
    )
    line("S6 time", f"CSV of 1e6 x 20 to a dataset: {ours[0]:.1f} s, pandas {theirs[0]:.1f} s", time, at_most=1.0)
    line("S6 memory", f"CSV of 1e6 x 20 to a dataset: {ours[1]:.0f} MB, pandas {theirs[1]:.0f} MB", memory, at_most=0.4)
    assert time <= 1.0
    assert memory <= 0.4
