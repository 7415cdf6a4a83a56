"""riskkit.applicants.world.block"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from riskkit.applicants import as_history, content_hash
from riskkit.applicants.world import (
    BLOCK_ROWS,
    PRESETS,
    WorldPlan,
    draw_applicants,
    preset,
    with_hidden_selection,
)
from riskkit.applicants.world.block import draw_block, numbered
from riskkit.lending import CAUSES, fee_apr

#: Chi-square of 1 degree of freedom that one in 1,000 exceeds.
RARE = 10.83
MONTHS = ("months_at_address", "months_since_oldest_line", "tenure_months")
REQUEST = ("category", "amount", "term", "fee_rate")


def cochran_mantel_haenszel(stopped, bad, strata):
    """Return the chi-square statistic of independence within strata, 1 degree of freedom."""
    table = pd.DataFrame({"stopped": stopped, "bad": bad, "both": stopped & bad}).groupby(strata)
    n, sums = table.size(), table.sum()
    expected = sums["stopped"] * sums["bad"] / n
    variance = expected * (n - sums["stopped"]) * (n - sums["bad"]) / (n * (n - 1).clip(lower=1))
    return (sums["both"] - expected).sum() ** 2 / variance.sum()


def local_time(world, spec):
    return world.applications["applied_at"] + pd.Timedelta(hours=spec.calendar.utc_offset_hours)


def load_cells(world, plan):
    """Return what alone decides a timeout: the failing share of the hour and the partner."""
    since = local_time(world, plan.spec) - plan.spec.days[0]
    hour = (since.dt.total_seconds() // 3600).astype(int)
    partner = world.applications["partner"].cat.codes
    return [pd.Series(plan.calendar.failure[hour, partner + 1].astype(float)).round(6), partner]


def decile_errors(truth, first):
    """Return chi-square of observed against expected bads by decile of the true PD, 10 df."""
    pds, bad = truth.loc[first, "truth_pd"], truth.loc[first, "truth_bad"]
    sums = (
        pd.DataFrame({"pd": pds, "bad": bad, "variance": pds * (1 - pds)})
        .groupby(pd.qcut(pds, 10, labels=False))
        .sum()
    )
    return ((sums["bad"] - sums["pd"]) ** 2 / sums["variance"]).sum()


def effects_on(table, effects):
    """Return the sum of the effects on a table of columns, written out [log-odds]."""
    curves = {"linear": lambda x: x, "log": np.log1p, "square": np.square}
    total = {}
    for name, effect in effects.items():
        column = table[name]
        if effect.kind == "steps":
            found = column.astype(object).map(lambda level, e=effect: e.weights.get(level, 0.0))
        else:
            curve = curves[effect.curve]
            found = effect.weight * (curve(column.astype(float)) - curve(effect.centre))
        total[name] = found.astype(float).where(column.notna(), effect.if_missing).to_numpy()
    return total


@pytest.fixture(scope="module")
def journeys(world):
    return world.applications.join(world.truth.drop(columns="application_id")).groupby(
        ["customer_id", "journey"], observed=True
    )


class TestNumbered:
    def test_writes_a_letter_and_eight_digits(self):
        ids = numbered("A", np.array([1, 65_537, 99_999_999]))

        assert ids.to_pylist() == ["A00000001", "A00065537", "A99999999"]


class TestDrawBlock:
    def test_draws_a_whole_block_by_itself(self, calm_plan, world):
        block = draw_block(calm_plan, 2, seed=7)

        assert block.applications.num_rows == block.truth.num_rows == BLOCK_ROWS
        for name in ("applications", "truth"):
            there = getattr(world, name).iloc[2 * BLOCK_ROWS :]
            assert content_hash(getattr(block, name).to_pandas()) == content_hash(there)

    def test_numbers_applications_by_row_and_customers_within_the_block(self, world):
        table = world.applications

        assert table["application_id"].iloc[[0, BLOCK_ROWS]].tolist() == ["A00000001", "A00065537"]
        assert table["application_id"].is_unique
        assert (table["application_id"] == world.truth["application_id"]).all()
        blocks = table["customer_id"].groupby(np.arange(len(table)) // BLOCK_ROWS)
        assert sum(blocks.nunique()) == table["customer_id"].nunique()

    def test_shares_no_luck_between_blocks(self, world):
        pds = world.truth["truth_pd"].to_numpy().reshape(3, BLOCK_ROWS)

        correlations = np.corrcoef(pds)[np.triu_indices(3, k=1)]

        assert np.abs(correlations).max() < 4 / np.sqrt(BLOCK_ROWS)

    def test_changes_only_what_comes_after_a_changed_assumption(self, calm, calm_plan):
        plan = WorldPlan(
            **{
                name: getattr(calm_plan, name)
                for name in ("calendar", "people", "request", "gates", "risk", "arrears")
            },
            spec=calm.with_settings({"journey.exploration": 0.5}),
        )

        block, other = (draw_block(p, 0, seed=3) for p in (calm_plan, plan))

        for name in ("truth_pd", "truth_bad", "truth_incumbent_score", "truth_margin"):
            assert block.truth[name].equals(other.truth[name])
        approved = [np.array(b.applications["approved"]) for b in (block, other)]
        assert (approved[1] >= approved[0]).all()
        assert approved[1].sum() > approved[0].sum() + 5_000


class TestJourneys:
    """Customers, journeys and attempts as they come out."""

    def test_counts_attempts_and_journeys_from_one(self, world, journeys):
        table = world.applications

        assert (journeys["attempt"].cumcount() + 1 == table["attempt"]).all()
        assert table["attempt"].max() == 3
        assert set(table["journey"]) == {1, 2}

    def test_asks_for_the_same_in_every_attempt(self, world, journeys):
        several = journeys["attempt"].transform("size") > 1

        assert several.sum() > 10_000
        for name in REQUEST:
            assert (journeys[name].transform("first") == world.applications[name]).all()

    def test_asks_for_something_else_in_another_journey(self, world):
        first = world.applications[world.applications["attempt"] == 1]

        amounts = first.groupby("customer_id")["amount"].agg(["size", "nunique"])

        again = amounts["size"] == 2
        assert amounts.loc[again, "nunique"].mean() > 1.9

    @pytest.mark.slow
    def test_comes_to_the_same_end_in_every_attempt(self, calm):
        # An economy that turns from month to month, and retries weeks later.
        spec = calm.with_settings(
            {
                "macro.loading": 0.6, "macro.persistence": 0.0, "calendar.timeouts.base": 0.6,
                "journey.retry_after_timeout": 1.0, "journey.retry_hours": 400.0,
                "risk.intercept": -3.0,
            }
        )  # fmt: skip
        world = draw_applicants(spec, 20_000, seed=1)
        keys = [world.applications["customer_id"], world.applications["journey"]]

        bad = world.truth["truth_bad"]

        assert (bad == bad.groupby(keys).transform("first")).all()

    def test_moves_on_in_time(self, world):
        times = world.applications.groupby("customer_id")["applied_at"]

        assert not (times.diff() <= pd.Timedelta(0)).any()

    def test_tries_again_whoever_was_stopped_by_system_or_profile(self, world, journeys):
        tries = (world.truth["truth_reaction"] == "tries again").to_numpy()
        stopped_by = world.applications["stopped_by"]

        follows = (journeys["attempt"].shift(-1) > 0).to_numpy()

        last_of_block = np.arange(len(tries)) % BLOCK_ROWS == BLOCK_ROWS - 1
        assert (tries == follows)[~last_of_block].all()
        assert set(stopped_by[tries]) == {"system", "profile"}

    def test_keeps_a_completed_profile_complete(self, world, journeys):
        complete = world.truth["truth_verdict_profile"] == "passed"
        first_attempt = world.applications["attempt"] == 1

        by_person = complete.groupby(world.applications["customer_id"])

        assert (by_person.cummax() == complete).all()
        after_profile = journeys["stopped_by"].shift() == "profile"
        assert complete[~first_attempt & after_profile].all()

    def test_serves_a_journey_whose_attempt_is_approved(self, world, journeys):
        served = journeys["approved"].transform("max")

        assert (world.truth["truth_served"] == served).all()

    def test_is_older_in_a_later_journey(self, world):
        table = world.applications
        by_person = table.groupby("customer_id")
        days = (table["applied_at"] - by_person["applied_at"].transform("first")).dt.days
        most = np.minimum(180, 12 * (table["age"] - 18))  # nobody has been a customer as a child
        later = (days >= 30) & (table["tenure_months"] < most)

        grown = table["tenure_months"] - by_person["tenure_months"].transform("first")

        assert later.sum() > 5_000
        assert (grown[later] == days[later] // 30).all()
        assert (grown[days < 30] == 0).all()
        years = table["age"] - by_person["age"].transform("first")
        assert (years[table["age"] < 70] == (days // 30 // 12)[table["age"] < 70]).all()

    def test_never_knows_anybody_as_a_child(self, world):
        # A credit account that the bureau knows of is at least of its first month.
        adult = np.maximum(12 * (world.applications["age"] - 18), 1)

        for name in MONTHS:
            assert not (world.applications[name] > adult).any(), name


class TestApplications:
    """What a lender sees, against the spec and the truth."""

    def test_applies_within_the_days_in_local_time(self, world, calm):
        local = local_time(world, calm)

        assert local.min() >= calm.days[0]
        assert local.max() < calm.days[-1] + pd.Timedelta(days=1)
        assert (local.dt.hour == world.applications["applied_hour"]).all()

    def test_charges_the_apr_of_the_term_and_the_fee(self, world):
        products = world.applications[["term", "fee_rate", "apr"]].drop_duplicates()

        assert len(products) == 12
        for term, fee_rate, apr in products.itertuples(index=False):
            assert apr == pytest.approx(fee_apr(fee_rate, term).nominal, abs=5e-5)

    def test_names_the_band_of_the_age(self, world):
        bands = pd.cut(
            world.applications["age"], [18, 25, 35, 45, 55, 99], right=False,
            labels=["18-24", "25-34", "35-44", "45-54", "55+"],
        )  # fmt: skip

        assert (world.applications["age_band"].astype(str) == bands.astype(str)).all()

    def test_has_gates_that_its_columns_give_again(self, world, calm):
        table, truth = world.applications, world.truth
        verified = (table[["phone_verified", "identity_verified", "card_bound"]] == 1).all(axis=1)
        record = (
            ~(table["worst_past_due"] > 60)
            & ~(table["inquiries_3m"] > 11)
            & (table["fraud_listed"] == 0)
        )
        offered = ~((table["channel"] == "partner") & (table["term"] == 24))

        expected = {
            "profile": verified,
            "credit_record": record,
            "score": truth["truth_incumbent_score"] >= calm.journey.incumbent.cutoff,
            "policy": offered & (table["limit_used_up"] == 0),
        }

        for gate, passed in expected.items():
            assert ((truth[f"truth_verdict_{gate}"] == "passed") == passed).all(), gate

    def test_has_a_score_that_its_columns_give_again(self, world, calm):
        incumbent = calm.journey.incumbent

        effects = effects_on(world.applications, incumbent.effects)

        points = 650 - 60 * sum(effects.values())
        assert (world.truth["truth_incumbent_score"] - points).abs().max() <= 0.5 + 1e-9

    def test_has_a_pd_that_its_columns_and_the_hidden_factor_give_again(
        self, world, calm, calm_plan
    ):
        table, truth = world.applications.head(20_000), world.truth.head(20_000)
        effects = effects_on(table, calm.risk.effects)
        log_odds = calm.risk.intercept + 0.5 * truth["truth_hidden"] + sum(effects.values())
        for pair in calm.risk.interactions:
            both = [np.log1p(np.exp(effects[name])) for name in (pair.first, pair.second)]
            log_odds = log_odds + pair.weight * both[0] * both[1]
        first = calm.days[0]
        local = local_time(world, calm).head(20_000).dt
        month = (12 * (local.year - first.year) + local.month - first.month).to_numpy(np.int16)
        term = np.searchsorted(calm_plan.arrears.terms, table["term"]).astype(np.int16)

        pds = calm_plan.arrears.pds(log_odds.to_numpy(), month=month, term=term)

        # The hidden factor is written with four decimals; later attempts repeat the first one's.
        first_attempt = (table["attempt"] == 1).to_numpy()
        written = truth["truth_pd"].to_numpy()[first_attempt]
        assert written == pytest.approx(pds[first_attempt], rel=2e-3, abs=1e-6)

    def test_stops_at_the_first_failing_gate(self, world):
        table = world.applications
        failed = np.column_stack([world.truth[f"truth_verdict_{g}"] == "failed" for g in CAUSES])
        explored = (table["approved"] == 1) & (table["propensity"] < 1)

        expected = np.where(failed.any(axis=1), np.array(CAUSES)[failed.argmax(axis=1)], "")

        found = table["stopped_by"].astype(object).fillna("")
        assert (found == np.where(explored, "", expected)).all()
        assert ((found == "") == (table["approved"] == 1)).all()

    def test_keeps_every_verdict_where_all_are_kept(self, world):
        for gate in CAUSES:
            seen, truth = (
                world.applications[f"verdict_{gate}"],
                world.truth[f"truth_verdict_{gate}"],
            )
            assert (seen == truth).all()

    @pytest.mark.slow
    def test_hides_verdicts_behind_the_first_stop_where_real_lenders_do(self, world_of):
        world = world_of("selective")
        stopped = world.applications["stopped_by"].cat.codes
        position = {
            cause: i for i, cause in enumerate(world.applications["stopped_by"].cat.categories)
        }

        for i, gate in enumerate(CAUSES):
            before = stopped.isin([position[cause] for cause in CAUSES[:i]])
            seen = world.applications[f"verdict_{gate}"]
            assert (seen.isna() == before).all()
            truth = world.truth[f"truth_verdict_{gate}"]
            assert (seen[~before].astype(str) == truth[~before].astype(str)).all()

    @pytest.mark.parametrize("gate", ["score", "policy"])
    def test_approves_would_be_rejections_at_the_rate_recorded(self, world, gate):
        table = world.applications
        reached = table[["verdict_system", "verdict_profile", "verdict_credit_record"]] == "passed"
        rejected = reached.all(axis=1) & (table[f"verdict_{gate}"] == "failed")

        assert (table.loc[rejected, "propensity"] == 0.05).all()
        low, high = stats.binom(rejected.sum(), 0.05).ppf([1e-4, 1 - 1e-4])
        assert low <= table.loc[rejected, "approved"].sum() <= high

    def test_records_a_propensity_where_the_score_gate_was_reached(self, world):
        table = world.applications
        gates = ["verdict_system", "verdict_profile", "verdict_credit_record"]
        reached = (table[gates] == "passed").all(axis=1)
        by_rule = (table[["verdict_score", "verdict_policy"]] == "passed").all(axis=1)

        assert (table["propensity"].notna() == reached).all()
        assert (table.loc[reached & by_rule, "propensity"] == 1).all()
        assert (table.loc[reached & by_rule, "approved"] == 1).all()
        assert not table.loc[~reached, "approved"].any()

    def test_explores_whatever_the_risk(self, world):
        explorable = world.applications["propensity"] == 0.05
        drawn = world.applications.loc[explorable, "approved"] == 1
        pds = world.truth.loc[explorable, "truth_pd"]

        difference = pds[drawn].mean() - pds[~drawn].mean()

        assert abs(difference) < 4 * pds.std() / np.sqrt(drawn.sum())

    def test_shows_outcomes_of_approved_and_closed_windows_only(self, world, calm):
        table = world.applications
        closed = table["applied_at"] <= calm.last_closed

        assert (table["bad"].notna() == ((table["approved"] == 1) & closed)).all()
        assert 0 < (~closed & (table["approved"] == 1)).mean() < closed.mean()
        known = table["bad"].notna()
        assert (table.loc[known, "bad"] == world.truth.loc[known, "truth_bad"]).all()

    @pytest.mark.slow
    def test_matures_when_its_schema_says(self, world):
        history = as_history(world.applications, world.schema)

        assert history.is_selective
        assert (history.labelled <= history.matured).all()
        assert (history.reached == world.applications["propensity"].notna()).all()

    def test_has_no_column_that_alone_separates_the_outcome(self, world):
        bad = world.truth["truth_bad"].head(BLOCK_ROWS)
        for name in world.schema.features:
            column = world.applications[name].head(BLOCK_ROWS)
            if world.schema.columns[name].kind == "category":
                column = bad.groupby(column, observed=True).transform("mean")
            known = column.notna()
            area = roc_auc_score(bad[known], column[known].astype(float))
            assert max(area, 1 - area) < 0.72, name

    @pytest.mark.slow
    def test_asks_for_more_points_from_the_dates_of_a_tightening(self, calm):
        spec = preset("tightening")
        world = draw_applicants(spec, 30_000, seed=3)
        table, points = world.applications, world.truth["truth_incumbent_score"]
        day = local_time(world, spec).dt.date

        extra = np.select(
            [day >= change.start for change in reversed(spec.journey.policy.changes)],
            [change.points for change in reversed(spec.journey.policy.changes)],
        )

        offered = ~((table["channel"] == "partner") & (table["term"] == 24))
        expected = offered & (table["limit_used_up"] == 0)
        expected &= (extra == 0) | (points >= calm.journey.incumbent.cutoff + extra)
        assert ((table["verdict_policy"] == "passed") == expected).all()
        assert set(extra) == {0, 25, 45, 15}


class TestTruth:
    """What only grading code may see."""

    @pytest.mark.slow
    def test_draws_bads_as_often_as_the_pds_say_in_every_preset(self, world_of):
        # Attempts of a journey are one loan, and one draw.
        statistics = []
        for name in PRESETS:
            drawn = world_of(name)
            first = drawn.applications["attempt"] == 1
            statistics.append(decile_errors(drawn.truth, first))

        assert max(statistics) < stats.chi2(10).ppf(1 - 0.001 / len(PRESETS))
        assert sum(statistics) < stats.chi2(10 * len(PRESETS)).ppf(0.999)

    def test_knows_the_pd_that_the_features_alone_allow(self, world):
        truth = world.truth
        given_features = truth["truth_pd_given_features"]
        first = world.applications["attempt"] == 1

        renamed = truth.assign(truth_pd=given_features)

        assert decile_errors(renamed, first) < stats.chi2(10).ppf(0.999)
        error = 4 / np.sqrt(first.sum())
        assert truth["truth_hidden"].corr(given_features) == pytest.approx(0, abs=1.2 * error)
        areas = [roc_auc_score(truth["truth_bad"], p) for p in (given_features, truth["truth_pd"])]
        assert areas[0] < areas[1] - 0.01

    def test_would_be_caught_if_bads_were_a_tenth_too_many(self, world):
        truth = world.truth.assign(truth_pd=world.truth["truth_pd"] / 1.1)

        statistic = decile_errors(truth, world.applications["attempt"] == 1)

        assert statistic > stats.chi2(10).ppf(0.999)

    @pytest.mark.parametrize("segment", ["channel", "city_tier", "term", "age_band"])
    def test_draws_bads_as_often_as_the_pds_say_in_every_segment(self, world, segment):
        first = world.applications["attempt"] == 1
        pds, bad = world.truth.loc[first, "truth_pd"], world.truth.loc[first, "truth_bad"]

        groups = pd.DataFrame(
            {"error": bad - pds, "variance": pds * (1 - pds), "n": 1}
        ).groupby(world.applications.loc[first, segment], observed=True).sum()  # fmt: skip

        statistic = (groups["error"] ** 2 / groups["variance"]).sum()
        assert statistic < stats.chi2(len(groups)).ppf(0.9998)

    def test_times_out_whatever_the_outcome_given_load_and_partner(self, world, calm_plan):
        failed = (world.truth["truth_verdict_system"] == "failed").to_numpy()
        bad = (world.truth["truth_bad"] == 1).to_numpy()

        statistic = cochran_mantel_haenszel(failed, bad, load_cells(world, calm_plan))

        assert failed.sum() > 5_000
        assert statistic < RARE

    def test_would_be_caught_if_timeouts_knew_the_risk(self, world, calm_plan):
        bad = (world.truth["truth_bad"] == 1).to_numpy()
        cells = load_cells(world, calm_plan)
        failed = np.random.default_rng(0).random(bad.size) < cells[0] * np.where(bad, 1.4, 1)

        statistic = cochran_mantel_haenszel(failed.to_numpy(), bad, cells)

        assert statistic > RARE

    def test_times_out_as_often_as_each_cell_says(self, world, calm_plan):
        failed = (world.truth["truth_verdict_system"] == "failed").to_numpy()
        cells, _ = load_cells(world, calm_plan)

        groups = pd.qcut(cells, 8, labels=False, duplicates="drop")
        table = pd.DataFrame({"failed": failed, "rate": cells, "variance": cells * (1 - cells)})
        sums = table.groupby(groups).sum()

        statistic = ((sums["failed"] - sums["rate"]) ** 2 / sums["variance"]).sum()
        assert statistic < stats.chi2(len(sums)).ppf(0.999)

    @pytest.mark.slow
    def test_loses_more_to_the_platform_where_festivals_are_bigger(self, world_of):
        stopped = [
            (world_of(name).applications["stopped_by"] == "system").mean()
            for name in ("calm", "festival")
        ]

        assert stopped[1] > 1.5 * stopped[0]

    @pytest.mark.slow
    def test_drifts_to_weaker_customers(self, world_of):
        spec, world = preset("drift"), world_of("drift")
        late = local_time(world, spec) >= spec.days[2 * len(spec.days) // 3]
        early = local_time(world, spec) < spec.days[len(spec.days) // 3]

        points = world.truth["truth_incumbent_score"]

        assert points[late].mean() < points[early].mean() - 4
        orders = world.applications["orders_12m"]
        assert orders[late].mean() < 0.9 * orders[early].mean()

    def test_dates_defaults_and_names_the_worst_arrears(self, world):
        truth = world.truth
        defaulted = truth["truth_worst_arrears"] == "M4+"

        assert (truth["truth_default_days"].notna() == defaulted).all()
        assert ((truth["truth_default_days"] <= 365) == (truth["truth_bad"] == 1)).all()
        assert truth["truth_default_days"].min() > 90
        assert set(truth["truth_worst_arrears"]) == {"never late", "M1", "M2", "M3", "M4+"}

    def test_loses_what_is_owed_at_default(self, world, calm):
        truth, amount = world.truth, world.applications["amount"]
        defaulted = truth["truth_default_days"].notna()

        assert ((truth["truth_exposure"] > 0) == defaulted).all()
        assert (truth["truth_exposure"] <= amount).all()
        lost = (truth["truth_exposure"] * calm.money.lgd - truth["truth_loss"]).abs()
        assert lost.max() < 0.01
        assert truth["truth_margin"].equals(truth["truth_margin"].round(2))

    @pytest.mark.parametrize("cause", CAUSES)
    def test_reacts_to_a_stop_as_its_cause_has_it(self, world, calm, cause):
        rows = world.applications["stopped_by"] == cause
        shares = calm.money.after_stop[cause]

        reactions = world.truth.loc[rows, "truth_reaction"].value_counts()

        observed = np.array([reactions[name] for name in shares])
        expected = observed.sum() * np.array(list(shares.values()))
        assert stats.chisquare(observed, expected).pvalue > 1e-4

    def test_costs_nothing_to_stop_bads_and_who_tries_again(self, world, calm):
        truth, cost = world.truth, world.truth["truth_stop_cost"]
        margin = truth["truth_margin"].clip(lower=0)
        good, reaction = truth["truth_bad"] == 0, truth["truth_reaction"]

        future = calm.money.lifetime_value * world.applications["amount"]

        assert (truth["truth_reaction"].isna() == (world.applications["approved"] == 1)).all()
        assert (cost[~good | reaction.isna() | (reaction == "tries again")] == 0).all()
        stays = good & reaction.isin(["buys", "abandons"])
        assert (cost - margin)[stays].abs().max() < 0.01
        leaves = good & (reaction == "leaves")
        assert (cost - margin - future)[leaves].abs().max() < 0.01

    def test_draws_a_standard_hidden_factor_that_the_calm_incumbent_does_not_see(self, world):
        first = (world.applications["attempt"] == 1) & (world.applications["journey"] == 1)
        hidden, points = world.truth.loc[
            first, ["truth_hidden", "truth_incumbent_score"]
        ].T.to_numpy()
        error = 4 / np.sqrt(first.sum())

        assert hidden.mean() == pytest.approx(0, abs=error)
        assert hidden.std() == pytest.approx(1, abs=error)
        assert np.corrcoef(hidden, points)[0, 1] == pytest.approx(0, abs=error)

    @pytest.mark.slow
    def test_hides_selection_by_the_dial(self, calm):
        gaps, rates = [], []
        for dial in ("none", "medium", "strong"):
            drawn = draw_applicants(with_hidden_selection(calm, dial), 30_000, seed=5)
            passed = drawn.truth["truth_verdict_score"] == "passed"
            hidden = drawn.truth["truth_hidden"]
            gaps.append(hidden[~passed].mean() - hidden[passed].mean())
            rates.append((drawn.applications["approved"] == 1).mean())

        assert gaps[0] == pytest.approx(0, abs=0.06)
        assert 0.1 < gaps[1] < gaps[2]
        assert np.ptp(rates) < 0.04

    @pytest.mark.slow
    def test_leaves_room_above_the_incumbent_for_a_plain_model(self, world):
        from lightgbm import LGBMClassifier

        history = as_history(world.applications, world.schema)
        X = history.applications.features[list(world.schema.directions)]
        early = (world.applications["applied_at"] < pd.Timestamp("2025-04-01")).to_numpy()
        fitted, graded = history.labelled & early, history.reached & ~early
        bad = world.truth["truth_bad"].to_numpy()

        model = LGBMClassifier(n_jobs=1, verbose=-1).fit(X[fitted], bad[fitted])

        area = roc_auc_score(bad[graded], model.predict_proba(X[graded])[:, 1])
        points = world.truth["truth_incumbent_score"].to_numpy()
        assert 0.70 < area < 0.82
        assert area > roc_auc_score(bad[graded], -points[graded])
        best = world.truth["truth_pd_given_features"].to_numpy()
        assert area < roc_auc_score(bad[graded], best[graded])
