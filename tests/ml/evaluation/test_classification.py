import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from ml.errors import DataError
from ml.evaluation import evaluate_classification

CLASSES = ("a", "b", "c")


def from_matrix(matrix, names):
    """Actual and predicted class names that give this confusion matrix."""
    pairs = [(names[i], names[j]) for i, row in enumerate(matrix) for j, count in enumerate(row) for _ in range(count)]
    actual, predicted = zip(*pairs, strict=True)
    return np.array(actual), np.array(predicted)


def scored(rows, classes=CLASSES, seed=0, decimals=2):
    """Random truth with scores that know something of it; few decimals make many ties."""
    generator = np.random.default_rng(seed)
    actual = generator.integers(0, len(classes), rows)
    scores = generator.random((rows, len(classes))) + np.eye(len(classes))[actual] * 0.5
    scores = np.round(scores / scores.sum(axis=1, keepdims=True), decimals)
    names = np.array(classes)
    return names[actual], names[scores.argmax(axis=1)], {name: scores[:, i] for i, name in enumerate(classes)}


def test_published_two_class_values_are_met():
    actual, predicted = from_matrix([[111, 3], [8, 12]], ("0", "1"))

    model = evaluate_classification(actual, predicted, None, ("0", "1"))["model"]

    assert model["confusion_matrix"] == [[111, 3], [8, 12]]
    rounded = {key: round(value, 5) for key, value in model.items() if isinstance(value, float)}
    assert rounded == {
        "accuracy": 0.91791,
        "average_precision": 0.86639,
        "average_recall": 0.78684,
        "average_f_measure": 0.81925,
        "average_phi": 0.64837,
        "average_balanced_accuracy": 0.78684,
    }
    first = model["per_class_statistics"][0]
    assert (first["class_name"], first["present_in_test_data"]) == ("0", True)
    assert [round(first[key], 5) for key in ("precision", "recall", "f_measure", "accuracy", "phi_coefficient")] == [
        0.93277, 0.97368, 0.95279, 0.91791, 0.64837,
    ]  # fmt: skip


def test_measures_equal_scikit_learn():
    actual, predicted, probabilities = scored(500)

    result = evaluate_classification(actual, predicted, probabilities, CLASSES)

    model = result["model"]
    assert result["class_names"] == ["a", "b", "c"]
    assert model["confusion_matrix"] == metrics.confusion_matrix(actual, predicted).tolist()
    assert model["accuracy"] == pytest.approx(metrics.accuracy_score(actual, predicted))
    precision, recall, f_measure, _ = metrics.precision_recall_fscore_support(actual, predicted)
    for place, (name, entry) in enumerate(zip(CLASSES, model["per_class_statistics"], strict=True)):
        truth, guess = actual == name, predicted == name
        assert entry["class_name"] == name
        assert entry["precision"] == pytest.approx(precision[place])
        assert entry["recall"] == pytest.approx(recall[place])
        assert entry["f_measure"] == pytest.approx(f_measure[place])
        assert entry["accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
        assert entry["phi_coefficient"] == pytest.approx(metrics.matthews_corrcoef(truth, guess))
        assert entry["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, guess))
    assert model["average_recall"] == pytest.approx(metrics.balanced_accuracy_score(actual, predicted))


@pytest.mark.parametrize("decimals", [1, 2, 12], ids=["many ties", "some ties", "no ties"])
def test_rank_measures_equal_scikit_learn_and_scipy(decimals):
    actual, predicted, probabilities = scored(400, decimals=decimals)

    model = evaluate_classification(actual, predicted, probabilities, CLASSES)["model"]

    for name, entry in zip(CLASSES, model["per_class_statistics"], strict=True):
        truth, scores = actual == name, probabilities[name]
        assert entry["area_under_roc_curve"] == pytest.approx(metrics.roc_auc_score(truth, scores))
        recall, precision = [list(reversed(values)) for values in metrics.precision_recall_curve(truth, scores)[1::-1]]
        assert entry["area_under_pr_curve"] == pytest.approx(metrics.auc(recall, precision))
        assert entry["kendalls_tau_b"] == pytest.approx(stats.kendalltau(scores, truth).statistic)
        assert entry["spearmans_rho"] == pytest.approx(stats.spearmanr(scores, truth).statistic)
        assert entry["ks_statistic"][0] == pytest.approx(stats.ks_2samp(scores[truth], scores[~truth]).statistic)
        at = {threshold: metrics.matthews_corrcoef(truth, scores > threshold) for threshold in np.unique(scores)}
        assert entry["max_phi"][0] == pytest.approx(max(at.values()))
        assert at[entry["max_phi"][1]] == pytest.approx(entry["max_phi"][0])
    areas = [entry["area_under_roc_curve"] for entry in model["per_class_statistics"]]
    assert model["average_area_under_roc_curve"] == pytest.approx(np.mean(areas))
    best = [entry["max_phi"][0] for entry in model["per_class_statistics"]]
    assert model["average_max_phi"] == pytest.approx(np.mean(best))


def test_curves_run_over_every_distinct_score():
    actual = np.array(["a", "a", "b", "a", "b"])
    scores = np.array([0.9, 0.8, 0.8, 0.4, 0.1])

    model = evaluate_classification(actual, actual, {"a": scores, "b": 1 - scores}, ("a", "b"))["model"]

    entry = model["per_class_statistics"][0]
    third = pytest.approx(1 / 3)
    assert entry["roc_curve"] == [
        [0, 0, 0.9], [0, third, 0.8], [0.5, pytest.approx(2 / 3), 0.4], [0.5, 1, 0.1], [1, 1, None],
    ]  # fmt: skip
    assert entry["pr_curve"] == [
        [0, 1, 0.9], [third, 1, 0.8], [pytest.approx(2 / 3), pytest.approx(2 / 3), 0.4], [1, 0.75, 0.1], [1, 0.6, None],
    ]  # fmt: skip
    assert entry["gain_curve"][1:3] == [[0.2, third, 0.8], [pytest.approx(0.6), pytest.approx(2 / 3), 0.4]]
    assert [point[1] for point in entry["lift_curve"]] == pytest.approx([1 / 0.6, 1 / 0.6, 2 / 3 / 0.6, 0.75 / 0.6, 1])
    assert entry["negative_cdf"][2] == [pytest.approx(0.6), 0.5, 0.4]
    assert entry["per_threshold_confusion_matrices"] == [
        [[3, 2, 0, 0], None], [[3, 1, 1, 0], 0.1], [[2, 1, 1, 1], 0.4], [[1, 0, 2, 2], 0.8], [[0, 0, 2, 3], 0.9],
    ]  # fmt: skip
    assert entry["ks_statistic"] == [0.5, 0.1]


def test_curves_of_many_scores_are_shortened_but_measures_are_not():
    actual, predicted, probabilities = scored(20_000, decimals=12)

    model = evaluate_classification(actual, predicted, probabilities, CLASSES)["model"]

    entry = model["per_class_statistics"][1]
    assert len(entry["roc_curve"]) <= 1002
    assert entry["roc_curve"][0][:2] == [0, 0]
    assert entry["roc_curve"][-1] == [1, 1, None]
    assert len(entry["per_threshold_confusion_matrices"]) == len(entry["roc_curve"])
    assert entry["area_under_roc_curve"] == pytest.approx(metrics.roc_auc_score(actual == "b", probabilities["b"]))
    shown = [point[2] for point in entry["roc_curve"]]
    assert entry["ks_statistic"][1] in shown
    assert entry["max_phi"][1] in shown


def test_baselines_are_the_most_frequent_training_class_and_chance():
    actual, predicted, _ = scored(3000)

    result = evaluate_classification(actual, predicted, None, CLASSES, training={"a": 5, "b": 9, "c": 9}, seed=7)

    assert np.count_nonzero(np.sum(result["mode"]["confusion_matrix"], axis=0)) == 1
    assert result["mode"]["accuracy"] == pytest.approx(np.mean(actual == "b"))
    assert result["random"]["accuracy"] == pytest.approx(1 / 3, abs=0.05)
    assert "roc_curve" not in result["mode"]["per_class_statistics"][0]
    again = evaluate_classification(actual, predicted, None, CLASSES, training={"a": 5, "b": 9, "c": 9}, seed=7)
    assert result == again


def test_quotients_of_nothing_are_zero():
    actual = np.array(["a", "a"])
    scores = {"a": np.array([0.5, 0.5]), "b": np.array([0.5, 0.5])}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = evaluate_classification(actual, np.array(["b", "b"]), scores, ("a", "b"))["model"]

    absent = model["per_class_statistics"][1]
    assert absent["present_in_test_data"] is False
    for key in ("precision", "recall", "f_measure", "phi_coefficient", "area_under_roc_curve", "kendalls_tau_b"):
        assert absent[key] == 0, key
    assert model["per_class_statistics"][0]["spearmans_rho"] == 0


def test_a_test_class_that_the_model_does_not_know_is_counted():
    actual, predicted = np.array(["a", "z"]), np.array(["a", "a"])

    result = evaluate_classification(
        actual, predicted, {"a": np.array([0.9, 0.8]), "b": np.array([0.1, 0.2])}, ("a", "b")
    )

    assert result["class_names"] == ["a", "b", "z"]
    assert result["model"]["confusion_matrix"] == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert result["model"]["per_class_statistics"][2]["area_under_roc_curve"] == 0.5


def test_no_rows_cannot_be_evaluated():
    with pytest.raises(DataError):
        evaluate_classification(np.array([], dtype=str), np.array([], dtype=str), None, CLASSES)
