"""riskkit.applicants.world.people"""

import numpy as np
import pytest

from riskkit._records import as_record
from riskkit.applicants.world import People, TraitCorrelations
from riskkit.applicants.world.people import draw_people
from riskkit.errors import DataError


@pytest.fixture(scope="module")
def drawn():
    return draw_people(People(), 65_536, np.random.default_rng(0))


class TestTraitCorrelations:
    def test_refuses_correlations_that_contradict_each_other(self):
        content = {
            "creditworthiness_stability": 0.9,
            "creditworthiness_attachment": 0.9,
            "stability_attachment": -0.9,
        }

        with pytest.raises(DataError, match="not positive definite"):
            as_record(TraitCorrelations, content, source="world.yaml")


class TestPeople:
    def test_refuses_loadings_beyond_the_variance(self):
        content = People().model_dump()
        content["income"]["loadings"] = {"stability": 0.8, "creditworthiness": 0.7}

        with pytest.raises(DataError, match="loadings of income explain more than all"):
            as_record(People, content, source="world.yaml")

    @pytest.mark.parametrize("name", ["age", "amount", "term"])
    def test_knows_the_request_of_everybody(self, name):
        content = People().model_dump()
        content[name]["missing"] = 0.1

        with pytest.raises(DataError, match=f"{name} is known of everybody; set its missing to 0"):
            as_record(People, content, source="world.yaml")

    def test_refuses_a_share_outside_its_range(self):
        with pytest.raises(DataError, match=r"thin_file\.share: .*less than or equal to 1"):
            as_record(People, {"thin_file": {"share": 1.2}}, source="world.yaml")


class TestDrawPeople:
    def test_keeps_the_marginals_of_the_spec(self, drawn):
        assert drawn["income"].median() == pytest.approx(6_500, rel=0.02)
        assert drawn["inquiries_3m"].mean() == pytest.approx(1.6, abs=0.05)
        assert (drawn["channel"] == "partner").mean() == pytest.approx(0.22, abs=0.01)
        assert (drawn["term"] == 3).mean() == pytest.approx(0.38, abs=0.01)

    def test_leaves_out_what_a_thin_file_cannot_show(self, drawn):
        thin = drawn["months_since_oldest_line"].isna()

        assert thin.mean() == pytest.approx(0.2, abs=0.01)
        assert (drawn["utilisation"].isna() == thin).all()
        assert (drawn.loc[thin, "overdue_count_24m"] == 0).all()

    def test_leaves_out_shares_of_no_orders(self, drawn):
        without = drawn["orders_12m"] == 0

        assert without.any()
        assert (drawn["return_share"].isna() == without).all()
        assert (drawn["night_order_share"].isna() == without).all()

    def test_knows_nobody_as_a_child(self, drawn):
        adult_months = (drawn["age"] - 18) * 12

        assert (drawn["tenure_months"] <= adult_months).all()
        assert not (drawn["months_since_oldest_line"] > adult_months).any()

    def test_leaves_out_income_and_occupation_at_random(self, drawn):
        unstated = drawn["income"].isna()

        assert unstated.mean() == pytest.approx(0.03, abs=0.003)
        assert drawn["occupation"].isna().mean() == pytest.approx(0.04, abs=0.003)
        assert drawn.loc[unstated, "utilisation"].mean() == pytest.approx(
            drawn.loc[~unstated, "utilisation"].mean(), abs=0.02
        )

    def test_ties_columns_together_through_the_traits(self, drawn):
        columns = drawn[["income", "utilisation", "tenure_months", "orders_12m"]]

        correlations = columns.corr("spearman")

        assert correlations.loc["income", "utilisation"] < -0.1
        assert correlations.loc["tenure_months", "orders_12m"] > 0.3
