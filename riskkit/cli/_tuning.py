"""What `riskkit tune` and the demo share: a policy tuned, written, sealed, tracked and shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import RootModel

from riskkit._files import check_vacant, new_folder
from riskkit._records import as_record, read_record
from riskkit.applicants import History, content_hash, read_history
from riskkit.bundle import (
    Attempt,
    Model,
    PolicyShape,
    Recipe,
    TunedPolicy,
    journal_of,
    load_model,
    refused_entries,
    save_bundle,
    seal_hash,
    tune_policy,
    write_down,
)
from riskkit.cli._console import out as console
from riskkit.cli._console import step
from riskkit.cli._recording import record_folder
from riskkit.decisions import Goal, ReviewTerms
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics, parse_limit
from riskkit.reports import (
    frontier_table,
    limits_table,
    percent,
    review_table,
    review_words,
    save_figure,
    segments_table,
    segments_words,
    tradeoff_table,
    tuned_words,
    tuning_figures,
)
from riskkit.scores import (
    scorer_hash,
)
from riskkit.tracking import check_tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneOrder:
    """What `riskkit tune` was asked for."""

    table: Path
    model: Path
    out: Path
    goal: Goal
    tracking_uri: str | None
    overwrite: bool
    shape: PolicyShape = field(default_factory=PolicyShape)


class _Changes(RootModel[dict[str, dict[str, float]]]):
    """For each segment, what differs in its economics."""


def tune_and_save(order: TuneOrder) -> tuple[TunedPolicy, str | None]:
    """Tune, write the policy folder, then track it; return the policy and the run's id, if any."""
    check_vacant(order.out, overwrite=order.overwrite)
    model = load_model(order.model)
    check_tracking(order.tracking_uri)
    with step(f"reading {order.table}"):
        history = read_history(order.table, model.schema)
    with step("choosing the cut-off on the tuning rows"):
        policy = _tuned_or_written_down(order, model, history)
    tuned = policy.tuned
    with new_folder(order.out, overwrite=order.overwrite) as folder:
        tuned.curve.to_csv(folder / "frontier.csv", index=False)
        if policy.segments is not None:
            policy.segments.table.to_csv(folder / "segments.csv", index=False)
        for name, figure in tuning_figures(tuned).items():
            save_figure(figure, folder / f"{name}.png")
        Recipe(
            command="tune",
            table=str(order.table),
            data_hash=policy.bundle.evidence["data"]["hash"],
            rows=len(history),
            settings={"model": seal_hash(order.model)},
        ).write(folder)
        save_bundle(policy.bundle, folder)
    write_down(journal_of(order.model), policy.bundle.evidence["drawn_from_this_sample"])
    return policy, record_folder("tune", order.out, uri=order.tracking_uri)


def _tuned_or_written_down(order: TuneOrder, model: Model, history: History) -> TunedPolicy:
    # A refused attempt was a try on this sample too.
    journal = journal_of(order.model)
    try:
        return tune_policy(model, history, order.goal, shape=order.shape, journal=journal)
    except InfeasibleCutoffError:
        attempt = Attempt(
            table=content_hash(history.applications.table),
            scorer=scorer_hash(model.scorer),
            goal=order.goal,
            shape=order.shape,
        )
        write_down(journal, refused_entries(attempt))
        raise


def limits_of(
    limits: Sequence[str], max_bad_rate: float | None, confidence: float | None
) -> tuple[Limit, ...]:
    """Return the limits that the options mean.

    Raises
    ------
    DataError
        If one of them is no limit.
    """
    parsed = [parse_limit(text) for text in limits]
    if max_bad_rate is None and confidence is not None:
        raise DataError(
            "--confidence needs --max-bad-rate, the cap that is to be certified; other limits take "
            'theirs as in --limit "approval_rate >= 0.6 @ 95%".'
        )
    if max_bad_rate is not None:
        _check_between("--max-bad-rate", max_bad_rate, 0, 1)
        if confidence is not None:
            _check_between("--confidence", confidence, 0.5, 1)
        parsed.append(Limit(rate="bad_rate", at_most=max_bad_rate, confidence=confidence))
    return tuple(parsed)


def _check_between(option: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise DataError(
            f"{option} must be a fraction between {low:g} and {high:g}, but is {value:g}"
            + (f"; write {value:g} % as {value / 100:g}." if low < value / 100 < high else ".")
        )


def shape_of(
    by: str | None,
    segment_economics: Path | None,
    review: Path | None,
    applicants_per_day: float | None,
    common: LoanEconomics,
) -> PolicyShape:
    """Return the shape that the options mean.

    Raises
    ------
    DataError
        If a file is absent or breaks a rule.
    """
    economics = {}
    if segment_economics is not None:
        changes = read_record(_Changes, segment_economics).root
        economics = {
            name: as_record(
                LoanEconomics, common.model_dump() | own, source=f"{segment_economics}, {name}"
            )
            for name, own in changes.items()
        }
    return PolicyShape(
        by=by,
        economics=economics,
        review=None if review is None else read_record(ReviewTerms, review),
        applicants_per_day=applicants_per_day,
    )


def tuned_record(policy: TunedPolicy) -> dict[str, Any]:
    """Return a tuned policy as plain data."""
    bundle = policy.bundle
    curve = policy.tuned.curve
    rows = curve.astype(object).where(curve.notna(), None).to_dict("records")
    return {"policy": bundle.policy.model_dump(mode="json"), **bundle.evidence, "curve": rows}


def print_tuned(policy: TunedPolicy, *, assumed_economics: bool) -> None:
    """Print what a manager wants to know of a tuned policy."""
    tuned = policy.tuned
    if note := policy.bundle.policy.note:  # first of all: nobody shall start it by mistake
        console.print(note, style="bold red", highlight=False, soft_wrap=True)
    samples = policy.bundle.evidence["samples"]
    console.print(
        f"Tuned on {samples['tuning']:,} rows; left out: {samples.get('development', 0):,} that "
        f"the model was developed on, {samples.get('out_of_time', 0):,} out of time.",
        highlight=False,
    )
    for sentence in tuned.knowledge:
        console.print(f"• {sentence}", highlight=False)
    console.print(tradeoff_table(tuned))
    console.print(frontier_table(tuned))
    if tuned.shadow_prices:
        console.print(limits_table(tuned))
    for words, style in tuned_words(tuned):
        console.print(words, style=style, highlight=False)
    _print_shape(policy)
    evidence = policy.bundle.evidence
    if len(evidence["drawn_from_this_sample"]) > 1:
        console.print(
            f"{len(evidence['drawn_from_this_sample'])} certificates have been drawn from this "
            "tuning sample, refused attempts included; all together they hold with "
            f"{percent(evidence['joint_confidence'], 1)} confidence. Those of models in other "
            "folders are not counted.",
            highlight=False,
        )
    later = evidence["out_of_time"]
    before = ", before reviews" if policy.review is not None and policy.review.has_band else ""
    if later is not None and later["bad_rate"] is not None:
        console.print(
            f"Out of time, at this cut-off{before}: approval rate "
            f"{percent(later['approval_rate'])}, bad rate {percent(later['bad_rate'])}, false "
            f"rejections {percent(later['false_rejection_rate'])}.",
            highlight=False,
        )
    source = "assumed (give --economics)" if assumed_economics else "as given"
    break_even = evidence["break_even_pd"]
    pays = f"the break-even PD is {percent(break_even)}" if break_even > 0 else (
        "no PD is low enough for the mean loan to pay"
    )  # fmt: skip
    console.print(
        f"Economics {source}: margin {tuned.goal.economics.margin:g}, LGD "
        f"{tuned.goal.economics.lgd:g}; {pays}.",
        highlight=False,
    )


def _print_shape(policy: TunedPolicy) -> None:
    if policy.segments is not None:
        console.print(segments_table(policy.segments))
        for words, style in segments_words(policy.segments):
            console.print(words, style=style, highlight=False)
    if policy.review is not None:
        console.print(review_table(policy.review))
        for words, style in review_words(policy.review):
            console.print(words, style=style, highlight=False)
