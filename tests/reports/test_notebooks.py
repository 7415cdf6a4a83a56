"""How records show themselves in a notebook."""

from dataclasses import replace

from riskkit.bundle import answer, compare_policies
from riskkit.decisions import SegmentCutoff


def test_a_policy_shows_cutoffs_limits_and_gates(tuned):
    policy = tuned.bundle.policy.model_copy(
        update={"by": "channel", "segments": {"<b>": SegmentCutoff(pd_cutoff=0.04)}}
    )

    shown = policy._repr_html_()

    assert f"<td>{policy.pd_cutoff:.6g}</td>" in shown
    assert "PD cut-off: &lt;b&gt;" in shown
    assert "bad_rate &lt;= 0.03" in shown
    assert "gate: system" in shown


def test_a_tuned_cutoff_shows_its_rates_beside_the_past_ones(tuned):
    shown = tuned.tuned._repr_html_()

    assert f"<td>{tuned.tuned.chosen['bad_rate']:.4g}</td>" in shown
    assert f"<td>{tuned.tuned.incumbent['bad_rate']:.4g}</td>" in shown


def test_a_certified_cutoff_shows_what_is_certified(certified):
    assert "With 90% confidence" in certified.tuned._repr_html_()


def test_a_swap_set_shows_its_four_sets(tuned, history):
    policy = tuned.bundle.policy.model_copy(update={"pd_cutoff": 0.02})
    stricter = replace(tuned.bundle, policy=policy)

    shown = compare_policies(stricter, tuned.bundle, history.applications.table).swap._repr_html_()

    assert "swap_in" in shown
    assert "keep_out" in shown


def test_an_answer_shows_its_reasons(tuned, history):
    found = answer(tuned.bundle, history.applications, tuned.rejected)

    shown = found._repr_html_()

    assert "stopped by the score gate" in shown
    assert found.reasons[0].factor["en"] in shown
