"""riskkit.applicants.world.copula"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.applicants.world.copula import (
    RARE,
    Categories,
    Marginals,
    Numbers,
    fit_copula,
    rank_correlations,
)


def fitted(table, *, special=None, order_by=None, min_group=20):
    how = Marginals(min_group=min_group, special=special or {})
    order = np.zeros(len(table)) if order_by is None else order_by
    return fit_copula(table, how, order_by=order, rng=np.random.default_rng(1))


class TestNumbers:
    def test_draws_an_atom_a_gap_and_a_line(self):
        numbers = Numbers(at=(0, 0.5, 0.5, 1), values=(-9, -9, 0, 10), decimals=1)

        assert numbers.drawn(np.array([0.1, 0.49, 0.75, 1.0])).tolist() == [-9, -9, 5, 10]

    def test_ranks_an_atom_by_its_middle(self):
        numbers = Numbers(at=(0, 0.5, 0.5, 1), values=(-9, -9, 0, 10), decimals=1)

        ranks = numbers.ranks(pd.Series([-9, 5, 10, 99, np.nan]))

        np.testing.assert_allclose(ranks, [0.25, 0.75, 1, 1, np.nan])

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(st.floats(-1e6, 1e6), min_size=40, max_size=80),
        st.integers(5, 20),
    )
    @pytest.mark.slow
    def test_never_leaves_the_range_nor_turns_back(self, values, min_group):
        table = pd.DataFrame({"x": values})

        marginal = fitted(table, min_group=min_group).columns["x"].marginal

        knots = marginal.model_dump()
        at, means = knots["at"], knots["values"]
        assert np.diff(means).min() >= 0
        assert np.diff(at).min() >= 0
        assert (at[0], at[-1]) == (0, 1)
        slack = 1e-5 * max(1, np.abs(values).max())
        assert min(values) - slack <= means[0]
        assert means[-1] <= max(values) + slack

    def test_hides_a_lonely_value_beside_an_atom(self):
        table = pd.DataFrame({"x": np.repeat([0.0, 1.0, 77.0], [500, 499, 1])})

        drawn = fitted(table).columns["x"].marginal.drawn(np.linspace(0, 1, 999))

        assert set(drawn) == {0, 1}


class TestCategories:
    def test_pools_rare_levels_and_orders_the_rest(self):
        job = np.repeat(["good", "poor", "king", "pope"], [500, 500, 3, 3])
        order = np.repeat([1.0, 0.0, 0.5, 0.5], [500, 500, 3, 3])

        marginal = fitted(pd.DataFrame({"job": job}), order_by=order).columns["job"].marginal

        assert marginal.levels == ("poor", RARE, "good")
        assert sum(marginal.shares) == pytest.approx(1, abs=1e-5)

    def test_ranks_an_unnamed_level_as_rare_and_missing_as_missing(self):
        marginal = Categories(levels=("a", RARE), shares=(0.8, 0.2))

        ranks = marginal.ranks(pd.Series(["a", "king", None]))

        np.testing.assert_allclose(ranks, [0.4, 0.9, np.nan])


class TestFitCopula:
    def test_shares_a_pattern_among_columns_missing_together(self):
        rng = np.random.default_rng(3)
        values = rng.standard_normal((4_000, 3))
        values[values[:, 2] > 1, :2] = np.nan
        copula = fitted(pd.DataFrame(values, columns=["a", "b", "c"]))

        rows = copula.drawn(rng.standard_normal((20_000, 4)) @ copula.cholesky.T)

        assert copula.columns["a"].missing == copula.columns["b"].missing == 0
        assert (rows["a"].isna() == rows["b"].isna()).all()
        assert rows["a"].isna().mean() == pytest.approx(0.159, abs=0.015)
        assert rows["c"][rows["a"].isna()].mean() > 1

    def test_gives_drawn_ties_the_real_rank_correlation(self):
        rng = np.random.default_rng(4)
        latent = rng.standard_normal(8_000)
        noise = rng.standard_normal((2, 8_000))
        counts = rng.poisson(np.exp(0.8 * latent + 0.3 * noise[0] - 1))
        flags = (latent + noise[1] > 1).astype(float)
        table = pd.DataFrame({"counts": counts.astype(float), "flags": flags})
        copula = fitted(table)

        rows = copula.drawn(rng.standard_normal((50_000, 2)) @ copula.cholesky.T)

        real, drawn = (t.corr(method="spearman").iloc[0, 1] for t in (table, rows))
        assert drawn == pytest.approx(real, abs=0.02)
        assert (rows % 1 == 0).all().all()

    def test_keeps_special_codes_out_of_the_correlations(self):
        rng = np.random.default_rng(6)
        x = rng.standard_normal(6_000)
        coded = np.where(rng.random(6_000) < 0.3, np.where(x > 0, -9.0, -8.0), x)
        table = pd.DataFrame({"x": x, "coded": coded})
        copula = fitted(table, special={"coded": (-9.0, -8.0, -7.0)})

        rows = copula.drawn(rng.standard_normal((20_000, 3)) @ copula.cholesky.T)

        known = rows[rows["coded"] > -8]
        assert (rows["coded"] <= -8).mean() == pytest.approx(0.3, abs=0.02)
        assert known.corr(method="spearman").iloc[0, 1] > 0.97
        assert set(rows["coded"][rows["coded"] < -7]) == {-9, -8}

    def test_keeps_special_codes_of_categories(self):
        job = np.repeat(["a", "b", "?", None], [400, 300, 200, 100])
        copula = fitted(pd.DataFrame({"job": pd.Series(job)}), special={"job": ("?",)})

        rows = copula.drawn(np.random.default_rng(7).standard_normal((20_000, 3)))

        assert copula.columns["job"].marginal.levels == ("a", "b")
        assert (rows["job"] == "?").mean() == pytest.approx(0.2 * 0.9, abs=0.01)
        assert rows["job"].isna().mean() == pytest.approx(0.1, abs=0.01)

    def test_takes_codes_for_values_where_there_is_nothing_else(self):
        copula = fitted(pd.DataFrame({"x": np.full(100, -9.0)}), special={"x": (-9.0,)})

        assert set(copula.drawn(np.zeros((5, 1)))["x"]) == {-9}


class TestRankCorrelations:
    def test_agrees_with_pandas_pair_by_pair(self):
        rng = np.random.default_rng(5)
        values = rng.standard_normal((500, 3)) @ rng.standard_normal((3, 3))
        values[rng.random(values.shape) < 0.2] = np.nan

        found = rank_correlations(values)

        np.testing.assert_allclose(found, pd.DataFrame(values).corr().to_numpy())

    def test_gives_zero_where_a_column_never_varies(self):
        found = rank_correlations(np.column_stack([np.ones(9), np.arange(9.0)]))

        assert found.tolist() == [[1, 0], [0, 1]]
