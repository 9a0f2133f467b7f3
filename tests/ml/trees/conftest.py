import csv
from pathlib import Path

import pytest

from tests.ml.trees.tables import Dataset, dataset

IRIS = Path(__file__).parents[2] / "data" / "bigml" / "iris.csv"


@pytest.fixture
def iris(tmp_path: Path) -> Dataset:
    with IRIS.open() as lines:
        header, *rows = csv.reader(lines)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    return dataset(
        tmp_path, {name: values if name == "species" else [*map(float, values)] for name, values in columns.items()}
    )
