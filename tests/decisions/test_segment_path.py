"""riskkit.decisions.segment_path"""

import numpy as np
import pytest
from scipy import special

from riskkit.decisions import (
    Goal,
    ScoredOutcomes,
    default_edges,
    score_ledger,
    segment_names,
    segment_path,
)
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics, parse_limit

MARGINS = {"app": 0.03, "shop": 0.06, "web": 0.12}


def sample(n=20_000, *, off=0.0, seed=0):
    rng = np.random.default_rng(seed)
    channel = rng.choice(list(MARGINS), n)
    log_odds = -3 + rng.normal(size=n)
    moved = np.vectorize({"app": off, "shop": 0.0, "web": -off}.get)(channel)
    bad = rng.random(n) < special.expit(log_odds + moved)
    return special.expit(log_odds), bad * 1.0, channel


def ledger_of(pds, bad, channel):
    n = len(pds)
    return score_ledger(
        ScoredOutcomes(pds=pds, bad=bad, propensity=np.ones(n), amount=np.full(n, 100.0),
                       by={"channel": channel})
    )  # fmt: skip


def path_of(ledger, objective="goods", limit="bad_rate <= 0.03", *, margins=None):
    goal = Goal(objective=objective, limits=(parse_limit(limit),) if limit else ())
    economics = {
        name: LoanEconomics(margin=0.06 if margins is None else margins[name]) for name in MARGINS
    }
    return segment_path(ledger, goal=goal, economics=economics)


class TestSegmentPath:
    @pytest.mark.parametrize("objective", ["goods", "approval", "profit"])
    @pytest.mark.parametrize("limit", ["bad_rate <= 0.03", "approval_rate <= 0.7", None])
    def test_never_falls_and_ends_with_everybody(self, objective, limit):
        if limit is None and objective != "profit":
            return
        path = path_of(ledger_of(*sample()), objective, limit, margins=MARGINS)

        assert (np.diff(path.cutoffs, axis=1) >= 0).all()
        assert (np.diff(path.grid.cutoffs) > 0).all()
        assert (path.cutoffs[:, -1] == 1).all()
        assert path.grid.cutoffs[-1] == 1
        assert np.isin(path.cutoffs, default_edges()).all()
        assert 150 <= len(path.grid.cutoffs) <= 200

    def test_approves_at_a_level_whom_the_vector_approves(self):
        pds, bad, channel = sample(5000, off=0.5)
        path = path_of(ledger_of(pds, bad, channel))
        levels = path.levels_of(pds, channel)

        for level in path.grid.cutoffs[::20]:
            cutoffs = path.at(level)
            own = np.array([cutoffs[name] for name in channel])
            assert np.array_equal(levels <= level, pds <= own)

    def test_has_levels_at_which_one_cutoff_would_approve_as_many(self):
        pds, bad, channel = sample(off=0.5)
        path = path_of(ledger_of(pds, bad, channel))
        levels = path.levels_of(pds, channel)

        for level in path.grid.cutoffs[10:-1:30]:
            assert (levels <= level).mean() == pytest.approx((pds <= level).mean(), abs=0.003)

    def test_moves_cutoffs_of_goods_by_the_offsets(self):
        path = path_of(ledger_of(*sample(60_000, off=0.5)))
        middle = special.logit(path.cutoffs[:, 120])

        apart = dict(zip(path.segments, middle - middle.mean(), strict=True))

        assert apart["app"] == pytest.approx(-0.5, abs=0.12)
        assert apart["web"] == pytest.approx(0.5, abs=0.12)

    def test_rises_with_the_margin_where_profit_decides(self):
        path = path_of(ledger_of(*sample()), "profit", "bad_rate <= 0.04", margins=MARGINS)
        place = int(np.argmin(np.abs(path.grid.levels - 0.7)))

        cutoffs = dict(zip(path.segments, path.cutoffs[:, place], strict=True))

        assert cutoffs["app"] < cutoffs["shop"] < cutoffs["web"]

    def test_gives_no_cutoff_to_those_whose_segment_is_missing(self):
        pds, bad, channel = sample(3000)
        channel = channel.astype(object)
        channel[:50] = None

        path = path_of(ledger_of(pds, bad, channel))

        assert path.segments == ("app", "shop", "web")
        assert (path.levels_of(pds[:50], channel[:50]) == 1).all()

    def test_says_that_there_is_one_limit(self):
        goal = Goal(limits=(parse_limit("bad_rate <= 0.03"), parse_limit("approval_rate >= 0.5")))

        with pytest.raises(DataError, match=r"one limit .*, but there are 2: bad_rate"):
            segment_path(ledger_of(*sample(100)), goal=goal, economics={})

    def test_says_that_a_level_is_none_of_its_own(self):
        with pytest.raises(DataError, match=r"^level must be one of the path's, but is 0\.123"):
            path_of(ledger_of(*sample(2000))).at(0.123)


class TestSegmentNames:
    def test_read_alike_from_numbers_and_text(self):
        assert segment_names([1.0, 2.0]).tolist() == segment_names(["1", "2"]).tolist()
