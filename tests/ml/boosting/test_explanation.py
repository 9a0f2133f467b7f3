import numpy as np
import pytest

from ml.boosting import BoostedPredictor
from ml.predictor import OperatingPoint, Options

from .conftest import INPUTS


@pytest.mark.parametrize("objective", ["kind", "sign", "score"])
@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
def test_contributions_and_base_add_up_to_the_raw_score(data, tmp_path, objective, policy):
    predictor = data.predictor(tmp_path, objective=objective, inputs=INPUTS, grow_policy=policy, one_hot_max_size=3)

    for row in data.rows(10):
        explanation = predictor.explain(row)
        raw = predictor.raw_scores([row])[0]
        outcome = predictor.predict([row])[0]
        if objective == "kind":
            raw = raw[predictor.classes.index(explanation.explained_class)]
        elif objective == "sign" and explanation.explained_class == "no":
            raw = -raw
        total = explanation.base + sum(part.contribution for part in explanation.contributions)
        assert total == pytest.approx(raw, abs=1e-9)
        assert explanation.explained_class == (None if objective == "score" else outcome.output)
        sizes = [abs(part.contribution) for part in explanation.contributions]
        assert sizes == sorted(sizes, reverse=True)
        assert {part.field_id for part in explanation.contributions} == {item.id for item in predictor.inputs}


@pytest.mark.parametrize("policy", ["Depthwise", "Lossguide"])
def test_category_statistics_of_several_columns_are_shared_out(data, tmp_path, policy):
    """Without one-hot splits every category goes through statistics of the target, whose splits are numbered apart."""
    predictor = data.predictor(tmp_path, objective="score", inputs=["colour", "kind", "width"], grow_policy=policy)

    contributions = {part.field_id: part.contribution for part in predictor.explain(data.rows(1)[0]).contributions}

    assert contributions[data.id("kind")] != 0
    assert abs(contributions[data.id("kind")]) > abs(contributions[data.id("colour")])


def test_values_are_shown_as_they_were_sent(classifier, data):
    row = {"width": 1.5, "comment": "Good, BAD!", "colour": None}

    shown = {part.field_id: part.value for part in BoostedPredictor(classifier).explain(row).contributions}

    assert shown[data.id("width")] == 1.5
    assert shown[data.id("comment")] == "Good, BAD!"
    assert shown[data.id("colour")] is None
    assert shown[data.id("height")] is None


def test_the_class_that_an_operating_point_chose_is_explained(binary):
    predictor = BoostedPredictor(binary)
    row = {"width": 2.0, "colour": "red"}
    usual = predictor.explain(row)

    other = predictor.explain(row, Options(operating_point=OperatingPoint("yes", 1.0)))

    assert (usual.explained_class, other.explained_class) == ("yes", "no")
    assert other.base == -usual.base
    parts = {part.field_id: part.contribution for part in usual.contributions}
    assert all(part.contribution == -parts[part.field_id] for part in other.contributions)


def test_what_drives_the_score_contributes_most(regressor, data):
    contributions = BoostedPredictor(regressor).explain({"width": 3.0, "height": 0.0}).contributions

    assert contributions[0].field_id == data.id("width")
    assert contributions[0].contribution > 0
    assert np.isfinite([part.contribution for part in contributions]).all()
