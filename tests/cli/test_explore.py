"""riskkit explore: what it promises, `riskkit tune` shows after the draws."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from riskkit.applicants import Schema, read_history, sample_of
from riskkit.bundle import save_bundle, train_model, tune_policy
from riskkit.decisions import Goal, edge_above, tuning_plan
from riskkit.lending import Limit
from riskkit.scores import Scorecard

N, WIDTH, CAP = 40_000, 0.02, 0.09
SCHEMA = """
columns:
  id: {role: id}
  customer: {role: customer}
  x: {role: feature, kind: number}
  approved: {role: approved}
  propensity: {role: propensity}
  bad: {role: bad}
  amount: {role: amount}
"""


class World:
    """x is seen, u is not, and the lender of the past approves by both; some come twice."""

    def __init__(self, folder):
        rng = np.random.default_rng(4)
        x, u = rng.normal(size=(2, N))
        self.sure = 0.7 * x + u <= 0.3
        self.true_bad = (rng.random(N) < expit(-3.2 + 0.9 * x + 0.6 * u)) * 1.0
        self.propensity = np.where(self.sure, 1.0, 0.1)
        approved = rng.random(N) < self.propensity
        self.path, schema = folder / "loans.parquet", folder / "schema.yaml"
        pd.DataFrame(
            {
                "id": [f"A{i}" for i in range(N)],
                "customer": [f"C{i % 34_000}" for i in range(N)],
                "x": x,
                "approved": approved * 1,
                "propensity": self.propensity,
                "bad": np.where(approved, self.true_bad, np.nan),
                "amount": 100.0,
            }
        ).to_parquet(self.path)
        schema.write_text(SCHEMA)
        self.schema = Schema.read(schema)
        self.history = read_history(self.path, self.schema)
        self.model = train_model(self.history, self.schema, {"scorecard": Scorecard()})
        self.pds = self.model.scorer.predict_proba(self.history.applications.features)[:, 1]
        self.cutoff = float(edge_above(np.quantile(self.pds, [0.85]))[0])
        self.policy = folder / "policy"
        tuned = self.tuned(Limit(rate="approval_rate", at_most=0.85))
        self.policy.mkdir()
        save_bundle(tuned.bundle, self.policy)

    def tuned(self, limit, plan=None, seed=0):
        """Tune, after an exploration by the CSV where one is given."""
        model, history = self.model, self.history
        if plan is not None:
            rows = pd.read_csv(plan)
            place = np.searchsorted(rows["pd_up_to"], self.pds)
            q = np.append(rows["propensity"], 0.0)[place]
            propensity = np.where(self.sure, 1.0, q)
            approved = np.random.default_rng(seed).random(N) < propensity
            bad = np.where(approved, self.true_bad, np.nan)
            history = replace(history, approved=approved, propensity=propensity, bad=bad)
            rows = sample_of(history.applications, model.split) == "development"
            model = replace(model, plan=tuning_plan(history.take(rows), self.pds[rows]))
        return tune_policy(model, history, Goal(objective="goods", limits=(limit,)))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("explore"))


@pytest.mark.slow
class TestExplore:
    def explored(self, riskkit, world, out, *words):
        done = riskkit(
            "explore", world.path, "--policy", world.policy, "--cutoff", world.cutoff, "--out", out,
            "--json", *words,
        )  # fmt: skip
        assert done.exit_code == 0, done.err
        return done.json

    def test_promises_the_width_that_tune_shows(self, riskkit, world, tmp_path):
        plan = tmp_path / "plan.csv"

        record = self.explored(riskkit, world, plan, "--width", WIDTH)

        limit = Limit(rate="approval_rate", at_most=0.85)
        widths = []
        for seed in range(5):
            curve = world.tuned(limit, plan, seed).tuned.curve
            row = curve.iloc[(curve["pd_cutoff"] - world.cutoff).abs().argmin()]
            widths.append(row["bad_rate_upper"] - row["bad_rate_lower"])
        assert record["applicants"] == N
        assert record["tuning_rows"] == pytest.approx(0.2 * N, rel=0.1)
        assert record["widths"]["bad_rate"] == pytest.approx(WIDTH)
        assert np.mean(widths) == pytest.approx(WIDTH, rel=0.15)

    def test_lets_tune_certify(self, riskkit, world, tmp_path):
        plan = tmp_path / "plan.csv"
        limit = Limit(rate="bad_rate", at_most=CAP, confidence=0.95)

        record = self.explored(riskkit, world, plan, "--certificate", f"bad_rate <= {CAP} @ 95%")

        reached = []
        for seed in range(5):
            (certificate,) = world.tuned(limit, plan, seed).tuned.certificates
            assert certificate.n == record["certificate"]["certified_from"]
            # To the last of the grid that is not above what was asked for.
            reached.append(certificate.cutoff >= 0.97 * record["pd_cutoff"])
        assert record["certificate"]["estimated_bad_rate"] < CAP
        assert sum(reached) >= 3
