"""riskkit.bundle.shapes"""

from dataclasses import replace

import numpy as np
import pytest

from riskkit.applicants import sample_of
from riskkit.bundle import PolicyShape, load_bundle, save_bundle, tune_policy
from riskkit.decisions import Goal, ReviewTerms, decide
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics, parse_limit

TERMS = ReviewTerms(cost=1, capacity_per_day=20, share_wrong_approved=0.3, share_wrong_rejected=0.1)
CAP = Goal(limits=(parse_limit("bad_rate <= 0.03"),))


@pytest.fixture(scope="module")
def by_channel(model, history):
    shape = PolicyShape(by="channel", review=TERMS, applicants_per_day=100)
    return tune_policy(model, history, CAP, shape=shape)


class TestShapePolicy:
    def test_writes_cutoffs_of_segments_and_their_bands(self, by_channel):
        policy = by_channel.bundle.policy

        assert policy.by == "channel"
        assert set(policy.segments) == set(by_channel.segments.path.segments)
        assert policy.review == TERMS
        for segment in policy.segments.values():
            assert segment.review_up_to is None or segment.review_up_to > segment.pd_cutoff

    @pytest.mark.parametrize("limit", ["bad_rate <= 0.015", "bad_rate <= 0.2 @ 90%"])
    def test_records_the_cutoffs_that_the_policy_has(self, model, history, limit):
        goal = Goal(limits=(parse_limit(limit),))
        shape = PolicyShape(by="channel", review=TERMS, applicants_per_day=100)

        found = tune_policy(model, history, goal, shape=shape)

        policy = {k: v.pd_cutoff for k, v in found.bundle.policy.segments.items()}
        rows = found.bundle.evidence["segments"]["table"]
        table = {row["segment"]: row["pd_cutoff"] for row in rows if row["segment"] != "all"}
        alone = tune_policy(model, history, goal, shape=PolicyShape(by="channel"))
        moved = found.tuned.pd_cutoff < alone.tuned.pd_cutoff
        assert moved == ("@" not in limit)
        assert table == policy == found.segments.cutoffs
        assert rows[-1]["approval_rate"] == found.tuned.chosen["approval_rate"]

    def test_survives_the_file(self, by_channel, tmp_path):
        save_bundle(by_channel.bundle, tmp_path)

        again = load_bundle(tmp_path)

        assert again.policy == by_channel.bundle.policy
        assert again.evidence["segments"]["by"] == "channel"
        assert again.evidence["review"]["terms"]["capacity_per_day"] == 20

    def test_decides_as_it_was_tuned(self, by_channel, model, history):
        rows = (sample_of(history.applications, model.split) == "tuning") & history.reached
        tuning = history.take(rows)
        pds = model.scorer.predict_proba(tuning.applications.features)[:, 1]
        path = by_channel.segments.path
        channel = tuning.applications.table["channel"]
        levels = path.levels_of(pds, channel)

        decided = decide(by_channel.bundle.policy, pds, tuning.applications.table)

        others = decided.decision[np.isin(decided.decision, ["approve", "review"])]
        passed = dict(decided.verdicts)["score"]
        assert np.array_equal(passed, levels <= by_channel.tuned.pd_cutoff)
        assert (others == "review").any() == by_channel.review.has_band

    def test_sends_segments_that_it_never_saw_to_review(self, by_channel, history):
        table = history.applications.table.head(50).copy()
        table["channel"] = "kiosk"

        decided = decide(by_channel.bundle.policy, np.full(50, 0.001), table)

        assert decided.unseen.all()
        assert not decided.approved.any()

    def test_makes_room_for_reviews_within_the_capacity(self, by_channel):
        review = by_channel.review

        assert review.reviews_per_day <= 20 + 1e-6
        assert review.goods_gain >= 0

    def test_says_that_the_comparison_rests_on_reviews(self, model, history):
        found = tune_policy(
            model, history, CAP, shape=PolicyShape(review=TERMS, applicants_per_day=100)
        )

        assert found.review.has_band
        assert found.bundle.evidence["against_past_policy"]["with_reviews"]

    def test_begins_the_band_at_a_certified_cutoff(self, model, history):
        goal = Goal(limits=(parse_limit("bad_rate <= 0.2 @ 90%"),))
        shape = PolicyShape(review=TERMS, applicants_per_day=100)

        found = tune_policy(model, history, goal, shape=shape)

        assert found.bundle.policy.pd_cutoff == found.tuned.pd_cutoff
        assert found.tuned.pd_cutoff == found.tuned.certificates[0].cutoff
        assert found.review.one.pd_cutoff == found.tuned.pd_cutoff

    @pytest.mark.parametrize("limit", ["bad_rate <= 0.03", "bad_rate <= 0.2 @ 90%"])
    def test_refuses_a_review_band_where_weights_differ(self, model, history, limit):
        weighted = replace(history, weight=1.0 + np.arange(len(history)) % 2)
        shape = PolicyShape(review=TERMS, applicants_per_day=100)

        with pytest.raises(DataError, match=r"^A review band counts applicants.* weights differ"):
            tune_policy(model, weighted, Goal(limits=(parse_limit(limit),)), shape=shape)

    def test_leaves_a_policy_without_capacity_as_it_was(self, model, history, tuned):
        terms = TERMS.model_copy(update={"capacity_per_day": 0})
        shape = PolicyShape(review=terms, applicants_per_day=100)

        found = tune_policy(model, history, CAP, shape=shape)

        assert found.bundle.policy.pd_cutoff == tuned.bundle.policy.pd_cutoff
        assert found.bundle.policy.review_up_to is None
        assert found.bundle.evidence["review"]["band"] is None

    def test_keeps_the_economics_of_segments_in_the_policy(self, model, history):
        own = LoanEconomics(margin=0.03)
        shape = PolicyShape(by="channel", economics={"web": own})

        found = tune_policy(model, history, Goal(objective="profit"), shape=shape)

        assert found.bundle.policy.segments["web"].economics == own
        assert found.bundle.policy.segments["app"].economics is None

    def test_takes_busy_days_from_the_table(self, model, history):
        found = tune_policy(model, history, CAP, shape=PolicyShape(review=TERMS))

        assert found.review.applicants_per_day >= 1

    @pytest.mark.parametrize(
        ("shape", "message"),
        [
            (PolicyShape(economics={"web": LoanEconomics()}), r"need by, the column"),
            (PolicyShape(applicants_per_day=3.0), r"give the terms of review too"),
            (PolicyShape(by="planet"), r"by must name a column of the table, but 'planet'"),
        ],
    )
    def test_says_what_is_missing(self, model, history, shape, message):
        with pytest.raises(DataError, match=message):
            tune_policy(model, history, CAP, shape=shape)
