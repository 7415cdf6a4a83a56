"""riskkit.applicants.world.fidelity"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Schema, as_history, read_history
from riskkit.applicants.world import BorrowedSpec, borrow_world, draw_borrowed, fidelity
from riskkit.errors import DataError

SAMPLE = Path(__file__).parents[3] / "data" / "synthetic" / "sample"
SCHEMA = Schema(
    columns={
        "x": Column(role="feature", kind="number"),
        "y": Column(role="feature", kind="number"),
        "job": Column(role="feature", kind="category"),
        "bad": Column(role="bad"),
    }
)


def history(n=2_000, *, seed, shift=0.0, link=0.7):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    y = link * x + np.sqrt(1 - link**2) * rng.standard_normal(n)
    y[rng.random(n) < 0.2] = np.nan
    bad = (rng.random(n) < 1 / (1 + np.exp(1 - 2 * x))).astype(float)
    job = np.where(rng.random(n) < 0.3, "a", "b")
    return as_history(pd.DataFrame({"x": x + shift, "y": y, "job": job, "bad": bad}), SCHEMA)


class TestFidelity:
    def test_finds_two_samples_of_one_population_alike(self):
        report = fidelity(history(seed=1), history(seed=2), seed=0)

        assert report.marginals > 0.95
        assert report.correlations > 0.97
        assert report.auc_ratio == pytest.approx(1, abs=0.05)
        assert report.discriminator_auc == pytest.approx(0.5, abs=0.04)
        assert report.exact_copies == report.exact_copies_in_real == 0
        assert report.near_copies == pytest.approx(0.05, abs=0.025)

    def test_sees_copies(self):
        real = history(seed=1)

        report = fidelity(real, real, seed=0)

        assert report.exact_copies == pytest.approx(0.5, abs=0.01)  # one half is looked at
        assert report.near_copies > 0.5

    def test_sees_another_marginal_and_another_correlation(self):
        report = fidelity(history(seed=1), history(seed=2, shift=1.0, link=-0.7), seed=0)

        assert report.columns[0].name == "x"
        assert report.columns[0].similarity == pytest.approx(
            0.617, abs=0.04
        )  # 1 - (2 Phi(1/2) - 1)
        assert report.worst_pair == ("x", "y")
        assert report.worst_correlation == pytest.approx(1 - 1.37 / 2, abs=0.04)
        assert report.discriminator_auc > 0.8

    def test_counts_missing_values_by_hand(self):
        real, drawn = history(seed=1), history(seed=2)

        report = fidelity(real, drawn, seed=0)

        column = report.columns[1]
        assert column.missing == pytest.approx(drawn.applications.features["y"].isna().mean())
        assert column.missing_in_real == pytest.approx(
            real.applications.features["y"].isna().mean()
        )

    def test_compares_categories_by_total_variation(self):
        real, drawn = history(seed=1), history(seed=2)

        report = fidelity(real, drawn, seed=0)

        shares = [(h.applications.features["job"] == "a").mean() for h in (real, drawn)]
        assert report.columns[2].similarity == pytest.approx(1 - abs(shares[0] - shares[1]))

    @pytest.mark.slow
    def test_finds_a_borrowed_world_near_and_no_copy(self):
        schema = Schema.read(SAMPLE / "schema.yaml")
        real = read_history(SAMPLE / "applications.parquet", schema)
        spec = BorrowedSpec(landmarks=40, exploration=0.0)
        draw = draw_borrowed(borrow_world(real, schema, spec), 5_000, dial="none", seed=1)

        report = fidelity(
            real.take(real.reached), as_history(draw.applications, draw.schema), seed=0
        )

        assert report.marginals > 0.97
        assert report.correlations > 0.97
        assert report.exact_copies <= report.exact_copies_in_real + 0.005
        assert report.near_copies < 0.1

    def test_refuses_other_features(self):
        other = SCHEMA.model_copy(
            update={"columns": {n: c for n, c in SCHEMA.columns.items() if n != "job"}}
        )
        real = history(seed=1)

        with pytest.raises(DataError, match=r"same features .* differ in 'job'\.$"):
            fidelity(real, as_history(real.applications.table, other), seed=0)

    def test_refuses_few_rows(self):
        with pytest.raises(DataError, match=r"^n_rows must be at least 100, but is 5\.$"):
            fidelity(history(seed=1), history(seed=2), seed=0, n_rows=5)

    def test_refuses_few_bads(self):
        real = history(seed=1)
        goods = real.take(np.flatnonzero((real.bad == 0) | (np.arange(len(real)) < 12)))

        with pytest.raises(DataError, match=r"at least 10 known .* among the real rows to train"):
            fidelity(goods, real, seed=0)
