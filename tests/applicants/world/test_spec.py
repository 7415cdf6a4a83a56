"""riskkit.applicants.world.spec"""

from datetime import date

import pandas as pd
import pytest
import yaml

from riskkit._records import as_record
from riskkit.applicants.world import WorldSpec, draw_applicants
from riskkit.errors import DataError

NUMBER = {"kind": "lognormal", "median": 9, "sigma": 1, "low": 0, "high": 99, "step": 1}
LEVELS = {"kind": "levels", "shares": {"a": 0.5, "b": 0.5}}


class TestWorldSpec:
    def test_spells_out_every_assumption(self, calm, tmp_path):
        calm.write(tmp_path / "world.yaml")

        content = yaml.safe_load((tmp_path / "world.yaml").read_text(encoding="utf-8"))

        assert content["journey"]["exploration"] == 0.05
        assert content["risk"]["effects"]["term"]["weight"] == 0.25
        assert content["calendar"]["festivals"][0]["days"] == 3

    def test_has_three_years_of_days(self, calm):
        assert len(calm.days) == 366 + 2 * 365
        assert calm.days[0] == pd.Timestamp("2023-10-01")
        assert calm.days[-1] == pd.Timestamp("2026-09-30")
        assert calm.last_closed == pd.Timestamp("2025-10-01")

    def test_stays_quiet_before_outcomes_are_read_off(self, calm):
        spec = calm.with_settings({"quiet_months": 12, "months": 24})

        assert spec.days[0] == pd.Timestamp("2023-10-01")
        assert spec.days[-1] == spec.last_closed - pd.Timedelta(days=1)

    @pytest.mark.parametrize(
        ("key", "value", "problem"),
        [
            ("journey.exploration", -0.1, r"exploration: .* equal to 0, found -0\.1"),
            ("calendar.timeouts.base", 1.2, r"base: .* less than or equal to 1, found 1\.2"),
            ("calendar.growth", 0.5, r"growth: .* less than 0\.5, found 0\.5"),
            ("risk.hidden", -1, r"risk\.hidden: .* found -1"),
            ("calendar.festivals", [{"month": 2, "day": 31, "load": 5}], "month 2 has no day 31"),
            ("calendar.festivals", [{"month": 13, "day": 1, "load": 5}], r"0\.month: .* 12, found"),
            ("journey.verdicts", "some", "verdicts: Input should be 'all' or 'until_first_stop'"),
            ("months", 12, "no window closes: window_months 12 must be below .* 12"),
            (
                "people.correlations",
                {"creditworthiness_stability": 0.9, "creditworthiness_attachment": 0.9,
                 "stability_attachment": -0.9},
                "correlations: .* not positive definite.* bring one of them closer to 0",
            ),
            (
                "risk.effects.shoe_size",
                {"kind": "slope", "weight": 1},
                r"risk\.effects\.shoe_size is no column; take one of age, sex",
            ),
            (
                "risk.effects.channel",
                {"kind": "slope", "weight": 1},
                r"risk\.effects\.channel must have kind: steps",
            ),
            (
                "journey.incumbent.effects.income",
                {"kind": "steps", "weights": {}},
                r"journey\.incumbent\.effects\.income must have kind: slope",
            ),
            (
                "risk.effects.channel.weights",
                {"fax": 1},
                r"risk\.effects\.channel\.weights names 'fax', which is none of partner, web, app",
            ),
            ("journey.record_limits", {"shoe_size": 1}, r"record_limits\.shoe_size is no column"),
            ("journey.record_limits", {"sex": 1}, r"record_limits\.sex must name a column of num"),
            (
                "journey.policy.not_offered",
                [{"channel": "fax"}],
                r"not_offered\.channel names 'fax', which is none of partner, web, app",
            ),
            ("journey.policy.not_offered", [{"shoe": 1}], r"not_offered\.shoe is no column"),
            (
                "calendar.interface_changes",
                [{"partner": "nobody", "start": "2025-01-01T00:00", "hours": 1, "share": 0.5}],
                "interface_changes.partner names 'nobody', which is none of travel, electronics",
            ),
            (
                "risk.interactions",
                [{"first": "utilisation", "second": "sex", "weight": 1}],
                "interactions: sex has no effect of its own",
            ),
            ("request.columns.amount.missing", 0.1, r"columns\.amount must be a number known of"),
            ("request.columns.amount.marginal", LEVELS, r"columns\.amount must be a number known"),
            ("request.columns.term.marginal", NUMBER, r"columns\.term must have kind: choice"),
            (
                "request.columns.category.unknown_if",
                "thin_file",
                r"request\.columns\.category cannot depend on the person's state",
            ),
            (
                "request.columns.category.loadings",
                {"ticket": 0.9, "stability": 0.9},
                "loadings of category explain more than all",
            ),
            ("money.after_stop.score", {"buys": 1.0}, r"after_stop\.score must share 1 out among"),
            ("arrears.rolls", {"current": {"at": -2, "slope": 1}}, "rolls must name current, M1"),
        ],
    )  # fmt: skip
    def test_refuses_what_makes_no_world(self, calm, key, value, problem):
        content = calm.model_dump(mode="json")
        *parents, last = key.split(".")
        place = content
        for part in parents:
            place = place[part]
        place[last] = value

        with pytest.raises(DataError, match=problem):
            as_record(WorldSpec, content, source="world.yaml")

    def test_refuses_a_request_without_an_amount(self, calm):
        columns = calm.model_dump(mode="json")["request"]["columns"]
        del columns["amount"]

        with pytest.raises(DataError, match=r"request\.columns\.amount must be a number known of"):
            calm.with_settings({"request.columns": columns})

    def test_refuses_a_name_for_two_columns(self, calm):
        columns = calm.model_dump(mode="json")["request"]["columns"]

        with pytest.raises(DataError, match="people and request both have a column income"):
            calm.with_settings({"request.columns": columns | {"income": {"marginal": NUMBER}}})

    @pytest.mark.parametrize("name", ["bad", "apr", "application_id", "truth_luck"])
    def test_refuses_a_name_that_is_taken(self, calm, name):
        columns = calm.model_dump(mode="json")["people"]["columns"]

        with pytest.raises(DataError, match=name):
            calm.with_settings({"people.columns": columns | {name: {"marginal": NUMBER}}})

    def test_refuses_a_window_in_which_nobody_can_be_90_days_late(self, calm):
        # Four monthly instalments are missed before a loan is 91 days past due.
        with pytest.raises(DataError, match="window_months"):
            calm.with_settings({"window_months": 3})

    @pytest.mark.parametrize("term", ["0", "1.5", "36"])
    def test_refuses_terms_that_the_chain_does_not_follow(self, calm, term):
        shares = dict(sorted({"24": 0.5, term: 0.5}.items(), key=lambda item: float(item[0])))

        with pytest.raises(DataError, match="term"):
            calm.with_settings({"request.columns.term.marginal.shares": shares})

    @pytest.mark.parametrize("name", ["fee_rate", "amount"])
    def test_refuses_negative_money(self, calm, name):
        marginal = {"kind": "choice", "shares": {"-0.1": 1.0}}

        with pytest.raises(DataError, match=name):
            calm.with_settings({f"request.columns.{name}.marginal": marginal})

    def test_refuses_loadings_of_what_is_withheld_that_explain_more_than_all(self, calm):
        withheld = {"share": 0.1, "loadings": {"stability": 1.5}}

        with pytest.raises(DataError, match=r"category\.withheld explain more"):
            calm.with_settings({"request.columns.category.withheld": withheld})

    def test_refuses_minors(self, calm):
        with pytest.raises(DataError, match="age"):
            calm.with_settings({"people.columns.age.marginal.low": 10})

    def test_refuses_ages_that_are_no_numbers(self, calm):
        with pytest.raises(DataError, match="age"):
            calm.with_settings({"people.columns.age.marginal": LEVELS})

    def test_keeps_every_level_of_a_column_with_many(self, calm):
        shares = {f"level {i}": 1 / 200 for i in range(200)}
        spec = calm.with_settings({"people.columns.sex.marginal.shares": shares})

        drawn = draw_applicants(spec, 5_000, seed=1).applications["sex"]

        assert drawn.notna().all()
        assert drawn.nunique() == 200


class TestWithSettings:
    def test_changes_several_values_and_nothing_else(self, calm):
        spec = calm.with_settings({"journey.exploration": 0.1, "observed_at": "2027-01-01"})

        assert spec.journey.exploration == 0.1
        assert spec.observed_at == date(2027, 1, 1)
        content, there = (s.model_dump(mode="json") for s in (spec, calm))
        content["journey"]["exploration"], content["observed_at"] = 0.05, "2026-10-01"
        assert content == there

    def test_leaves_the_spec_itself_alone(self, calm):
        calm.with_settings({"journey.exploration": 0.9})

        assert calm.journey.exploration == 0.05

    @pytest.mark.parametrize(
        ("key", "problem"),
        [
            (
                "journey.explration",
                r"^journey\.explration: there is no journey\.explration; the nearest is explorat",
            ),
            ("jurney.exploration", r"there is no jurney; the nearest is journey"),
            ("risk.effects.incom.weight", r"no risk\.effects\.incom; the nearest is income"),
            ("macro.zzz", "there is no macro.zzz; take one of persistence, loading, seed, shock"),
        ],
    )
    def test_says_what_a_misspelt_key_may_mean(self, calm, key, problem):
        with pytest.raises(DataError, match=problem):
            calm.with_settings({key: 1})

    @pytest.mark.parametrize("key", ["macro.shock.size", "calendar.festivals.7.load"])
    def test_says_what_to_do_where_a_key_leads_nowhere(self, calm, key):
        with pytest.raises(DataError, match=r"set (macro\.shock|calendar\.festivals) as a whole"):
            calm.with_settings({key: 1})

    def test_reaches_into_lists_and_empty_mappings(self, calm):
        changed = calm.with_settings(
            {"calendar.festivals.0.load": 3, "people.drift.creditworthiness": -0.2}
        )

        assert changed.calendar.festivals[0].load == 3
        assert changed.people.drift == {"creditworthiness": -0.2}

    def test_names_the_key_of_a_value_that_breaks_a_rule(self, calm):
        with pytest.raises(DataError, match=r"journey\.exploration: .* found 2"):
            calm.with_settings({"journey.exploration": 2})


class TestRead:
    def test_names_the_file_that_is_not_there(self, tmp_path):
        with pytest.raises(DataError, match=r"none\.yaml does not exist"):
            WorldSpec.read(tmp_path / "none.yaml")

    def test_refuses_a_key_that_is_none(self, calm, tmp_path):
        content = calm.model_dump(mode="json") | {"jorney": {}}
        (tmp_path / "w.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

        with pytest.raises(DataError, match="jorney: Extra inputs are not permitted"):
            WorldSpec.read(tmp_path / "w.yaml")
