"""riskkit.bundle.amending"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from riskkit.bundle import (
    Signature,
    amend_policy,
    evidence_problems,
    load_bundle,
    save_bundle,
    with_exploration,
)
from riskkit.decisions import Exploration, ReviewTerms, SegmentCutoff, decide, settle
from riskkit.errors import DataError

SIGNED = Signature(author="Risk committee", note="Learn of the rejected")


def amended(tuned, signature=SIGNED, **changes):
    policy = tuned.bundle.policy.model_copy(update=changes)
    return amend_policy(tuned.bundle, policy, signature, parent="0" * 64)


class TestAmendPolicy:
    def test_signs_and_dates_the_change(self, tuned):
        found = amended(tuned, exploration=Exploration(share=0.1, up_to=0.3))

        policy = found.bundle.policy
        assert (policy.author, policy.note) == (SIGNED.author, SIGNED.note)
        assert policy.created >= tuned.bundle.policy.created
        assert found.changed == ("exploration",)
        assert "+  share: 0.1" in found.difference

    def test_withdraws_certificates_of_what_changed(self, tuned):
        found = amended(tuned, pd_cutoff=0.5)

        assert not found.keeps_certificates
        assert found.bundle.policy.certified == ""
        assert found.bundle.evidence["certificates"] == []
        assert found.bundle.evidence["amendments"][0]["parent"] == "0" * 64

    @pytest.mark.parametrize(
        ("name", "value", "left"),
        [
            ("joint_confidence", 0.95, None),
            ("certified_for", "everybody", None),
            ("limits_shown_for_everybody", ["bad_rate <= 0.03"], []),
            ("recommendation", "take the new policy", None),
        ],
    )
    def test_withdraws_what_follows_from_certificates_and_comparison(
        self, tuned, name, value, left
    ):
        bundle = replace(tuned.bundle, evidence=tuned.bundle.evidence | {name: value})

        def after(**changes):
            policy = bundle.policy.model_copy(update=changes)
            return amend_policy(bundle, policy, SIGNED, parent="0" * 64).bundle.evidence

        assert after(pd_cutoff=0.5)[name] == left
        assert after(pd_cutoff=0.5)["amendments"][0][f"{name}_withdrawn"] == value
        assert after(objective="approval")[name] == value

    def test_keeps_certificates_where_nobody_is_decided_otherwise(self, tuned):
        found = amended(tuned, objective="approval")

        assert found.keeps_certificates
        assert found.bundle.evidence["certificates"] == tuned.bundle.evidence["certificates"]

    @pytest.mark.parametrize("shown", [True, False])
    def test_withdraws_the_comparison_with_the_past_policy(self, tuned, shown):
        name = "shown_no_worse_than_past_policy"
        compared = {name: shown, "against_past_policy": {"better": shown}}
        bundle = replace(tuned.bundle, evidence=tuned.bundle.evidence | compared)

        def after(**changes):
            policy = bundle.policy.model_copy(update=changes)
            return amend_policy(bundle, policy, SIGNED, parent="0" * 64).bundle

        evidence = after(pd_cutoff=0.5).evidence
        assert (evidence[name], evidence["against_past_policy"]) == (None, None)
        assert evidence["amendments"][0][f"{name}_withdrawn"] is shown
        assert after(objective="approval").evidence[name] is shown

    @pytest.mark.parametrize("shown", [True, False])
    def test_cannot_be_promoted_on_a_withdrawn_comparison(self, tuned, shown):
        compared = {"shown_no_worse_than_past_policy": shown}
        bundle = replace(tuned.bundle, evidence=tuned.bundle.evidence | compared)
        policy = bundle.policy.model_copy(update={"exploration": Exploration(share=0.1, up_to=0.3)})
        changed = amend_policy(bundle, policy, SIGNED, parent="0" * 64).bundle
        terms = {"max_age_days": 1e6, "now": datetime.now(UTC)}

        added = set(evidence_problems(changed, **terms)) - set(evidence_problems(bundle, **terms))

        assert added == {"Its evidence is from before it was amended (exploration)."}

    def test_makes_a_bundle_that_loads(self, tuned, tmp_path):
        found = amended(tuned, pd_cutoff=0.5)

        save_bundle(found.bundle, tmp_path)

        assert load_bundle(tmp_path).policy == found.bundle.policy

    @pytest.mark.parametrize(
        ("signature", "changes", "said"),
        [
            (Signature(author=" ", note="x"), {"pd_cutoff": 0.5}, "^author must say who"),
            (Signature(author="x", note=""), {"pd_cutoff": 0.5}, "^note must say who"),
            (SIGNED, {}, "says what the policy says already"),
            (SIGNED, {"model_hash": "1"}, "^model_hash must stay as it is"),
        ],
    )
    def test_refuses_a_change_that_is_none(self, tuned, signature, changes, said):
        with pytest.raises(DataError, match=said):
            amended(tuned, signature, **changes)


BAND = {"pd_cutoff": 0.1, "review_up_to": 0.2}


class TestWithExploration:
    """A plan is refused where nobody would be drawn, and taken where somebody would be."""

    @staticmethod
    def n_drawn(policy):
        rows = np.arange(4000)
        table = pd.DataFrame({"channel": np.where(rows % 2, "app", "web")})
        decided = decide(policy, rows / 8000, table)
        return settle(policy, decided, ids=rows.astype(str).astype(object)).explored.sum()

    @staticmethod
    def changed(tuned, *, capacity=10_000, **changes):
        review = ReviewTerms(capacity_per_day=capacity)
        return tuned.bundle.policy.model_copy(update={"gates": (), "review": review} | changes)

    @pytest.mark.parametrize(
        ("changes", "reach", "words"),
        [
            ({"pd_cutoff": 0.1}, 0.1, "this policy approves up to 0.1 anyway"),
            (BAND, 0.15, "this policy approves or reviews up to 0.2 anyway"),
            (BAND, 0.2, "approves or reviews up to 0.2 anyway"),
            (
                BAND | {"by": "channel", "segments": {
                    "app": SegmentCutoff(pd_cutoff=0.05, review_up_to=0.25),
                    "web": SegmentCutoff(pd_cutoff=0.22),
                }},
                0.21, "this policy approves up to 0.22 anyway",
            ),
        ],
    )  # fmt: skip
    def test_refuses_a_plan_by_which_nobody_is_drawn(self, tuned, tmp_path, changes, reach, words):
        plan = tmp_path / "plan.csv"
        plan.write_text(f"pd_up_to,propensity\n{reach},0.5\n")
        policy = self.changed(tuned, **changes)
        run = policy.model_copy(update={"exploration": Exploration.read_plan(plan)})

        assert self.n_drawn(run) == 0
        with pytest.raises(DataError, match=words):
            with_exploration(policy, plan)

    @pytest.mark.parametrize(
        ("changes", "reach"),
        [
            (BAND, 0.21),
            (BAND | {"capacity": 0}, 0.15),  # nobody is reviewed
            (
                BAND | {"by": "channel", "segments": {
                    "app": SegmentCutoff(pd_cutoff=0.05, review_up_to=0.25),
                    "web": SegmentCutoff(pd_cutoff=0.15),
                }},
                0.2,
            ),
        ],
    )  # fmt: skip
    def test_takes_a_plan_by_which_somebody_is_drawn(self, tuned, tmp_path, changes, reach):
        plan = tmp_path / "plan.csv"
        plan.write_text(f"pd_up_to,propensity\n{reach},0.5\n")

        found = with_exploration(self.changed(tuned, **changes), plan)

        assert self.n_drawn(found) > 0
