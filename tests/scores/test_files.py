"""riskkit.scores.files"""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError
from riskkit.scores import (
    BoostedScorer,
    PastApplicants,
    Scorecard,
    bivariate_probit,
    load_scorer,
    save_scorer,
    scorer_hash,
    two_stream,
)


class TestLoadScorer:
    def test_returns_what_was_saved(self, scorer, tmp_path):
        save_scorer(scorer, tmp_path)

        again = load_scorer(tmp_path)

        assert type(again) is type(scorer)
        assert again.get_params() == scorer.get_params()
        assert again.feature_names_in_.tolist() == scorer.feature_names_in_.tolist()
        assert scorer_hash(again) == scorer_hash(scorer)

    def test_returns_the_printed_scorecard(self, fitted, tmp_path):
        save_scorer(fitted["scorecard"], tmp_path)

        assert load_scorer(tmp_path).table().equals(fitted["scorecard"].table())

    def test_returns_what_can_be_encoded_and_trained_again(
        self, fitted, sample, newcomers, tmp_path
    ):
        save_scorer(fitted["boosted"], tmp_path)

        again = load_scorer(tmp_path)

        assert again.encode(newcomers).equals(fitted["boosted"].encode(newcomers))
        assert again.encoded_sources_ == fitted["boosted"].encoded_sources_
        assert (
            clone(again).fit(*sample).margin(newcomers) == fitted["boosted"].margin(newcomers)
        ).all()

    def test_names_a_missing_file(self, tmp_path):
        with pytest.raises(DataError, match=r"scorer\.json does not exist\.$"):
            load_scorer(tmp_path)

    def test_names_missing_and_altered_trees(self, fitted, tmp_path):
        save_scorer(fitted["boosted"], tmp_path)
        trees = tmp_path / "trees.txt"

        trees.write_text(trees.read_text().replace("leaf_value=", "leaf_value=0.5", 1))
        with pytest.raises(DataError, match=r"trees\.txt was altered"):
            load_scorer(tmp_path)
        trees.unlink()
        with pytest.raises(DataError, match=r"trees\.txt does not exist"):
            load_scorer(tmp_path)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", r"scorer\.json is not valid JSON"),
            ("[]", r"scorer\.json: "),
            ('{"format": 2, "content": {}}', r"scorer\.json: "),
            (b"\xff", r"scorer\.json cannot be read as text"),
        ],
    )
    def test_names_a_file_that_is_something_else(self, tmp_path, text, message):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "scorer.json").write_bytes(content)

        with pytest.raises(DataError, match=message):
            load_scorer(tmp_path)

    def test_names_an_unknown_parameter(self, fitted, tmp_path):
        save_scorer(fitted["scorecard"], tmp_path)
        path = tmp_path / "scorer.json"
        content = json.loads(path.read_text())
        content["content"]["params"]["wings"] = 2
        path.write_text(json.dumps(content))

        with pytest.raises(DataError, match=r"scorer\.json: .*'wings'"):
            load_scorer(tmp_path)

    @pytest.mark.parametrize(
        ("name", "rows"), [("scorecard", ("columns", "log_odds")), ("boosted", ("features", "woe"))]
    )
    def test_names_columns_that_do_not_fit(self, fitted, tmp_path, name, rows):
        save_scorer(fitted[name], tmp_path)
        path = tmp_path / "scorer.json"
        content = json.loads(path.read_text())
        content["content"][rows[0]][0][rows[1]].pop()
        path.write_text(json.dumps(content))

        with pytest.raises(DataError, match=r"scorer\.json: .*one value per code"):
            load_scorer(tmp_path)

    @pytest.mark.parametrize(
        ("curve", "message"),
        [
            ({"kind": "beta", "intercept": 0, "low": -1, "high": 1}, r"low: .* greater than 0"),
            ({"kind": "knotted", "margins": [0], "values": [], "slope": 1}, "one value per knot"),
            ({"kind": "knotted", "margins": [0, 1], "values": [1, 1], "slope": 1}, "must ascend"),
        ],
    )
    def test_names_a_curve_that_does_not_rise(self, fitted, tmp_path, curve, message):
        save_scorer(fitted["boosted"], tmp_path)
        path = tmp_path / "scorer.json"
        content = json.loads(path.read_text())
        content["content"]["curve"] = curve
        path.write_text(json.dumps(content))

        with pytest.raises(DataError, match=rf"scorer\.json: .*{message}"):
            load_scorer(tmp_path)

    def test_reads_what_was_written_before_there_were_curves(self, fitted, newcomers, tmp_path):
        save_scorer(fitted["boosted"], tmp_path)
        path = tmp_path / "scorer.json"
        content = json.loads(path.read_text())
        del content["content"]["curve"]
        path.write_text(json.dumps(content))

        again = load_scorer(tmp_path)

        assert (again.margin(newcomers) == fitted["boosted"].margin(newcomers)).all()


class TestSaveScorer:
    def test_writes_parameters_of_numpy_as_plain_numbers(self, sample, tmp_path):
        X, bad = sample
        scorecard = Scorecard(seed=np.int64(3), penalty=np.float64(2)).fit(X[["age"]], bad)

        save_scorer(scorecard, tmp_path)

        assert load_scorer(tmp_path).get_params()["seed"] == 3

    def test_needs_a_fitted_scorer(self, tmp_path):
        with pytest.raises(NotFittedError):
            save_scorer(Scorecard(), tmp_path)


def past_of(X, bad, seed=0):
    """Make past applicants: most are passed by their debt, some others explored."""
    rng = np.random.default_rng(seed)
    passed = X["debt"].fillna(0) + X.get("officer", 0) + 0.5 * rng.standard_normal(len(X)) < 1
    propensity = np.where(passed, 1.0, 0.4)
    approved = rng.random(len(X)) < propensity
    return PastApplicants(
        X=X, bad=np.where(approved, bad, np.nan), approved=approved, propensity=propensity
    )


@pytest.fixture(scope="module", params=["line", "ordered line", "scorer of the stopped", "probit"])
def inferred(request, draw_sample):
    """Models of all applicants."""
    X, bad = draw_sample(2500, seed=20)
    if request.param == "probit":
        officer = np.random.default_rng(1).standard_normal(len(X))
        past = past_of(X.assign(officer=officer), bad)
        return bivariate_probit(past, excluded=["officer"]).model
    past = past_of(X, bad)
    small = BoostedScorer(max_trees=10, n_folds=3)
    stopped = Scorecard(max_bins=3, n_folds=3) if "scorer" in request.param else None
    return two_stream(
        past,
        small,
        stopped_scorer=stopped,
        passing_scorer=small,
        ordered=request.param.startswith("ordered"),
    ).model


class TestModelsOfAll:
    """Two streams and the bivariate probit, as files like any other scorer."""

    def test_are_what_was_saved(self, inferred, newcomers, tmp_path):
        save_scorer(inferred, tmp_path)

        again = load_scorer(tmp_path)

        assert type(again) is type(inferred)
        assert (again.predict_proba(newcomers) == inferred.predict_proba(newcomers)).all()
        assert (again.margin(newcomers) == inferred.margin(newcomers)).all()
        assert again.get_params() == inferred.get_params()
        assert getattr(again, "ordered", None) == getattr(inferred, "ordered", None)
        assert again.feature_names_in_.tolist() == inferred.feature_names_in_.tolist()
        assert scorer_hash(again) == scorer_hash(inferred)

    def test_score_one_applicant_as_a_table(self, inferred, newcomers):
        for i in (0, 20, 40):
            one = inferred.pd_of(newcomers.iloc[i].to_dict())
            assert one == pytest.approx(inferred.predict_proba(newcomers.iloc[[i]])[0, 1])

    def test_name_what_was_altered(self, inferred, tmp_path):
        save_scorer(inferred, tmp_path)
        path = tmp_path / "scorer.json"
        content = json.loads(path.read_text())
        if "passed" in content["content"]:
            other = tmp_path / "passed" / "scorer.json"
            altered = json.loads(other.read_text())
            altered["content"]["intercept"] += 1.0
            other.write_text(json.dumps(altered))
            message = r"passed was altered: its hash"
        else:
            content["content"]["coefficients"].pop()
            path.write_text(json.dumps(content))
            message = r"coefficients must be an intercept and one per column"

        with pytest.raises(DataError, match=message):
            load_scorer(tmp_path)

    def test_of_other_kinds_are_refused(self, draw_sample, tmp_path):
        X, bad = draw_sample(400, seed=21)
        with pytest.raises(DataError, match=r"own kinds.* is a LogisticRegression"):
            save_scorer(LogisticRegression().fit(X[["age"]], bad), tmp_path)
