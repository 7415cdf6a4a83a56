"""riskkit.bundle.policies"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import sample_of
from riskkit.bundle import load_bundle, save_bundle, tune_policy
from riskkit.decisions import Goal, decide
from riskkit.errors import DataError, TooFewRowsError
from riskkit.lending import Limit
from riskkit.scores import scorer_hash


class TestTunePolicy:
    def test_keeps_the_gates_that_the_table_records(self, tuned):
        gates = [(gate.cause, gate.column) for gate in tuned.bundle.policy.gates]

        assert gates == [
            ("system", "verdict_system"),
            ("profile", "verdict_profile"),
            ("credit_record", "verdict_credit_record"),
            ("policy", "verdict_policy"),
        ]

    def test_names_the_model_it_decides_with(self, tuned, model):
        assert tuned.bundle.policy.model_hash == scorer_hash(model.scorer)

    def test_compares_with_applicants_just_approved(self, tuned, model):
        pds = model.scorer.predict_proba(tuned.bundle.background)[:, 1]

        assert 100 <= len(pds) <= 400
        assert (pds <= tuned.tuned.pd_cutoff).all()
        assert np.median(pds) > 0.5 * tuned.tuned.pd_cutoff

    def test_stores_neither_ids_nor_protected_columns(self, tuned, schema):
        stored = set(tuned.bundle.background)

        assert not stored & {*schema.having("id"), *schema.having("protected")}

    def test_counts_the_tuning_rows_only(self, tuned, history, model):
        samples = sample_of(history.applications, model.split)
        within_rules = history.applications.table["verdict_policy"] != "failed"
        tuning = (samples == "tuning") & history.reached & within_rules

        assert tuned.bundle.evidence["tuning"]["applicants_at_score_gate"] == tuning.sum()
        assert tuned.bundle.evidence["samples"]["tuning"] == (samples == "tuning").sum()

    def test_says_how_many_rows_a_table_needs(self, model, history):
        goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.001, confidence=0.95),))
        samples = sample_of(history.applications, model.split)
        times = len(samples) / (samples == "tuning").sum()

        with pytest.raises(
            TooFewRowsError, match=rf"needs at least \d+ .* a table has about {times:.2g} times as"
        ):
            tune_policy(model, history, goal)

    def test_refuses_a_table_of_development_rows(self, model, history):
        samples = sample_of(history.applications, model.split)

        with pytest.raises(DataError, match=r"no tuning rows .* \(found: [0-9,]+ development\)"):
            tune_policy(model, history.take(samples == "development"), Goal(objective="profit"))


@pytest.fixture(scope="module")
def unexplored(model, history):
    limit = Limit(rate="bad_rate", at_most=0.1, confidence=0.8)
    return tune_policy(model, replace(history, propensity=None), Goal(limits=(limit,)))


class TestWhereNobodyWasApprovedAtRandom:
    """Of whom the past policy rejects no outcome is known, and both policy and evidence say so."""

    def test_the_policy_says_to_keep_the_past_one_and_whom_the_certificate_is_about(
        self, unexplored
    ):
        note = unexplored.bundle.policy.note

        assert note.startswith("KEEP THE PAST POLICY")
        assert "whom the past policy rejects and whose outcomes nobody has seen." in note
        assert note.endswith("Certified for those approved before only.")

    def test_the_evidence_says_so_too(self, unexplored):
        evidence = unexplored.bundle.evidence

        assert evidence["tuning"]["labels"] == "approved only"
        assert evidence["certified_for"] == "those approved before"
        assert [found["for_everybody"] for found in evidence["certificates"]] == [False]
        assert evidence["limits_shown_for_everybody"] == []
        assert evidence["recommendation"] == "keep the past policy"


class TestLoadBundle:
    def test_refuses_a_policy_of_another_scorer(self, tuned, tmp_path):
        policy = tuned.bundle.policy.model_copy(update={"model_hash": "0" * 64})
        save_bundle(replace(tuned.bundle, policy=policy), tmp_path)

        with pytest.raises(DataError, match="tuned for another scorer"):
            load_bundle(tmp_path)

    def test_returns_what_was_saved(self, tuned, history, tmp_path):
        save_bundle(tuned.bundle, tmp_path)

        again = load_bundle(tmp_path)

        assert again.policy == tuned.bundle.policy
        assert again.evidence == tuned.bundle.evidence
        pd.testing.assert_frame_equal(again.background, tuned.bundle.background)
        applications = history.applications
        decided = [
            decide(
                b.policy, b.scorer.predict_proba(applications.features)[:, 1], applications.table
            )
            for b in (again, tuned.bundle)
        ]
        assert np.array_equal(decided[0].stopped_by, decided[1].stopped_by)
