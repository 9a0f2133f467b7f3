"""Fixtures that several tests of trees start from."""

import copy
import csv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ml.trees.tables import Dataset, dataset

IRIS = Path(__file__).parents[2] / "data" / "bigml" / "iris.csv"


@pytest.fixture(scope="session")
def iris_once(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    with IRIS.open() as lines:
        header, *rows = csv.reader(lines)
    columns = [[row[place] if place == 4 else float(row[place]) for row in rows] for place in range(5)]
    return dataset(tmp_path_factory.mktemp("iris"), dict(zip(header, columns, strict=True)))


@pytest.fixture
def iris(iris_once: Dataset) -> Dataset:
    """The 150 rows of iris; fields and summaries may be changed."""
    return replace(iris_once, fields=[*iris_once.fields], summaries=copy.deepcopy(iris_once.summaries))
