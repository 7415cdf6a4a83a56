"""One model and one policy, made once from the committed sample."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskkit.applicants import Schema, read_history
from riskkit.bundle import Decider, train_model, tune_policy
from riskkit.decisions import Exploration, Goal, ReviewTerms, SegmentCutoff
from riskkit.lending import Limit
from riskkit.scores import Scorecard

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"


@pytest.fixture(scope="session")
def schema():
    return Schema.read(SAMPLE / "schema.yaml")


@pytest.fixture(scope="session")
def history(schema):
    return read_history(SAMPLE / "applications.parquet", schema)


@pytest.fixture(scope="session")
def model(history, schema):
    return train_model(history, schema, {"scorecard": Scorecard(directions=schema.directions)})


@pytest.fixture(scope="session")
def tuned(model, history):
    return tune_policy(model, history, Goal(limits=(Limit(rate="bad_rate", at_most=0.03),)))


@pytest.fixture(scope="session")
def table_path():
    return SAMPLE / "applications.parquet"


@pytest.fixture(scope="session")
def new_decider(tuned):
    """Return who decides by the tuned policy with some of it changed."""

    def make(**changes):
        policy = tuned.bundle.policy.model_copy(update=changes)
        return Decider(
            bundle=replace(tuned.bundle, policy=policy),
            bundle_hash="0" * 64,
            decided_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    return make


@pytest.fixture(scope="session")
def everything():
    """Return a segment, a review band and random approvals, all at once."""
    return {
        "pd_cutoff": 0.02,
        "by": "channel",
        "segments": {"app": SegmentCutoff(pd_cutoff=0.02, review_up_to=0.04)},
        "review": ReviewTerms(capacity_per_day=1),
        "exploration": Exploration(share=0.2, up_to=0.2),
    }
