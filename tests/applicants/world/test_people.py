"""riskkit.applicants.world.people"""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from riskkit._records import as_record
from riskkit.applicants.world import Observed, People, TraitCorrelations
from riskkit.applicants.world.marginals import MISSING
from riskkit.applicants.world.people import NormalRecipe, PeoplePlan, age_by, draw_people
from riskkit.errors import DataError

N_PEOPLE = 200_000
#: Four standard errors: a chance of 1 in 16,000 at a fixed seed.
SE = 4 / np.sqrt(N_PEOPLE)


@pytest.fixture(scope="module")
def plan(calm):
    return PeoplePlan.of(calm.people)


@pytest.fixture(scope="module")
def drawn(plan):
    progress = np.zeros(N_PEOPLE, dtype=np.float32)
    return draw_people(plan, progress, np.random.default_rng(0))


@pytest.fixture
def content(calm):
    return calm.people.model_dump(mode="json")


def values(plan, drawn, name):
    support = np.asarray(plan.columns[name].observed.marginal.support)
    return np.where(drawn.codes[name] == MISSING, np.nan, support[drawn.codes[name]])


def below(marginal, code):
    """Return the probability of a code at most `code`, from a fine grid of quantiles."""
    grid = np.linspace(-6, 6, 1_200_001)
    return norm.cdf(grid[np.searchsorted(marginal.codes_at(grid), code, side="right") - 1])


class TestTraitCorrelations:
    def test_refuses_correlations_that_contradict_each_other(self):
        content = {
            "creditworthiness_stability": 0.9,
            "creditworthiness_attachment": 0.9,
            "stability_attachment": -0.9,
        }

        with pytest.raises(DataError, match=r"not positive definite.* bring one of them closer"):
            as_record(TraitCorrelations, content, source="world.yaml")

    def test_refuses_a_correlation_of_one(self):
        content = dict.fromkeys(TraitCorrelations.model_fields, 0.2)

        with pytest.raises(DataError, match=r"stability_attachment: .* less than 1, found 1"):
            as_record(TraitCorrelations, content | {"stability_attachment": 1}, source="w")


class TestObserved:
    @pytest.mark.parametrize("key", ["within_adult_life", "grows"])
    @pytest.mark.parametrize(
        "marginal",
        [
            {"kind": "count", "mean": 1, "size": 1, "high": 9},
            {"kind": "lognormal", "median": 9, "sigma": 1, "low": 0, "high": 99, "step": 3},
        ],
    )
    def test_counts_months_one_by_one(self, key, marginal):
        with pytest.raises(DataError, match="grows need a lognormal marginal of step 1"):
            as_record(Observed, {"marginal": marginal, key: True}, source="world.yaml")


class TestPeople:
    def test_refuses_loadings_beyond_the_variance(self, content):
        # 0.8² + 0.6² + 2 x 0.35 x 0.8 x 0.6 is above 1.
        content["columns"]["income"]["loadings"] = {"stability": 0.8, "creditworthiness": 0.6}

        with pytest.raises(DataError, match=r"loadings of income explain more than all .* lower"):
            as_record(People, content, source="world.yaml")

    def test_refuses_such_loadings_of_a_state(self, content):
        content["states"]["thin_file"]["loadings"] = {"stability": 1.1}

        with pytest.raises(DataError, match=r"loadings of states\.thin_file explain more"):
            as_record(People, content, source="world.yaml")

    def test_refuses_such_loadings_of_what_is_withheld(self, content):
        content["columns"]["income"]["withheld"]["loadings"] = {"stability": -1.1}

        with pytest.raises(DataError, match=r"loadings of income\.withheld explain more"):
            as_record(People, content, source="world.yaml")

    def test_refuses_the_ticket_for_a_column_of_the_person(self, content):
        content["columns"]["income"]["loadings"] = {"ticket": 0.1}

        with pytest.raises(DataError, match=r"income loads on ticket, which only .* request"):
            as_record(People, content, source="world.yaml")

    def test_refuses_the_ticket_for_a_state(self, content):
        content["states"]["thin_file"]["loadings"] = {"ticket": 0.1}

        with pytest.raises(DataError, match="ticket"):
            as_record(People, content, source="world.yaml")

    def test_refuses_the_ticket_for_what_is_withheld(self, content):
        content["columns"]["income"]["withheld"]["loadings"] = {"ticket": 0.1}

        with pytest.raises(DataError, match="ticket"):
            as_record(People, content, source="world.yaml")

    def test_refuses_a_drift_of_the_ticket(self, content):
        content["drift"] = {"ticket": 0.1}

        with pytest.raises(DataError, match="ticket"):
            as_record(People, content, source="world.yaml")

    @pytest.mark.parametrize("name", ["age", "channel", "orders_12m", "overdue_count_24m"])
    def test_knows_of_everybody_what_other_columns_follow_from(self, content, name):
        content["columns"][name]["missing"] = 0.1

        with pytest.raises(DataError, match=f"{name} is known of everybody"):
            as_record(People, content, source="world.yaml")

    @pytest.mark.parametrize("key", ["unknown_if", "lowest_if"])
    def test_refuses_a_state_that_is_none(self, content, key):
        content["columns"]["income"][key] = "asleep"

        with pytest.raises(DataError, match="income depends on asleep; take one of thin_file"):
            as_record(People, content, source="world.yaml")

    @pytest.mark.parametrize(
        ("kind", "name"), [("columns", "orders_12m"), ("states", "fraud_listed")]
    )
    def test_needs_what_the_journey_reads(self, content, kind, name):
        del content[kind][name]

        with pytest.raises(DataError, match=f"{kind} must hold {name}, which the journey reads"):
            as_record(People, content, source="world.yaml")

    def test_needs_a_partner_channel(self, content):
        content["columns"]["channel"]["marginal"]["shares"] = {"web": 1.0}

        with pytest.raises(DataError, match=r"columns\.channel must have a level partner"):
            as_record(People, content, source="world.yaml")

    def test_refuses_a_share_outside_its_range(self, content):
        content["states"]["thin_file"]["share"] = 1.2

        with pytest.raises(DataError, match=r"thin_file\.share: .*less than or equal to 1"):
            as_record(People, content, source="world.yaml")


class TestNormalRecipe:
    def test_correlates_columns_as_their_loadings_say(self, calm, drawn):
        correlations = calm.people.correlations
        first, second = {"creditworthiness": 0.5, "stability": 0.3}, {"attachment": -0.6}
        rng = np.random.default_rng(1)

        normals = [
            NormalRecipe.of(loadings, correlations).draw(drawn.traits, rng)
            for loadings in (first, second)
        ]

        # 0.5 x -0.6 x 0.2 + 0.3 x -0.6 x 0.25
        assert np.corrcoef(normals)[0, 1] == pytest.approx(-0.105, abs=SE)
        assert np.var(normals, axis=1) == pytest.approx([1, 1], abs=SE * np.sqrt(2))
        assert np.mean(normals, axis=1) == pytest.approx([0, 0], abs=SE)

    def test_has_nothing_of_its_own_where_the_traits_explain_all(self, calm, drawn):
        recipe = NormalRecipe.of({"stability": 1.0}, calm.people.correlations)

        normals = recipe.draw(drawn.traits, np.random.default_rng(1))

        assert (normals == drawn.traits["stability"]).all()


class TestDrawPeople:
    def test_correlates_the_traits_as_asked(self, drawn):
        found = np.corrcoef([drawn.traits[name] for name in drawn.traits])

        assert found[np.triu_indices(3, 1)] == pytest.approx([0.35, 0.2, 0.25], abs=SE)

    def test_gives_each_state_its_share(self, calm, drawn):
        for name, flag in calm.people.states.items():
            error = SE * np.sqrt(flag.share * (1 - flag.share))
            assert drawn.states[name].mean() == pytest.approx(flag.share, abs=error), name

    def test_lets_two_states_meet_as_often_as_the_bivariate_normal_says(self, drawn):
        # Both load on stability: 0.5 x 0.3.
        law = multivariate_normal(cov=[[1, 0.15], [0.15, 1]])
        expected = law.cdf(norm.ppf([0.2, 0.022]))

        both = drawn.states["thin_file"] & drawn.states["phone_unverified"]

        assert both.mean() == pytest.approx(expected, abs=SE * np.sqrt(expected))

    @pytest.mark.parametrize(
        ("first", "second", "correlation"),
        [
            ("inquiries_3m", "payment_failures_6m", 0.4 * 0.4),
            ("orders_12m", "login_days_30d", 0.7 * 0.55),
            ("device_changes_6m", "payment_failures_6m", 0.4 * 0.4 * 0.35),
            ("orders_12m", "inquiries_3m", -0.7 * 0.4 * 0.2),
        ],
    )
    def test_lets_two_columns_meet_as_often_as_the_copula_says(
        self, calm, drawn, first, second, correlation
    ):
        codes = [drawn.codes[name] for name in (first, second)]
        cuts = [int(np.median(c)) for c in codes]
        marginals = [calm.people.columns[name].marginal for name in (first, second)]
        shares = [below(m, cut) for m, cut in zip(marginals, cuts, strict=True)]
        law = multivariate_normal(cov=[[1, correlation], [correlation, 1]])

        both = (codes[0] <= cuts[0]) & (codes[1] <= cuts[1])

        expected = law.cdf(norm.ppf(shares))
        assert both.mean() == pytest.approx(expected, abs=SE / 2 + 5e-5)

    def test_leaves_out_education_whoever_they_are(self, drawn):
        missing = drawn.codes["education"] == MISSING

        assert missing.mean() == pytest.approx(0.06, abs=SE * np.sqrt(0.06))
        for trait in drawn.traits.values():
            assert trait[missing].mean() == pytest.approx(0, abs=SE / np.sqrt(0.06))

    def test_leaves_out_the_income_of_the_weaker(self, drawn):
        missing = drawn.codes["income"] == MISSING

        # Mean of a normal given that another, correlated by r, is below z: -r pdf(z) / cdf(z).
        seen = norm.pdf(norm.ppf(0.08)) / 0.08
        error = SE / np.sqrt(0.08)
        assert missing.mean() == pytest.approx(0.08, abs=SE * np.sqrt(0.08))
        assert drawn.traits["creditworthiness"][missing].mean() == pytest.approx(
            -(0.3 + 0.35 * 0.35) * seen, abs=error
        )
        assert drawn.traits["stability"][missing].mean() == pytest.approx(
            -(0.35 + 0.3 * 0.35) * seen, abs=error
        )

    def test_leaves_out_what_a_thin_file_cannot_show(self, drawn):
        thin = drawn.states["thin_file"]

        for name in ("months_since_oldest_line", "utilisation"):
            assert ((drawn.codes[name] == MISSING) == thin).all()
        for name in ("open_lines", "overdue_count_24m"):
            assert (drawn.codes[name][thin] == 0).all()
            assert (drawn.codes[name][~thin] > 0).any()

    @pytest.mark.parametrize(
        ("column", "code", "unknown", "lowest"),
        [
            ("orders_12m", 0, ("basket", "return_share", "days_since_order"), ("categories_12m",)),
            ("overdue_count_24m", 0, ("worst_past_due", "months_since_late"), ()),
        ],
    )
    def test_knows_nothing_of_what_never_was(self, drawn, column, code, unknown, lowest):
        never = drawn.codes[column] == code

        assert 0.01 < never.mean() < 0.99
        for name in unknown:
            assert ((drawn.codes[name] == MISSING) == never).all()
        for name in lowest:
            assert (drawn.codes[name][never] == 0).all()

    def test_names_a_partner_in_the_partner_channel_alone(self, plan, drawn):
        in_channel = drawn.codes["channel"] == plan.partner_channel

        assert in_channel.mean() == pytest.approx(0.22, abs=SE / 2)
        assert ((drawn.codes["partner"] != MISSING) == in_channel).all()

    def test_knows_nobody_as_a_child(self, plan, drawn):
        adult_months = 12 * (values(plan, drawn, "age") - 18)

        for name in ("months_at_address", "tenure_months"):
            assert (values(plan, drawn, name) <= adult_months).all()
        oldest = values(plan, drawn, "months_since_oldest_line")
        # At 18 a first account may be of the first month of the year that they are 18.
        assert (np.isnan(oldest) | (oldest <= np.maximum(adult_months, 1))).all()

    def test_shifts_a_trait_by_what_has_passed_of_its_drift(self, calm):
        people = calm.people.model_copy(update={"drift": {"creditworthiness": -0.6}})
        progress = np.repeat(np.array([0, 0.5, 1], dtype=np.float32), 40_000)

        drawn = draw_people(PeoplePlan.of(people), progress, np.random.default_rng(2))

        means = drawn.traits["creditworthiness"].reshape(3, -1).mean(axis=1)
        assert means == pytest.approx([0, -0.3, -0.6], abs=4 / np.sqrt(40_000))
        assert drawn.traits["attachment"].mean() == pytest.approx(0, abs=4 / np.sqrt(120_000))


class TestAgeBy:
    def test_ages_columns_that_grow_within_an_adult_life(self, plan):
        codes = {name: np.full(4, 3, dtype=np.int16) for name in plan.columns}
        codes["age"] = np.array([0, 20, 20, 20], dtype=np.int16)  # 18 and 38 years
        codes["tenure_months"] = np.array([0, 100, 175, MISSING], dtype=np.int16)

        age_by(plan, codes, np.arange(4), np.array([14, 6, 6, 13], dtype=np.int16))

        assert codes["age"].tolist() == [1, 20, 20, 21]
        assert codes["tenure_months"].tolist() == [12, 106, 180, MISSING]
        assert codes["orders_12m"].tolist() == [3, 3, 3, 3]
