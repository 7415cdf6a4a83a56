"""riskkit.reports.page: what the page holds, number by number, and that nothing gets out of it."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from riskkit.applicants import Column, Schema, as_history
from riskkit.bundle import Signature, amend_policy, answer, compare_policies
from riskkit.decisions import (
    ReviewTerms,
    SegmentCutoff,
    fairness,
    history_ledger,
    tradeoff_curve,
)
from riskkit.errors import DataError
from riskkit.lending import CAUSES, Limit, LoanEconomics
from riskkit.reports import Lookup, new_report, render_report, report_figures, support_view
from riskkit.reports.page._blame import blame_of, known_by
from riskkit.reports.page._card import facts_of
from riskkit.reports.page._quality import quality_of, quality_words
from riskkit.reports.page._rejections import gates_of
from riskkit.reports.page._samples import samples_of, scored
from riskkit.reports.page._sentences import limits_of
from riskkit.reports.page._words import catalogue
from riskkit.scores import BivariateProbitModel, PastApplicants, Scorecard, two_stream
from riskkit.scores.designs import learn_design
from riskkit.selection import Assumption
from tests.reports.conftest import tuned_on

HOSTILE = "</script><img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of each script."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.scripts, self._in_script = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._in_script = True
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag == "script":
            self._in_script = False

    def handle_data(self, data):
        if self._in_script:
            self.scripts[-1] += data


def data_of(page):
    return json.loads(Elements(page).scripts[0])


def sample_named(report, name):
    (found,) = (sample for sample in report.data["samples"] if sample["name"] == name)
    return found


@pytest.fixture(scope="module")
def report(tuned, history):
    return new_report(tuned.bundle, history, table="loans.csv")


@pytest.fixture(scope="module")
def page(report):
    return render_report(report)


@pytest.fixture(scope="module")
def known_report(certified, known_history):
    return new_report(certified.bundle, known_history[0])


@pytest.fixture(scope="module")
def stopped(tuned, history):
    """Return the id of an applicant whom the score gate rejects."""
    part = samples_of(tuned.bundle, scored(tuned.bundle, history))["out_of_time"].matured()
    rejected = part.take(part.pds > tuned.bundle.policy.pd_cutoff)
    return str(rejected.history.applications.ids[0])


class TestSlider:
    def test_is_at_the_chosen_cutoff_what_tuning_found_there(self, report, tuned):
        everybody = sample_named(report, "tuning")["groups"][0]

        chosen = tuned.bundle.evidence["tuning"]["chosen"]

        at = {name: values[report.data["chosen"]] for name, values in everybody["curve"].items()}
        common = at.keys() & chosen.keys()
        assert {"bad_rate_upper", "profit", "worst_bad_rate_upper", "labelled_bad_rate"} <= common
        assert {n: at[n] for n in common} == {
            n: None if chosen[n] is None else pytest.approx(chosen[n], rel=1e-8) for n in common
        }

    @pytest.mark.parametrize("name", ["out_of_time", "tuning"])
    def test_is_the_python_api_at_every_stop(self, name, known_report, certified, known_history):
        history, bundle = known_history[0], certified.bundle
        part = samples_of(bundle, scored(bundle, history))[name]
        ledger = history_ledger(part.history, part.pds)
        everybody = sample_named(known_report, name)["groups"][0]

        for i in range(0, len(known_report.data["stops"]), 17):
            stop = np.array([known_report.data["stops"][i]])
            if everybody["curve"]["approval_rate"][i] is None:
                assert part.pds.min() > stop[0]
                continue
            row = tradeoff_curve(ledger, stop, economics=bundle.policy.economics).iloc[0]
            for column in ("approval_rate", "bad_rate", "false_rejection_rate_lower", "profit"):
                assert everybody["curve"][column][i] == pytest.approx(row[column], rel=1e-8)

    def test_counts_the_goods_that_are_rejected(self, known_report, certified, known_history):
        bundle = certified.bundle
        part = samples_of(bundle, scored(bundle, known_history[0]))["out_of_time"]
        everybody = sample_named(known_report, "out_of_time")["groups"][0]

        blocked = everybody["curve"]["goods_blocked"]

        for i in (5, 60, known_report.data["chosen"], len(blocked) - 1):
            rejected = part.pds > known_report.data["stops"][i]
            counted = (rejected & (part.history.bad == 0)).sum()
            assert blocked[i] * len(part) / 1000 == pytest.approx(counted)

    def test_bounds_the_goods_where_outcomes_are_unknown(self, blind):
        history, bundle = blind[0], blind[1].bundle
        report = new_report(bundle, history)
        part = samples_of(bundle, scored(bundle, history))["tuning"].matured()
        everybody = sample_named(report, "tuning")["groups"][0]
        chosen = report.data["chosen"]

        low, high = (everybody["curve"][f"goods_blocked_{e}"][chosen] for e in ("lower", "upper"))

        rejected = part.pds > bundle.policy.pd_cutoff
        surely = (rejected & (part.history.bad == 0)).sum()
        perhaps = (rejected & ~(part.history.bad == 1)).sum()
        assert everybody["curve"]["goods_blocked"][chosen] is None
        assert low * len(part) / 1000 == pytest.approx(surely)
        assert high * len(part) / 1000 == pytest.approx(perhaps)

    def test_splits_everybody_into_groups(self, report):
        groups = sample_named(report, "out_of_time")["groups"]

        by_segment = pd.DataFrame([{"segment": g["segment"], "n": g["n"]} for g in groups[1:]])
        assert set(by_segment["segment"]) == {"channel", "city_tier"}
        assert (by_segment.groupby("segment")["n"].sum() == groups[0]["n"]).all()

    def test_embeds_at_most_500_stops(self, report, known_report):
        for found in (report, known_report):
            stops = np.array(found.data["stops"])
            assert 100 < len(stops) <= 500
            assert (np.diff(stops) > 0).all()

    def test_marks_what_every_certificate_covers(self, known_report, certified):
        (certificate,) = certified.tuned.certificates
        stops = np.array(known_report.data["stops"])

        marked = stops[np.array(known_report.data["certified"]) == 1]

        assert set(marked.tolist()) <= set(certificate.passed)
        assert marked[-1] == certificate.cutoff
        between = (stops > marked[0]) & (stops < marked[-1])
        assert set(stops[between].tolist()) <= set(certificate.passed)

    def test_has_no_certified_region_without_a_certificate(self, report):
        assert report.data["certified"] is None


class TestSections:
    def test_appear_only_with_their_data(self, report, known_report):
        assert {"segments", "gates", "stability", "quality"} <= set(report.sections)
        assert "lookup" not in report.sections
        assert "gates" in known_report.sections  # the score gate
        assert {"blame", "fairness"} <= set(report.sections)
        assert {"swap", "fairness", "blame"}.isdisjoint(known_report.sections)

    def test_read_rates_out_of_time_first(self, report):
        assert [sample["name"] for sample in report.data["samples"]] == ["out_of_time", "tuning"]

    def test_count_every_stopped_application_once(self, report, tuned, history):
        part = samples_of(tuned.bundle, scored(tuned.bundle, history))["out_of_time"]

        n_stopped = sum(row["n"] for row in report.data["gates"])

        recorded = part.history.applications.table["stopped_by"].notna().sum()
        past = sum(row["past_n"] for row in report.data["gates"])
        by_score = next(row for row in report.data["gates"] if row["cause"] == "score")
        assert past == recorded
        assert 0 < by_score["goods"] < by_score["n"] < n_stopped < len(part)

    def test_price_segments_by_their_own_economics(self, tuned, history):
        cutoff, economics = tuned.bundle.policy.pd_cutoff, tuned.bundle.policy.economics
        dear = LoanEconomics(margin=0.5, churn=1.0, lifetime_value=2.0)

        def priced(economics, own):
            segments = {"app": SegmentCutoff(pd_cutoff=cutoff, economics=own)}
            update = {"by": "channel", "segments": segments, "economics": economics}
            policy = tuned.bundle.policy.model_copy(update=update)
            bundle = replace(tuned.bundle, policy=policy)
            said = " ".join(words["en"] for words in limits_of(bundle, [], more=[]))
            assert ("economics of their own" in said) == (own is not None)
            sample = scored(bundle, history)
            (by_score,) = (row for row in gates_of(bundle, sample) if row["cause"] == "score")
            blame = blame_of(bundle, sample, unseen=False)
            return by_score["lost"], blame[-1]["value_lost"]["upper"]

        alike, apart, turned, all_dear = (
            np.array(priced(*pair))
            for pair in ((economics, None), (economics, dear), (dear, economics), (dear, None))
        )

        assert (alike < apart).all()
        assert (apart < all_dear).all()
        assert apart[0] + turned[0] == pytest.approx(alike[0] + all_dear[0])

    def test_say_that_gates_do_not_follow_the_slider(self, page):
        section = page.split('<section id="gates">')[1].split("</section>")[0]

        assert "at the policy&#39;s own cut-off; this does not follow the slider" in section
        assert "不随滑块变化" in section

    def test_say_that_rates_are_bounds_where_nobody_was_explored(self, blind):
        report = new_report(blind[1].bundle, blind[0])

        (said,) = [s for s in report.page["summary"] if "can only be bounded" in s["en"]]
        chosen = report.page["chosen"]
        limits = [
            f"{chosen[f'{rate}_{end}']:.2%}"
            for rate in ("bad_rate", "false_rejection_rate")
            for end in ("lower", "upper")
        ]
        assert "approved, between {} and {} turn bad".format(*limits[:2]) in said["en"]
        assert "applicants, between {} and {} are turned".format(*limits[2:]) in said["en"]
        assert "坏账率在{}至{}之间".format(*limits[:2]) in said["zh-CN"]
        assert "误拒率在{}至{}之间".format(*limits[2:]) in said["zh-CN"]
        assert said["en"] in render_report(report)
        assert "none was approved at random" in report.page["caveats"][0]["en"]

    def test_say_what_a_certificate_says(self, known_report):
        assert "With 90% confidence the bad rate" in known_report.page["certificates"][0]["en"]
        assert "90%的置信度" in known_report.page["certificates"][0]["zh-CN"]

    def test_say_that_a_change_by_hand_withdrew_what_was_shown(self, certified, known_history):
        compared = {"shown_no_worse_than_past_policy": True}
        bundle = replace(certified.bundle, evidence=certified.bundle.evidence | compared)
        policy = bundle.policy.model_copy(update={"pd_cutoff": 0.5})
        signature = Signature(author="Committee", note="Bolder")
        changed = amend_policy(bundle, policy, signature, parent="0" * 64).bundle

        page = new_report(changed, known_history[0]).page

        day = f"{changed.policy.created:%Y-%m-%d}"
        assert page["verdict"][0] == "warn"
        assert f"changed by hand on {day}" in page["verdict"][1]["en"]
        (sentence,) = page["certificates"]
        assert f"withdrawn when the policy was changed by hand on {day}" in sentence["en"]
        assert f"于{day}经人工修改" in sentence["zh-CN"]

    def test_speak_of_segments_and_reviews(self, tuned, history):
        cutoff = tuned.bundle.policy.pd_cutoff
        policy = tuned.bundle.policy.model_copy(
            update={
                "pd_cutoff": 0.05,  # by hand: no edge of a ledger
                "review_up_to": 0.07,
                "review": ReviewTerms(capacity_per_day=1000),
                "by": "channel",
                "segments": {"app": SegmentCutoff(pd_cutoff=cutoff)},
            }
        )

        report = new_report(replace(tuned.bundle, policy=policy), history)

        said = " ".join(sentence["en"] for sentence in report.page["summary"])
        assert "at most 5%" in said
        assert "up to 7%, are looked at by a person" in said
        assert report.data["gates"][-1]["cause"] == "review"
        assert report.data["stops"][report.data["chosen"]] == pytest.approx(0.05, rel=2e-3)
        render_report(report)

    def test_say_which_rules_the_model_is_not_made_to_keep(self, tuned):
        bundle = tuned.bundle
        free = replace(bundle, scorer=Scorecard())  # without the schema's directions

        said, unsaid = (" ".join(str(words) for _, words in facts_of(b)) for b in (free, bundle))

        assert "Directions are not guaranteed" in said
        assert "Interactions are not" not in said
        assert "not guaranteed" not in unsaid

    def test_find_a_shifted_feature(self, certified, known_history):
        history, schema = known_history
        time = history.applications.time
        late = time >= np.quantile(time.astype("int64"), 0.8).astype("datetime64[us]")
        table = history.applications.table
        moved = table.assign(income=table["income"].where(~late, table["income"] * 3))

        report = new_report(certified.bundle, as_history(moved, schema))

        assert [row["name"] for row in report.page["quality"] if row["shifted"]] == ["income"]

    def test_leave_the_split_out_where_the_policy_does_not_tell_it(self, tuned, history):
        evidence = {k: v for k, v in tuned.bundle.evidence.items() if k != "split"}

        report = new_report(replace(tuned.bundle, evidence=evidence), history)

        assert [sample["name"] for sample in report.data["samples"]] == ["all"]
        assert "quality" not in report.sections
        assert any("every number is too good" in s["en"] for s in report.page["caveats"])

    def test_weigh_calibration_where_pds_are_of_all(self, tuned, history):
        evidence = tuned.bundle.evidence
        for_all = {**evidence, "model": evidence["model"] | {"calibrated_for": "all"}}
        bundle = replace(tuned.bundle, evidence=for_all)

        weighed = new_report(bundle, history)
        blind = new_report(bundle, replace(history, propensity=None))

        known = samples_of(bundle, scored(bundle, history))["out_of_time"].matured().history
        known = known.take(known.labelled)
        rows = weighed.data["calibration"]
        assert sum(row["n"] for row in rows) == len(known)
        assert any(
            row["bad_rate"] != pytest.approx(row["n_bad"] / row["n"], rel=1e-6) for row in rows
        )
        assert "1 / its propensity" in render_report(weighed)
        assert blind.data["calibration"] == []
        assert 'chart-calibration"' not in render_report(blind).split("<script>")[0]
        assert "so the two are not compared" in render_report(blind)

    def test_show_what_to_look_at_in_both_languages(self, tuned, report):
        findings = tuned.bundle.evidence["model"]["findings"]
        page = render_report(report)

        assert len(report.page["findings"]) == len(findings) > 5
        assert findings[0]["kind"] == "unused"
        assert "left nothing in the model" in page
        assert "未进入模型" in page
        assert f"All {len(findings)}" in page

    def test_need_an_outcome(self, tuned, history):
        unknown = replace(history, bad=np.full(len(history), np.nan))

        with pytest.raises(DataError, match=r"^No application of the table has a known outcome"):
            new_report(tuned.bundle, unknown)


@pytest.fixture(scope="module")
def past(history):
    """Return few features: what the models are worth does not matter here."""
    found = PastApplicants.of(history)
    return replace(found, X=found.X[["channel", "income"]])


@pytest.fixture(scope="module")
def later(tuned, history, schema):
    """Return development, and later rows with a level that nobody had before."""
    moved, time = history.applications.table.copy(), history.applications.time
    late = time >= np.quantile(time.astype("int64"), 0.8).astype("datetime64[us]")
    moved["channel"] = moved["channel"].astype(object).mask(late, "carrier pigeon")
    parts = samples_of(tuned.bundle, scored(tuned.bundle, as_history(moved, schema)))
    return parts["development"], parts["out_of_time"]


class TestQuality:
    def test_looks_at_the_values_of_two_streams(self, tuned, past, later):
        inferred = two_stream(past, Scorecard())
        bundle = replace(tuned.bundle, scorer=inferred.model)

        rows = quality_of(bundle, *later)

        (found,) = [row for row in rows if row["name"] == "channel"]
        assert found["unseen"][0]["examples"] == ["'carrier pigeon'"]
        assert "hold values" in quality_words(bundle, rows)["en"]

    def test_looks_at_the_values_of_a_probit(self, tuned, past, later):
        design = learn_design(past.X)
        probit = BivariateProbitModel(
            design=design,
            coefficients=np.zeros(1 + len(design.means)),
            rho=0.0,
            rho_interval=(-0.5, 0.5),
        )
        bundle = replace(tuned.bundle, scorer=probit)

        rows = quality_of(bundle, *later)

        (found,) = [row for row in rows if row["name"] == "channel"]
        assert found["unseen"][0]["examples"] == ["'carrier pigeon'"]
        assert "hold values" in quality_words(bundle, rows)["en"]

    def test_claims_no_check_that_never_ran(self, tuned, past, later):
        streams = two_stream(past, Scorecard()).model
        other = replace(streams, passing=LogisticRegression())  # which keeps no list of values
        bundle = replace(tuned.bundle, scorer=other)

        for rows in (quality_of(bundle, *later), []):
            said = quality_words(bundle, rows)
            assert "was not checked" in said["en"]
            assert "hold values" not in said["en"]
            assert "未检查" in said["zh-CN"]


class TestBlame:
    def test_adds_up_to_all_gates_together(self, report):
        *gates, total = report.data["blame"]

        assert [gate["gate"] for gate in gates] == list(CAUSES)
        assert total["gate"] == "all"
        for name in ("goods", "blocked_good_rate", "value_lost", "net"):
            assert sum(g[name]["point"] for g in gates) == pytest.approx(total[name]["point"])

    def test_is_refused_in_a_sentence_where_rows_count_differently(self, tuned, history):
        weight = np.where(history.reached, 1.0, 2.0)  # at the score gate they count alike

        report = new_report(tuned.bundle, replace(history, weight=weight))

        assert report.data["blame"] == []
        assert "blame" not in report.sections
        assert "Blame needs rows of equal weight" in render_report(report)

    def test_says_that_only_bounds_are_known(self, report):
        assert {gate["goods"]["how"] for gate in report.data["blame"]} == {"bounded"}

    def test_says_where_a_point_within_bounds_rests_on_pds(self, report, page):
        section = page.split('<section id="blame">')[1].split("</section>")[0]

        assert all(gate["goods"]["point"] is not None for gate in report.data["blame"])
        assert section.count("PDs, within bounds") == len(report.data["blame"])
        assert known_by({"how": "bounded", "point": None}) == "how_bounded"
        assert known_by({"how": "true", "point": 1.0}) == "how_true"

    def test_alone_counts_goods_and_money_of_gates(self, page, known_report):
        gates, blame = (
            page.split(f'<section id="{name}">')[1].split("</section>")[0]
            for name in ("gates", "blame")
        )

        assert "Stopped by this policy" in gates
        assert not any(said in gates for said in ("Goods among them", "Future margin lost"))
        assert "Of all requests of goods" in blame
        assert "占好客户全部请求" in blame
        assert "Goods among them" in render_report(known_report)  # where no gate is blamed


class TestFairness:
    def test_is_that_of_the_applicants_at_the_gate(self, report, tuned, history):
        part = samples_of(tuned.bundle, scored(tuned.bundle, history))["out_of_time"].at_gate()

        cutoff = tuned.bundle.policy.pd_cutoff
        found = fairness(part.history, part.pds, pd_cutoff=cutoff, by="sex")

        (shown,) = (gaps for gaps in report.data["fairness"] if gaps["by"] == "sex")
        assert shown["gap"]["point"] == pytest.approx(found.gap.point)
        assert [g["group"] for g in shown["groups"]] == [g.group for g in found.groups]

    def test_says_where_too_few_goods_are_known(self, tuned, history):
        few = history.take(np.arange(len(history)) < 1200)

        report = new_report(tuned.bundle, few)

        told = {gaps["by"]: gaps for gaps in report.data["fairness"]}
        assert told["age_band"]["too_few"] or told["age_band"]["why_not"]
        assert "Too few known goods to tell" in render_report(report)

    def test_is_left_out_where_segments_have_cutoffs_of_their_own(self, tuned, history):
        own = {"by": "channel", "segments": {"app": SegmentCutoff(pd_cutoff=0.04)}}
        policy = tuned.bundle.policy.model_copy(update=own)

        report = new_report(replace(tuned.bundle, policy=policy), history)

        assert "fairness" not in report.sections
        said = [sentence["en"] for sentence in report.page["caveats"]]
        assert [text for text in said if "Fairness is not shown" in text] == [
            "Fairness is not shown: its gaps are those of one cut-off for everybody, but this "
            "policy has cut-offs by channel."
        ]

    def test_says_that_there_are_no_groups(self, known_report):
        said = " ".join(sentence["en"] for sentence in known_report.page["caveats"])

        assert "the table has no protected column with two to 12 groups" in said

    def test_says_how_reviews_count(self, report, tuned, history):
        band = {"review_up_to": 0.2, "review": ReviewTerms(capacity_per_day=1000)}
        policy = tuned.bundle.policy.model_copy(update=band)

        reviewed = new_report(replace(tuned.bundle, policy=policy), history)

        said = "Applicants whom the policy has reviewed count as rejected."
        assert said in render_report(reviewed).partition("<script")[0]
        assert said not in render_report(report).partition("<script")[0]


class TestSwap:
    @pytest.fixture(scope="class")
    @classmethod
    def swapped(cls, tuned, history):
        stricter = tuned.bundle.policy.model_copy(
            update={"pd_cutoff": tuned.bundle.policy.pd_cutoff / 2}
        )
        champion = replace(tuned.bundle, policy=stricter)
        return new_report(tuned.bundle, history, champion=champion), champion

    def test_agrees_with_a_comparison_of_the_two(self, swapped, tuned, history):
        report, champion = swapped
        part = samples_of(tuned.bundle, scored(tuned.bundle, history))["out_of_time"]

        found = compare_policies(champion, tuned.bundle, part.history.applications.table)

        frame = found.swap.frame.set_index("set")
        sets = {row["set"]: row for row in report.page["swap"]["sets"]}
        assert set(sets) == set(frame.index[frame["by"] == "all"])
        assert sets["swap_in"]["n"] == frame[frame["by"] == "all"].loc["swap_in", "applicants"] > 0
        assert "swap" in report.sections

    def test_names_gates_and_segments(self, swapped):
        page = render_report(swapped[0])

        assert "Application channel: app" in page
        assert "gate: Score: PD above the cut-off" in page
        assert "每1,000笔申请中，本策略较冠军策略多服务好客户" in page


class TestRenderReport:
    def test_needs_no_network(self, page):
        elements = Elements(page)

        addresses = [
            attributes[name]
            for _, attributes in elements.tags
            for name in ("src", "href", "action")
            if name in attributes
        ]
        assert all(a.startswith(("#", "data:")) for a in addresses)
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
        policy = next(a["content"] for t, a in elements.tags if a.get("http-equiv"))
        assert policy.startswith("default-src 'none'")
        assert len(page.encode()) < 8_000_000

    def test_speaks_both_languages(self, page, report):
        assert '<html lang="en" data-lang="en">' in page
        assert "误拒率" in page
        assert '<html lang="zh-CN" data-lang="zh-CN">' in render_report(report, language="zh-CN")

    def test_knows_no_other_language(self, report):
        with pytest.raises(DataError, match=r"^language must be one of en, zh-CN"):
            render_report(report, language="fr")

    def test_holds_no_applicant(self, page, history):
        ids = history.applications.ids
        assert not any(one in page for one in ids[:: len(ids) // 200])

    def test_model_card_is_chinese_in_chinese(self, tuned, history):
        limits = (
            Limit(rate="bad_rate", at_most=0.025, confidence=0.9),
            Limit(rate="approval_rate", at_least=0.6),
            Limit(rate="false_rejection_gap", at_most=0.1, by="channel"),
        )
        policy = tuned.bundle.policy.model_copy(update={"limits": limits})
        report = new_report(replace(tuned.bundle, policy=policy), history)

        (kept_to,) = [value for heading, value in report.page["facts"] if heading["en"] == "Limits"]
        worth = report.page["worth"]

        assert kept_to == {
            "en": "Bad rate at most 2.5%, with 90% confidence; Approval rate at least 60%; "
            "False rejection gap at most 10% between groups of channel",
            "zh-CN": "坏账率不超过2.5%，置信度90%；批准率不低于60%；"
            "各channel群体间误拒率差距不超过10%",
        }
        assert len(worth) > 3
        for text in [row[name] for row in worth for name in ("name", "assumption")]:
            assert re.search("[\u4e00-\u9fff]", text["zh-CN"])
            assert not re.search("[A-Za-z,]", text["zh-CN"])
        assert {str(found) for found in Assumption} == {
            words["en"] for key, words in catalogue().items() if key.startswith("assumes_")
        }

    def test_has_chinese_punctuation_in_chinese(self, page):
        chinese = re.findall(r'<span lang="zh-CN">([^<]*)</span>', page)

        assert len(chinese) > 100
        assert not [text for text in chinese if re.search("[\u4e00-\u9fff] ?[:;,]", text)]
        assert not re.search(r"</span>[:.;,]", page)
        assert not [text for text in chinese if re.search("[。；，] ", text)]

    def test_has_words_for_all_it_says(self):
        for key, words in catalogue().items():
            assert set(words) == {"en", "zh-CN"}, key
            holes = [set(re.findall(r"\{(\w+)\}", words[language])) for language in words]
            assert holes[0] == holes[1], key

    def test_escapes_whatever_comes_from_data(self, known_history):
        history, schema = known_history
        table = history.applications.table
        hostile = table.rename(columns={"reviews_12m": "<script>alert(1)</script>"}).assign(
            channel=table["channel"].where(table["channel"] != "web", HOSTILE)
        )
        columns = {
            "<script>alert(1)</script>" if name == "reviews_12m" else name: column
            for name, column in schema.columns.items()
        }
        columns["channel"] = Column(role="segment", label={"en": HOSTILE})
        wild = Schema(columns=columns)
        past = as_history(hostile, wild)
        bundle = tuned_on(past, wild, Limit(rate="bad_rate", at_most=0.05)).bundle

        page = render_report(new_report(bundle, past, table=f"{HOSTILE}.csv"))

        plain = Elements(render_report(new_report(bundle, past)))
        elements = Elements(page)
        assert [tag for tag, _ in elements.tags] == [tag for tag, _ in plain.tags]
        assert HOSTILE not in page
        assert "<script>alert(1)" not in page
        assert HOSTILE in json.dumps(data_of(page)["samples"])
        assert data_of(page)["labels"]["channel"]["en"] == HOSTILE


class TestReportFigures:
    def test_are_the_pictures_of_the_page(self, report):
        figures = report_figures(report)

        assert set(figures) == {
            "tradeoff", "frontier", "distribution", "gates", "reasons", "vintages"
        }  # fmt: skip
        curve = report.data["samples"][0]["groups"][0]["curve"]
        _, drawn = figures["tradeoff"].axes[0].lines[0].get_data()
        assert drawn[-1] == pytest.approx(curve["bad_rate"][-1])
        reasons = report.data["reasons"][0]["reasons"]
        assert figures["gates"].axes[0].get_xlabel() == "Stopped by this policy"
        labels = [text.get_text() for text in figures["reasons"].axes[0].get_yticklabels()]
        assert labels == [row["words"]["en"] for row in reasons]

    def test_leave_out_what_there_are_no_data_for(self, report):
        bare = replace(report, data={**report.data, "gates": [], "reasons": [], "vintages": []})

        assert set(report_figures(bare)) == {"tradeoff", "frontier", "distribution"}


class TestLookup:
    def test_says_what_explain_says(self, tuned, history, stopped):
        lookup = Lookup(ids=[stopped], plain_ids=True)

        report = new_report(tuned.bundle, history, lookup=lookup)

        found = answer(tuned.bundle, history.applications, stopped)
        entry = report.data["lookup"]["entries"][stopped]
        assert [reason["words"]["en"] for reason in entry["reasons"]] == [
            reason.words["en"] for reason in found.reasons
        ]
        assert entry["say"] == found.summary
        assert "lookup" in report.sections

    def test_says_that_other_models_are_not_searched(self, tuned, past, history):
        bundle = replace(tuned.bundle, scorer=two_stream(past, Scorecard()).model)
        at_gate = scored(bundle, history).at_gate()
        cutoff = float(np.quantile(at_gate.pds, 0.8))
        policy = bundle.policy.model_copy(update={"pd_cutoff": cutoff})
        bundle = replace(bundle, policy=policy)
        rejected = at_gate.take(at_gate.pds > cutoff).history.applications.ids[0]

        view = support_view(bundle, history.applications, rejected)

        assert view.reasons
        assert view.steps == ()
        assert view.steps_heading["en"].startswith("Not searched")
        assert view.steps_heading["zh-CN"].startswith("未作搜索")

    def test_hashes_ids(self, tuned, history, stopped):
        report = new_report(tuned.bundle, history, lookup=Lookup(ids=[stopped]))

        assert stopped not in render_report(report)
        assert "treat it as personal data" in report.page["caveats"][-1]["en"]

    def test_refuses_an_id_that_is_not_there(self, tuned, history):
        with pytest.raises(DataError, match=r"^ids must be .* 1 of 1 are not; the first is 'X'"):
            new_report(tuned.bundle, history, lookup=Lookup(ids=["X"]))
