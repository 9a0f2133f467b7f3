import numpy as np
import pytest

from ml.boosting import BoostedPredictor
from ml.boosting.links import link


@pytest.mark.parametrize(
    ("objective", "loss", "type_"),
    [
        ("sign", "Logloss", "Probability"),
        ("kind", "MultiClass", "Probability"),
        ("kind", "MultiClassOneVsAll", "Probability"),
        ("score", "RMSE", "RawFormulaVal"),
        ("score", "Quantile:alpha=0.2", "RawFormulaVal"),
    ],
)
def test_links_are_those_of_catboost(data, tmp_path, objective, loss, type_):
    model = data.train(tmp_path, objective=objective, inputs=["width", "height"], loss_function=loss)
    rows = [[width, height] for width in (-2.0, 0.0, 2.0) for height in (-1.0, float("nan"))]
    expected = model.engine().predict(rows, prediction_type=type_)

    assert link(loss)(model.engine().predict(rows)) == pytest.approx(expected, abs=1e-15)
    outcomes = BoostedPredictor(model).predict([{"width": width, "height": height} for width, height in rows])
    found = [[p for _, p in o.probabilities] if objective != "score" else o.output for o in outcomes]
    assert np.array(found) == pytest.approx(expected, abs=1e-15)


def test_counts_and_amounts_are_exponentials():
    assert link("Poisson")(np.array([0.0, 1.0])).tolist() == [1, np.e]
    assert link("Tweedie:variance_power=1.5")(np.array([0.0])).tolist() == [1]


def test_extreme_scores_overflow_nowhere():
    assert link("Logloss")(np.array([-1e4, 1e4])).tolist() == [[1, 0], [0, 1]]
    assert link("MultiClass")(np.array([[1e4, 0.0, -1e4]])).tolist() == [[1, 0, 0]]
