"""riskkit.bundle.answers"""

from dataclasses import replace

import numpy as np
import pytest

from riskkit.bundle import Agreement, answer, audit_of, recourse_of
from riskkit.decisions import decide
from riskkit.errors import DataError
from riskkit.lending import Gate, fee_apr
from riskkit.scores import Scorecard


@pytest.fixture
def stopped_by(tuned, history):
    """Return the id of some application for each cause."""
    applications = history.applications
    pds = tuned.bundle.scorer.predict_proba(applications.features)[:, 1]
    causes = decide(tuned.bundle.policy, pds, applications.table).stopped_by
    return lambda cause: next(
        i for i, c in zip(applications.ids, causes, strict=True) if c == cause
    )


class TestAnswer:
    def test_gives_ranked_reasons_for_a_rejection_by_score(self, tuned, history, stopped_by):
        found = answer(tuned.bundle, history.applications, stopped_by("score"))

        contributions = [reason.contribution for reason in found.reasons]
        assert 1 <= len(contributions) <= 4
        assert contributions == sorted(contributions, reverse=True)
        assert found.pd > found.pd_cutoff
        assert found.margin < 0
        assert dict(found.verdicts)["score"] is False

    @pytest.mark.parametrize("cause", ["system", "profile"])
    def test_gives_no_credit_reason_for_another_gate(self, tuned, history, stopped_by, cause):
        found = answer(tuned.bundle, history.applications, stopped_by(cause))

        assert found.stopped_by == cause
        assert found.reasons == ()

    def test_has_nothing_to_explain_where_every_gate_is_passed(self, tuned, history, stopped_by):
        found = answer(tuned.bundle, history.applications, stopped_by(None))

        assert found.approved
        assert found.summary is None
        assert found.reasons == ()

    def test_names_what_a_gate_asks_for(self, tuned, history):
        gate = Gate(cause="profile", column="phone_verified", comparison="==", value=1)
        policy = tuned.bundle.policy.model_copy(update={"gates": (gate,)})
        table = history.applications.table
        unverified = history.applications.ids[table["phone_verified"] == 0][0]

        found = answer(replace(tuned.bundle, policy=policy), history.applications, unverified)

        label = tuned.bundle.schema.columns["phone_verified"].label["en"]
        assert label in found.summary["en"]

    def test_refuses_an_id_that_is_not_there(self, tuned, history):
        with pytest.raises(DataError, match="No application has id 'Z9'"):
            answer(tuned.bundle, history.applications, "Z9")


class TestAuditOf:
    def test_measures_both_kinds_of_repeats_against_the_known(self, tuned, history, stopped_by):
        bundle, id_ = tuned.bundle, stopped_by("score")
        alike = replace(bundle, refits=(bundle.scorer, bundle.scorer))

        audit = audit_of(alike, history.applications, id_)

        reasons = answer(bundle, history.applications, id_).reasons
        assert audit.refits == Agreement(
            n_repeats=2, same_first=1.0, same_set=1.0, found_again=1.0, stable=True
        )
        assert audit.stable == audit.backgrounds.stable
        assert audit.totals[reasons[0].key] == pytest.approx(reasons[0].contribution)
        assert audit.base + sum(audit.totals.values()) == pytest.approx(
            bundle.scorer.margin(history.applications.take(
                np.array([history.applications.row_of(id_)])).features)[0]
        )  # fmt: skip

    def test_is_not_stable_where_other_fits_give_other_reasons(self, tuned, history, stopped_by):
        bundle, applications = tuned.bundle, history.applications
        shuffled = applications.features.sample(frac=1, random_state=0).reset_index(drop=True)
        rows = ~np.isnan(history.bad)
        noise = Scorecard().fit(
            shuffled[rows].reset_index(drop=True), history.bad[rows].astype(int)
        )

        audit = audit_of(replace(bundle, refits=(noise,)), applications, stopped_by("score"))

        assert not audit.refits.stable
        assert not audit.stable

    def test_says_where_nothing_was_fitted_again(self, tuned, history, stopped_by):
        assert audit_of(tuned.bundle, history.applications, stopped_by("score")).refits is None


class TestRecourseOf:
    def test_suggests_what_the_whole_policy_then_approves(self, tuned, history, stopped_by):
        bundle, applications = tuned.bundle, history.applications
        id_ = stopped_by("score")

        found = recourse_of(bundle, applications, id_)

        one = applications.take(np.array([applications.row_of(id_)]))
        assert found.plans or found.proved_none
        for plan in found.plans:
            new = {name: value for name, (_, value) in plan.changes.items()}
            assert all(bundle.schema.columns[name].actionable for name in new)
            pds = bundle.scorer.predict_proba(one.features.assign(**new))[:, 1]
            assert decide(bundle.policy, pds, one.table.assign(**new)).approved.all()

    def test_lets_the_rate_follow_from_the_term(self, tuned, history):
        bundle, applications = tuned.bundle, history.applications
        bundle = replace(bundle, policy=bundle.policy.model_copy(update={"pd_cutoff": 0.02}))
        pds = bundle.scorer.predict_proba(applications.features)[:, 1]
        causes = decide(bundle.policy, pds, applications.table).stopped_by
        rows = np.flatnonzero((causes == "score") & (pds < 0.05))[:20]

        plans = [
            (row, plan)
            for row in rows
            for plan in recourse_of(bundle, applications, applications.ids[row]).plans
            if "term" in plan.changes
        ]

        assert plans
        for row, plan in plans:
            fee = applications.table["fee_rate"].iloc[row]
            assert plan.follow["apr"][1] == round(
                fee_apr(fee, int(plan.changes["term"][1])).nominal, 4
            )

    def test_proves_that_no_change_passes_another_gate(self, tuned, history, stopped_by):
        gate = Gate(cause="policy", column="age", comparison="<", value=0)
        policy = tuned.bundle.policy.model_copy(update={"gates": (gate,)})
        bundle = replace(tuned.bundle, policy=policy)

        found = recourse_of(bundle, history.applications, stopped_by("score"))

        assert found.plans == ()
        assert found.proved_none

    @pytest.mark.parametrize(
        ("cause", "said"), [(None, "is approved"), ("system", "was stopped by the system gate")]
    )
    def test_refuses_what_the_score_did_not_stop(self, tuned, history, stopped_by, cause, said):
        with pytest.raises(DataError, match=rf"^Recourse is for rejections .* {said}\.$"):
            recourse_of(tuned.bundle, history.applications, stopped_by(cause))
