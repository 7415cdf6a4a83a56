"""riskkit.bundle.comparing"""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, as_applications, read_table
from riskkit.bundle import compare_policies, read_truth
from riskkit.decisions import Exploration, ReviewTerms
from riskkit.errors import DataError


@pytest.fixture(scope="session")
def table(table_path):
    return read_table(table_path)


@pytest.fixture(scope="session")
def truth(table_path):
    return read_truth(table_path.with_name("truth.parquet"))


@pytest.fixture(scope="session")
def pair(tuned):
    """Return a stricter policy and a more lenient one."""

    def at(cutoff, **changes):
        policy = tuned.bundle.policy.model_copy(update={"pd_cutoff": cutoff, **changes})
        return replace(tuned.bundle, policy=policy)

    return at(0.02), at(0.05)


def all_of(found, name):
    frame = found.swap.frame
    return frame[(frame["by"] == "all") & (frame["set"] == name)].iloc[0]


class TestComparePolicies:
    def test_counts_the_truth_of_everybody(self, pair, table, truth):
        found = compare_policies(*pair, table, truth=truth)

        swap_in = all_of(found, "swap_in")
        features = as_applications(table, pair[0].schema).features
        pds = pair[0].scorer.predict_proba(features)[:, 1]
        verdicts = table.filter(like="verdict_").drop(columns="verdict_score")
        served = ~(verdicts == "failed").any(axis=1) & (pds > 0.02) & (pds <= 0.05)
        assert swap_in["applicants"] == served.sum()
        assert swap_in["bads"] == pytest.approx(truth.loc[served, "truth_bad"].sum())
        assert swap_in["basis"] == "true"
        assert found.n_open == 0

    def test_estimates_what_the_truth_turns_out_to_be(self, pair, table, truth):
        seen = compare_policies(*pair, table)
        true = compare_policies(*pair, table, truth=truth)

        assert all_of(seen, "swap_in")["basis"] == "corrected"
        for name in ("goods", "bads", "gain"):
            estimate, fact = getattr(seen.swap, name), getattr(true.swap, name).point
            assert estimate.lower <= fact <= estimate.upper

    def test_leaves_out_windows_that_are_open(self, pair, table):
        days = pd.to_datetime(table["applied_at"])
        open_ = (days > pd.Timestamp("2024-06-30", tz=days.dt.tz)).to_numpy()
        early = pair[0].schema.model_copy(update={"observed_at": date(2025, 6, 30)})
        bundles = [replace(bundle, schema=early) for bundle in pair]

        found = compare_policies(*bundles, table.assign(bad=table["bad"].where(~open_)))

        assert found.n_open == open_.sum()
        assert found.swap.n == (~open_).sum()

    def test_needs_some_outcomes(self, pair, table):
        early = pair[0].schema.model_copy(update={"observed_at": date(2020, 6, 30)})
        bundles = [replace(bundle, schema=early) for bundle in pair]

        with pytest.raises(DataError, match="its known values are none"):
            compare_policies(*bundles, table.assign(bad=np.nan))

    def test_compares_rules_not_draws(self, pair, table, truth):
        drawn = pair[0].policy.model_copy(update={"exploration": Exploration(share=0.5, up_to=0.9)})

        found = compare_policies(pair[0], replace(pair[0], policy=drawn), table, truth=truth)

        assert set(found.swap.frame["set"]) == {"keep_in", "keep_out"}

    def test_keeps_reviews_to_the_capacity(self, pair, table, truth):
        terms = {"review_up_to": 0.04, "review": ReviewTerms(capacity_per_day=1)}
        banded = replace(pair[0], policy=pair[0].policy.model_copy(update=terms))

        found = compare_policies(pair[0], banded, table, truth=truth)

        n_days = pd.to_datetime(table["applied_at"], utc=True).dt.floor("D").nunique()
        assert 0 < found.swap.n_reviews[1] <= n_days

    def test_adds_up_over_segments(self, pair, table, truth):
        found = compare_policies(*pair, table, truth=truth, by=["channel"])

        frame = found.swap.frame
        by_channel = frame[(frame["by"] == "channel") & (frame["set"] == "swap_in")]
        assert by_channel["applicants"].sum() == all_of(found, "swap_in")["applicants"]
        assert by_channel["gain"].sum() == pytest.approx(all_of(found, "swap_in")["gain"])

    def test_names_a_segment_that_is_not_there(self, pair, table):
        with pytest.raises(DataError, match=r"--by must name columns of the table.*'shop'"):
            compare_policies(*pair, table, by=["shop"])

    @pytest.mark.parametrize("place", [0, 1])
    def test_refuses_weights_that_differ(self, pair, table, truth, place):
        weighted = pair[place].schema.columns | {"weight": Column(role="weight")}
        schema = pair[place].schema.model_copy(update={"columns": weighted})
        bundles = [
            replace(bundle, schema=schema) if at == place else bundle
            for at, bundle in enumerate(pair)
        ]
        varied = table.assign(weight=np.arange(len(table)) % 2 + 1.0)

        for options in ({}, {"truth": truth}):
            with pytest.raises(DataError, match=r"^compare counts applications, but their weights"):
                compare_policies(*bundles, varied, **options)
            compare_policies(*bundles, table.assign(weight=2.0), **options)

    def test_refuses_the_truth_of_others(self, pair, table, truth):
        with pytest.raises(DataError, match=r"are not in it; the first is 'A00000001'"):
            compare_policies(*pair, table, truth=truth.iloc[5:])

    def test_knows_a_file_of_truths(self, table_path):
        with pytest.raises(DataError, match="has no column 'truth_bad'"):
            read_truth(table_path)
