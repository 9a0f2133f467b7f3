import pytest

from ml.boosting import BoostingParameters, Bootstrap, ClassBalance, GrowPolicy
from ml.errors import ArgumentError
from ml.predictor import Task


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iterations", 0),
        ("iterations", 2.0),
        ("iterations", True),
        ("iterations", None),
        ("learning_rate", 0),
        ("learning_rate", 1.5),
        ("learning_rate", "0.1"),
        ("learning_rate", float("nan")),
        ("depth", 17),
        ("l2_leaf_reg", -1),
        ("early_stopping_rounds", 0),
        ("validation_share", 0.95),
        ("random_seed", -1),
        ("subsample", 0),
        ("column_share", 1.1),
        ("max_leaves", 1),
        ("border_count", 0),
        ("one_hot_max_size", 1),
        ("thread_count", 0),
        ("bootstrap", "Sometimes"),
        ("grow_policy", None),
        ("grow_policy", "Sideways"),
        ("class_balance", "Fair"),
        ("text_features", 1),
        ("loss_function", 3),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ArgumentError) as caught:
        BoostingParameters(**{name: value})

    assert caught.value.path == (name,)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("early_stopping_rounds", {"early_stopping_rounds": 5, "validation_share": 0.0}),
        ("subsample", {"subsample": 0.5, "bootstrap": "Bayesian"}),
        ("bagging_temperature", {"bagging_temperature": 1, "bootstrap": "MVS"}),
        ("bagging_temperature", {"bagging_temperature": 1, "subsample": 0.5}),
        ("max_leaves", {"max_leaves": 31}),
        ("min_data_in_leaf", {"min_data_in_leaf": 5}),
    ],
)
def test_values_that_contradict_each_other_are_refused(name, values):
    with pytest.raises(ArgumentError) as caught:
        BoostingParameters(**values)

    assert caught.value.path == (name,)


def test_messages_say_what_is_allowed():
    with pytest.raises(ArgumentError, match=r"depth must be an integer from 1 to 16"):
        BoostingParameters(depth=0)
    with pytest.raises(ArgumentError, match=r"learning_rate must be a number above 0 to 1"):
        BoostingParameters(learning_rate=2)


def test_an_unknown_name_is_refused():
    with pytest.raises(ArgumentError) as caught:
        BoostingParameters.from_dict({"depht": 3})

    assert caught.value.path == ("depht",)


def test_parameters_come_back_from_their_json_form():
    parameters = BoostingParameters(
        iterations=50, bootstrap=Bootstrap.MVS, grow_policy=GrowPolicy.LOSSGUIDE, class_balance=ClassBalance.BALANCED
    )

    assert BoostingParameters.from_dict(parameters.to_dict()) == parameters
    assert parameters.to_dict()["grow_policy"] == "Lossguide"


def test_early_stopping_holds_a_tenth_out_unless_told_otherwise():
    assert BoostingParameters().held_out == 0
    assert BoostingParameters(early_stopping_rounds=5).held_out == 0.1
    assert BoostingParameters(early_stopping_rounds=5, validation_share=0.3).held_out == 0.3


@pytest.mark.parametrize(
    ("task", "classes", "given", "loss"),
    [
        (Task.CLASSIFICATION, 2, None, "Logloss"),
        (Task.CLASSIFICATION, 3, None, "MultiClass"),
        (Task.CLASSIFICATION, 3, "MultiClassOneVsAll", "MultiClassOneVsAll"),
        (Task.REGRESSION, 0, None, "RMSE"),
        (Task.REGRESSION, 0, "Quantile:alpha=0.9", "Quantile:alpha=0.9"),
    ],
)
def test_the_loss_fits_the_task(task, classes, given, loss):
    assert str(BoostingParameters(loss_function=given).loss(task, classes)) == loss


@pytest.mark.parametrize(
    ("task", "classes", "given"),
    [
        (Task.CLASSIFICATION, 3, "Logloss"),
        (Task.CLASSIFICATION, 2, "RMSE"),
        (Task.REGRESSION, 0, "Logloss"),
        (Task.REGRESSION, 0, "RMSE:alpha=1"),
        (Task.REGRESSION, 0, "Quantile:alpha=high"),
        (Task.REGRESSION, 0, "Quantile:alpha=1e"),
        (Task.REGRESSION, 0, "Cubic"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(task, classes, given):
    with pytest.raises(ArgumentError) as caught:
        BoostingParameters(loss_function=given).loss(task, classes)

    assert caught.value.path == ("loss_function",)


def test_only_what_was_chosen_is_passed_on():
    assert BoostingParameters().engine(Task.REGRESSION) == {
        "iterations": 1000,
        "depth": 6,
        "random_seed": 0,
        "grow_policy": "SymmetricTree",
    }
    chosen = BoostingParameters(subsample=0.5, column_share=0.3, class_balance=ClassBalance.SQUARE_ROOT)
    engine = chosen.engine(Task.CLASSIFICATION)
    assert engine["bootstrap_type"] == "Bernoulli"
    assert engine["rsm"] == 0.3
    assert engine["auto_class_weights"] == "SqrtBalanced"


def test_class_balance_needs_classes():
    with pytest.raises(ArgumentError) as caught:
        BoostingParameters(class_balance=ClassBalance.BALANCED).engine(Task.REGRESSION)

    assert caught.value.path == ("class_balance",)
