import numpy as np
import pytest
from sklearn import metrics

from ml.errors import DataError
from ml.evaluation import evaluate_regression


def test_measures_equal_scikit_learn():
    generator = np.random.default_rng(3)
    actual = generator.normal(size=200)
    predicted = actual + generator.normal(size=200) / 2

    result = evaluate_regression(actual, predicted)

    assert result["model"] == {
        "mean_absolute_error": pytest.approx(metrics.mean_absolute_error(actual, predicted)),
        "mean_squared_error": pytest.approx(metrics.mean_squared_error(actual, predicted)),
        "r_squared": pytest.approx(metrics.r2_score(actual, predicted)),
    }


def test_predicting_the_mean_explains_nothing():
    actual = np.array([1.0, 2.0, 6.0])

    result = evaluate_regression(actual, actual)

    assert result["model"]["r_squared"] == 1
    assert result["mean"] == {
        "mean_absolute_error": 2,
        "mean_squared_error": pytest.approx(14 / 3),
        "r_squared": pytest.approx(0, abs=1e-15),
    }


def test_chance_is_drawn_from_the_training_range_and_repeats():
    actual = np.zeros(1000)

    first = evaluate_regression(actual, actual, minimum=0, maximum=4, seed=1)
    second = evaluate_regression(actual, actual, minimum=0, maximum=4, seed=1)

    assert first["random"]["mean_absolute_error"] == pytest.approx(2, abs=0.15)
    assert first == second


def test_equal_values_leave_no_variance_to_explain():
    actual = np.full(5, 3.0)

    assert evaluate_regression(actual, actual + 1)["model"]["r_squared"] == 0


def test_no_rows_cannot_be_evaluated():
    with pytest.raises(DataError):
        evaluate_regression(np.empty(0), np.empty(0))
