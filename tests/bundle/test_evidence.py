"""riskkit.bundle.evidence"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from riskkit.bundle import Signature, amend_policy, evidence_problems, evidence_tags
from riskkit.lending import Limit

CERTIFIED = Limit(rate="bad_rate", at_most=0.03, confidence=0.9)


@pytest.fixture
def bundle(tuned):
    """Return a policy whose evidence supports it."""
    limit = Limit(rate="bad_rate", at_most=0.9)
    return replace(
        tuned.bundle,
        policy=tuned.bundle.policy.model_copy(update={"limits": (limit,)}),
        evidence=tuned.bundle.evidence | {"shown_no_worse_than_past_policy": True},
    )


def problems(bundle, *, age=30.0, max_age=365.0):
    latest = datetime.fromisoformat(bundle.evidence["data"]["latest"] or "2025-01-01")
    now = latest.replace(tzinfo=UTC) + timedelta(days=age)
    return evidence_problems(bundle, max_age_days=max_age, now=now)


def with_limits(bundle, *limits):
    return replace(bundle, policy=bundle.policy.model_copy(update={"limits": limits}))


def amended(bundle, policy):
    signature = Signature(author="A. Risk", note="asked for by the board")
    return amend_policy(bundle, policy, signature, parent="0" * 64).bundle


class TestEvidenceProblems:
    def test_has_nothing_against_a_policy_with_fresh_evidence_within_its_limits(self, bundle):
        assert problems(bundle) == ()

    def test_knows_when_data_are_stale(self, bundle):
        assert problems(bundle, age=89, max_age=90) == ()
        assert "91 days ago; 90 are allowed" in problems(bundle, age=91, max_age=90)[0]

    def test_wants_to_know_how_old_data_are(self, bundle):
        data = bundle.evidence["data"] | {"latest": None}

        (said,) = problems(replace(bundle, evidence=bundle.evidence | {"data": data}))

        assert said == "Its evidence does not say how old its data are."

    def test_finds_a_rate_outside_its_limit(self, bundle):
        rate = bundle.evidence["out_of_time"]["bad_rate"]
        just = Limit(rate="bad_rate", at_most=rate * 0.99)
        floor = Limit(rate="approval_rate", at_least=0.9999)

        said = problems(with_limits(bundle, just, floor))

        assert f"bad_rate is {rate:.4f}, outside the limit" in said[0]
        assert "approval_rate" in said[1]

    def test_wants_a_certificate_for_a_limit_with_confidence(self, bundle):
        certificate = {"rate": "bad_rate", "cap": 0.03, "confidence": 0.9}
        later = bundle.evidence["out_of_time"] | {"bad_rate": 0.02}
        wanted = with_limits(
            replace(bundle, evidence=bundle.evidence | {"out_of_time": later}), CERTIFIED
        )

        def with_certificate(**other):
            certificates = [certificate | other]
            return replace(wanted, evidence=wanted.evidence | {"certificates": certificates})

        assert "No certificate shows bad_rate <= 0.03" in problems(wanted)[0]
        assert problems(with_certificate()) == ()
        assert problems(with_certificate(cap=0.02)) == ()
        assert problems(with_certificate(cap=0.04))
        assert problems(with_certificate(confidence=0.8))
        assert problems(with_certificate(rate="loss_rate"))

    @pytest.mark.parametrize("missing", ["out_of_time", "tuning", "data"])
    def test_names_evidence_that_is_missing(self, bundle, missing):
        without = replace(bundle, evidence=bundle.evidence | {missing: None})
        now = datetime.fromisoformat(bundle.evidence["data"]["latest"]).replace(tzinfo=UTC)

        assert evidence_problems(without, max_age_days=365, now=now)

    def test_finds_a_cut_off_that_was_changed_by_hand(self, bundle):
        policy = bundle.policy.model_copy(update={"pd_cutoff": 0.9})

        assert "but the policy has 0.9" in problems(replace(bundle, policy=policy))[0]

    def test_finds_evidence_from_before_the_policy_was_amended(self, bundle):
        later = bundle.evidence["out_of_time"]
        bundle = with_limits(bundle, Limit(rate="bad_rate", at_most=later["bad_rate"] + 0.01))
        edited = bundle.policy.model_copy(update={"gates": bundle.policy.gates[:1]})

        assert problems(bundle) == ()
        assert problems(amended(bundle, edited)) == (
            "Its evidence is from before it was amended (gates).",
        )

    def test_takes_an_amendment_that_decides_nothing(self, bundle):
        edited = with_limits(bundle, Limit(rate="bad_rate", at_most=0.8)).policy

        assert problems(amended(bundle, edited)) == ()

    def test_says_where_a_policy_is_not_shown_to_be_as_good_as_the_past_one(self, bundle):
        evidence = bundle.evidence | {"shown_no_worse_than_past_policy": False}

        assert "not shown to be no worse" in problems(replace(bundle, evidence=evidence))[0]

    def test_takes_a_gap_that_tuning_kept_to(self, bundle):
        gap = Limit(rate="false_rejection_gap", at_most=0.1, by="channel")
        wanted = with_limits(bundle, gap)
        kept = bundle.evidence | {"shadow_prices": [{"limit": str(gap)}]}

        assert "No estimate shows" in problems(wanted)[0]
        assert problems(replace(wanted, evidence=kept)) == ()


class TestEvidenceTags:
    def test_shows_what_is_known(self, bundle):
        tags = evidence_tags(bundle)

        assert tags["data_hash"] == bundle.evidence["data"]["hash"]
        assert tags["limits"] == "bad_rate <= 0.9"
        assert "joint_confidence" not in tags
        assert set(map(type, tags.values())) == {str}

    def test_leaves_out_what_held_of_the_policy_before_it_was_amended(self, bundle):
        bundle = replace(bundle, evidence=bundle.evidence | {"joint_confidence": 0.95})
        edited = bundle.policy.model_copy(update={"gates": bundle.policy.gates[:1]})
        before, after = evidence_tags(bundle), evidence_tags(amended(bundle, edited))

        assert before["joint_confidence"] == "0.95"
        assert "out_of_time_bad_rate" in before
        assert "joint_confidence" not in after
        assert not [name for name in after if "_rate" in name]

    def test_leaves_it_out_where_an_older_amendment_kept_it(self, bundle):
        kept = {"joint_confidence": 0.95, "amendments": [{"changed": ["pd_cutoff"]}]}

        tags = evidence_tags(replace(bundle, evidence=bundle.evidence | kept))

        assert "joint_confidence" not in tags
