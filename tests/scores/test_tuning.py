"""riskkit.scores.tuning"""

import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from riskkit.errors import DataError
from riskkit.lending import LoanEconomics
from riskkit.scores import (
    AUC,
    LOG_LOSS,
    BoostedScorer,
    Budget,
    Candidate,
    HeldOut,
    Metric,
    Scorecard,
    boosted_candidate,
    check_budget,
    expected_profit,
    scorecard_candidate,
    tuned,
)
from riskkit.scores.studies import opened


def applicants(n=400, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    return X, rng.random(n) < 1 / (1 + np.exp(2 - 1.5 * X["a"] - X["b"]))


def logistic(start=1.0):
    return Candidate(
        scorer=LogisticRegression(),
        space=lambda trial, _: {"C": trial.suggest_float("C", 1e-6, 10, log=True)},
        starts=({"C": start},),
    )


def tree():
    return Candidate(
        scorer=DecisionTreeClassifier(max_depth=3),
        space=lambda trial, _: {"min_samples_leaf": trial.suggest_int("leaf", 1, 50)},
    )


def found(budget, candidates=None, **changes):
    X, bad = applicants()
    candidates = {"it": logistic()} if candidates is None else candidates
    return tuned(candidates, X, bad, budget=budget, **changes)


class TestTuned:
    def test_begins_with_the_starts_and_keeps_the_best(self):
        result = found(Budget(trials=8), metric=AUC)

        complete = result.trials[~result.trials["pruned"]]
        assert result.trials["number"].tolist() == list(range(8))
        assert result.trials.loc[0, "C"] == 1.0
        assert result.best.value == complete["value"].max()
        assert result.scorer.get_params()["C"] == result.best.params["C"]
        assert not hasattr(result.scorer, "coef_")
        assert not result.interrupted

    def test_measures_as_cross_validation_does(self):
        from riskkit.scores import cross_validated

        X, bad = applicants()

        result = found(Budget(trials=1), n_folds=4, seed=3)

        expected = cross_validated(LogisticRegression(), X, bad, n_folds=4, seed=3).mean_log_loss
        assert result.best.value == pytest.approx(expected)

    def test_is_the_same_for_the_same_seed(self):
        first, again = (found(Budget(trials=6), seed=5) for _ in range(2))

        assert first.trials.drop(columns="seconds").equals(again.trials.drop(columns="seconds"))

    def test_chooses_between_candidates(self):
        result = found(Budget(trials=7), {"logistic": logistic(), "tree": tree()})

        assert set(result.trials["candidate"]) == {"logistic", "tree"}
        assert result.best.candidate == "logistic"
        assert isinstance(result.scorer, LogisticRegression)
        assert set(result.importance) >= {"candidate", "C"}
        assert sum(result.importance.values()) == pytest.approx(1)

    def test_gives_up_on_trials_that_others_had_beaten_by_then(self):
        told = []

        result = found(Budget(trials=20), on_trial=told.append)

        pruned = result.trials[result.trials["pruned"]]
        assert len(pruned) >= 2
        assert pruned["value"].min() > result.best.value
        assert [record.number for record in told] == list(range(20))
        assert sum(record.pruned for record in told) == len(pruned)

    def test_knows_no_importance_of_a_single_trial(self):
        assert found(Budget(trials=1)).importance == {}

    def test_stops_when_the_time_is_up(self):
        started = time.perf_counter()

        result = found(Budget(timeout=0.5))

        assert time.perf_counter() - started < 60  # a trial under way may end, on a busy machine
        assert len(result.trials) >= 1

    def test_says_that_the_time_was_too_short(self):
        with pytest.raises(DataError, match=r"^timeout must leave time for one trial"):
            found(Budget(timeout=1e-9))

    def test_runs_several_trials_at_once_and_no_more_than_asked_for(self):
        assert len(found(Budget(trials=9, jobs=3)).trials) == 9

    def test_uses_weights_for_training_and_measuring(self):
        X, bad = applicants()
        seen = []

        def measure(held):
            seen.append(held.weight)
            return LOG_LOSS.measure(held)

        weight = np.where(bad, 3.0, 1.0)
        found(
            Budget(trials=1),
            metric=Metric(name="seen", measure=measure, maximize=False),
            sample_weight=weight,
        )

        assert len(np.concatenate(seen)) == len(X)
        assert np.sort(np.concatenate(seen)).tolist() == np.sort(weight).tolist()

    def test_measures_later_rows_on_earlier_ones_where_times_are_given(self):
        X, _ = applicants()
        rows = []

        def measure(held):
            rows.append(held.rows)
            return LOG_LOSS.measure(held)

        metric = Metric(name="seen", measure=measure, maximize=False)
        found(Budget(trials=1), metric=metric, time=np.arange(len(X)))

        assert len(rows) == 4
        assert all(before.max() < after.min() for before, after in itertools.pairwise(rows))

    def test_passes_on_what_a_scorer_refuses(self):
        X, bad = applicants()
        candidates = {"it": scorecard_candidate(Scorecard())}

        with pytest.raises(DataError, match=r"^Column 'a' must hold finite numbers"):
            tuned(candidates, X.assign(a=np.inf), bad, budget=Budget(trials=2))

    def test_passes_on_what_a_scorer_refuses_in_another_thread(self):
        with pytest.raises(DataError, match=r"^directions names 'wage'"):
            found(
                Budget(trials=4, jobs=2),
                {"it": scorecard_candidate(Scorecard(directions={"wage": "lower"}))},
            )

    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.parametrize("value", [np.nan, np.inf, None])
    def test_refuses_a_metric_without_a_finite_number(self, value, jobs):
        values = iter([0.5, value] * 50)
        metric = Metric(name="margin", measure=lambda _: next(values), maximize=True)
        message = rf"^metric must .* 'margin' gave {value} on fold [123] of 3\.$"

        with pytest.raises(DataError, match=message):
            found(Budget(trials=5, jobs=jobs), metric=metric, n_folds=3)

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_passes_on_what_a_metric_raises_and_ends_the_study(self, jobs, tmp_path):
        storage = str(tmp_path / "study.log")
        metric = Metric(name="broken", measure=lambda _: 1 / 0, maximize=True)

        with pytest.raises(ZeroDivisionError):
            found(Budget(timeout=60, jobs=jobs, storage=storage), metric=metric, n_folds=3)

        trials = optuna.load_study(study_name=None, storage=opened(storage)).trials
        assert {trial.state for trial in trials} == {TrialState.FAIL}

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_ends_where_whoever_is_told_of_trials_raises(self, jobs):
        with pytest.raises(ZeroDivisionError):
            found(Budget(timeout=60, jobs=jobs), on_trial=lambda _: 1 / 0)

    def test_needs_a_candidate(self):
        with pytest.raises(DataError, match=r"^candidates must hold at least one"):
            found(Budget(trials=1), {})


class TestInterruption:
    """Ctrl-C ends the search; what it has found is kept."""

    def interrupting(self, after, stop):
        calls, stopped = [], []

        def measure(held):
            calls.append(held)
            if len(calls) > after and not stopped:
                stopped.append(True)
                stop()
            return LOG_LOSS.measure(held)

        return Metric(name="interrupted", measure=measure, maximize=False)

    @pytest.fixture(autouse=True)
    def _hears_ctrl_c(self):
        # A shell's background jobs ignore it, and with them whatever they start.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    def ctrl_c(self):
        raise KeyboardInterrupt

    def test_keeps_the_best_so_far(self):
        result = found(Budget(trials=50), metric=self.interrupting(12, self.ctrl_c))

        assert result.interrupted
        assert len(result.trials) == 2
        assert result.best.value == result.trials["value"].min()

    def test_keeps_the_best_so_far_of_several_at_once(self):
        stopping = self.interrupting(17, lambda: os.kill(os.getpid(), signal.SIGINT))

        result = found(Budget(trials=60, jobs=2), metric=stopping)

        assert result.interrupted
        assert 1 <= len(result.trials) < 60

    def test_is_passed_on_where_nothing_was_found(self):
        with pytest.raises(KeyboardInterrupt):
            found(Budget(trials=5), metric=self.interrupting(2, self.ctrl_c))

    def test_can_be_followed_by_the_rest(self, tmp_path):
        X, bad = applicants()
        storage, stop = str(tmp_path / "study.log"), [True]

        def measure(held):
            if stop[0] and len(done) == 3:
                raise KeyboardInterrupt
            return LOG_LOSS.measure(held)

        done, metric = [], Metric(name="m", measure=measure, maximize=False)
        order = {"budget": Budget(trials=7, storage=storage), "metric": metric}
        first = tuned({"it": logistic()}, X, bad, **order, on_trial=done.append)
        stop[0], rest = False, []

        second = tuned({"it": logistic()}, X, bad, **order, on_trial=rest.append)

        assert first.interrupted
        assert len(first.trials) == 3
        assert len(second.trials) == 7
        assert len(rest) == 4
        assert second.trials.iloc[:3].equals(first.trials)


PROCESS = """
import sys
sys.path.insert(0, {folder!r})
from test_tuning import Budget, found
mine = []
found(Budget(trials=8, storage={storage!r}), on_trial=lambda record: mine.append(record.number))
print(*mine)
"""


class TestStorage:
    @pytest.mark.slow
    @pytest.mark.parametrize("place", ["study.log", "sqlite:///{}/study.db"])
    def test_is_shared_by_two_processes(self, place, tmp_path, request):
        storage = place.format(tmp_path) if "://" in place else str(tmp_path / place)
        check_budget(Budget(trials=1, storage=storage))  # makes the database before both want to
        code = PROCESS.format(folder=str(request.path.parent), storage=storage)
        processes = [
            subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]

        mine, other = ([int(n) for n in p.communicate()[0].split()] for p in processes)

        result = found(Budget(trials=8, storage=storage))
        assert all(process.returncode == 0 for process in processes)
        assert not set(mine) & set(other)
        assert 8 <= len(mine) + len(other) <= 9  # both may start a last one at the same time
        assert sorted(mine + other) == result.trials["number"].tolist()

    def test_tells_studies_apart(self, tmp_path):
        X, bad = applicants()
        budget = Budget(trials=2, storage=str(tmp_path / "study.log"))

        results = [
            tuned({"it": logistic()}, X, bad, budget=budget),
            tuned({"it": logistic()}, X, bad, budget=budget, metric=AUC),
            tuned({"it": logistic()}, X, bad, budget=budget, seed=1),
            tuned({"it": logistic()}, X.assign(a=0.0), bad, budget=budget),
            tuned({"it": tree()}, X, bad, budget=budget),
        ]

        assert len({result.study for result in results}) == 5
        assert all(len(result.trials) == 2 for result in results)

    def test_tells_money_apart(self):
        X, bad = applicants()
        one = np.ones(len(X))

        def study(margin, propensity=None):
            metric = expected_profit(
                good_if_approved=margin * one, bad_if_approved=-50 * one, good_if_stopped=0 * one,
                propensity=propensity,
            )  # fmt: skip
            return tuned({"it": logistic()}, X, bad, budget=Budget(trials=1), metric=metric).study

        studies = [study(6.0), study(7.0), study(6.0, 0.5 * one), study(6.0)]

        assert len(set(studies)) == 3
        assert studies[0] == studies[3]

    def test_tells_the_last_of_many_directions_apart(self):
        X, bad = applicants()
        wide = X.assign(**{f"x{i:03}": X["a"] for i in range(40)})

        def study(last):
            directions = dict.fromkeys(wide, "none") | {"x039": last}
            candidate = Candidate(
                scorer=Scorecard(directions=directions, max_bins=3, n_folds=3), space=lambda *_: {}
            )
            return tuned({"it": candidate}, wide, bad, budget=Budget(trials=1), n_folds=2).study

        assert study("higher") != study("none")  # scikit-learn's repr shows only the first 30

    def test_knows_scorers_with_a_class_among_their_parameters(self):
        X, bad = applicants()

        def study(dtype):
            scorer = make_pipeline(FunctionTransformer(dtype), DummyClassifier())
            candidate = Candidate(scorer=scorer, space=lambda *_: {})
            return tuned({"it": candidate}, X, bad, budget=Budget(trials=1), n_folds=2).study

        assert study(np.float64) != study(np.float32)

    def test_tells_times_within_the_folds_apart(self):
        X, bad = applicants()
        times = np.arange(len(X))
        swapped = times.copy()
        swapped[[0, 1]] = swapped[[1, 0]]

        studies = {
            tuned({"it": logistic()}, X, bad, budget=Budget(trials=1), time=time).study
            for time in (times, swapped)
        }

        assert len(studies) == 2

    @pytest.mark.parametrize(
        ("storage", "message"),
        [
            ("no/such/folder/study.log", r"^storage must be a file in a folder that exists"),
            (".", r"^storage must be a file in a folder that exists"),
            ("nonsense://user:secret@host/x", r"nonsense://user:\*\*\*@host/x cannot be used"),
            ("nonsense://host/x", r"nonsense://host/x cannot be used"),
        ],
    )
    def test_must_be_usable(self, storage, message, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        with pytest.raises(DataError, match=message):
            check_budget(Budget(trials=1, storage=storage))

    def test_must_not_be_a_file_of_another_kind(self, tmp_path):
        (tmp_path / "thesis.txt").write_text("years of work\n")

        with pytest.raises(DataError, match=r"^storage must be a journal file"):
            found(Budget(trials=1, storage=str(tmp_path / "thesis.txt")))

        assert (tmp_path / "thesis.txt").read_text() == "years of work\n"


class TestCheckBudget:
    @pytest.mark.parametrize(
        ("budget", "message"),
        [
            (Budget(), r"^budget must end"),
            (Budget(trials=0), r"^budget must have positive trials, but has 0"),
            (Budget(timeout=-1.0), r"^budget must have positive timeout, but has -1\.0"),
            (Budget(trials=1, jobs=0), r"^budget must have positive jobs, but has 0"),
        ],
    )
    def test_refuses_what_never_ends_or_never_begins(self, budget, message):
        with pytest.raises(DataError, match=message):
            check_budget(budget)


class TestExpectedProfit:
    def test_agrees_with_a_sum_by_hand(self):
        metric = expected_profit(
            good_if_approved=[0, 10, 10, 10], bad_if_approved=[0, -50, -50, -50],
            good_if_stopped=[0, -2, -2, -2],
        )  # fmt: skip
        held = HeldOut(
            rows=np.array([1, 2, 3]),
            bad=np.array([False, True, False]),
            pds=np.array([0.1, 0.15, 0.3]),  # break-even at 12 / 62
            weight=np.array([1.0, 1.0, 2.0]),
        )

        assert metric.measure(held) == pytest.approx((10 - 50 - 2 * 2) / 4)

    def test_lets_each_stand_for_those_like_it(self):
        values = LoanEconomics(margin=0.1, lgd=0.5).values([100.0, 100.0])
        metric = expected_profit(
            good_if_approved=values.good_if_approved, bad_if_approved=values.bad_if_approved,
            good_if_stopped=values.good_if_stopped, propensity=[1, 0.25],
        )  # fmt: skip
        held = HeldOut(
            rows=np.arange(2), bad=np.array([False, True]), pds=np.full(2, 0.01), weight=np.ones(2)
        )

        assert metric.measure(held) == pytest.approx((10 - 4 * 50) / 5)

    def test_is_most_at_the_true_pds(self):
        rng = np.random.default_rng(0)
        pds = rng.beta(1, 8, 20_000)
        bad, ones = rng.random(20_000) < pds, np.ones(20_000)
        metric = expected_profit(
            good_if_approved=6 * ones, bad_if_approved=-50 * ones, good_if_stopped=-ones
        )

        def profit(fractions):
            return metric.measure(
                HeldOut(rows=np.arange(20_000), bad=bad, pds=fractions, weight=ones)
            )

        assert profit(pds) > max(profit(pds / 2), profit(np.minimum(2 * pds, 1)), profit(0 * pds))

    def test_refuses_propensities_of_0(self):
        with pytest.raises(DataError, match=r"^propensity must be above 0"):
            expected_profit(
                good_if_approved=[1], bad_if_approved=[-1], good_if_stopped=[0], propensity=[0]
            )


class TestCandidates:
    @pytest.mark.parametrize(
        "candidate", [boosted_candidate(BoostedScorer()), scorecard_candidate(Scorecard())]
    )
    def test_begin_with_the_defaults(self, candidate, sample, newcomers):
        X, bad = sample
        start = optuna.trial.FixedTrial(dict(candidate.starts[0]))

        params = candidate.space(start, int(bad.sum()))

        first = candidate.scorer.set_params(**params).fit(X, bad)
        plain = type(candidate.scorer)().fit(X, bad)
        assert (first.margin(newcomers) == plain.margin(newcomers)).all()

    @pytest.mark.slow
    def test_of_both_kinds_share_a_study(self, draw_sample):
        X, bad = draw_sample(600, seed=1)
        candidates = {
            "boosted": boosted_candidate(BoostedScorer(max_trees=20)),
            "scorecard": scorecard_candidate(Scorecard()),
        }

        result = tuned(candidates, X, bad, budget=Budget(trials=4), n_folds=3)

        assert set(result.trials["candidate"]) == {"boosted", "scorecard"}
        assert {"n_leaves", "penalty"} <= set(result.trials)
        assert result.scorer.get_params().get("max_trees", 20) == 20
