"""What `riskkit demo` does: the road on a world whose truth is known, and the comparison."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Flags
from riskkit._files import check_vacant, new_folder
from riskkit.applicants import History, read_history, sample_of
from riskkit.applicants.world import WorldSpec, preset, write_world
from riskkit.bundle import Answer, TunedPolicy, answer
from riskkit.cli._console import out as console
from riskkit.cli._console import step
from riskkit.cli._report import ReportOrder, write_report
from riskkit.cli._training import TrainOrder, train_and_save
from riskkit.cli._tuning import TuneOrder, print_tuned, tune_and_save
from riskkit.cli.explain import answer_record, print_answer
from riskkit.decisions import Goal, decide
from riskkit.errors import DataError
from riskkit.lending import DecisionRates, Limit, LoanEconomics, decision_rates
from riskkit.reports import comparison_table, percent

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """What `riskkit demo` was asked for."""

    out: Path
    applicants: int
    seed: int
    tracking_uri: str | None
    overwrite: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A policy on out-of-time applicants whose outcomes are all known."""

    rates: DecisionRates
    profit: float  # per application [currency]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo found."""

    order: DemoOrder
    policy: TunedPolicy
    n_graded: int
    incumbent: Graded
    tuned: Graded
    rejected: Answer

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "folder": str(self.order.out),
            "report": str(self.order.out / "report.html"),
            "applicants": self.order.applicants,
            "graded_on": self.n_graded,
            "incumbent": asdict(self.incumbent),
            "tuned": asdict(self.tuned),
            "certificates": self.policy.bundle.evidence["certificates"],
            "rejected": answer_record(self.rejected),
        }


def run_demo(order: DemoOrder) -> Demo:
    """Walk the road."""
    for name in ("world", "model", "policy", "report.html"):
        check_vacant(order.out / name, overwrite=order.overwrite)
    world = order.out / "world"
    with (
        step(f"drawing {order.applicants:,} applicants"),
        new_folder(world, overwrite=order.overwrite) as folder,
    ):
        write_world(_world(), order.applicants, seed=order.seed, folder=folder)
    model, _ = train_and_save(
        TrainOrder(
            table=world / "applications.parquet",
            schema=world / "schema.yaml",
            model="boosted",
            out=order.out / "model",
            seed=order.seed,
            jobs=2,
            tracking_uri=order.tracking_uri,
            overwrite=order.overwrite,
        )
    )
    with step("reading the bad rate of the policy in force"):
        history = read_history(world / "applications.parquet", model.schema)
        samples = sample_of(history.applications, model.split)
        limit = _incumbent_limit(history.take(samples == "development"))
    policy, _ = tune_and_save(
        TuneOrder(
            table=world / "applications.parquet",
            model=order.out / "model",
            out=order.out / "policy",
            goal=Goal(limits=(limit,)),
            tracking_uri=order.tracking_uri,
            overwrite=order.overwrite,
        )
    )
    write_report(
        ReportOrder(
            table=world / "applications.parquet",
            policy=order.out / "policy",
            out=order.out / "report.html",
            overwrite=order.overwrite,
        )
    )
    with step("grading both policies against the truth, out of time"):
        later = history.take(samples == "out_of_time")
        truth = pd.read_parquet(world / "truth.parquet").set_index(model.schema.need("id"))
        truth = truth.loc[later.applications.ids]
        return _graded(order, policy, later, truth)


def print_demo(done: Demo) -> None:
    """Print what was found, what was written and what to try next."""
    out = done.order.out
    print_tuned(done.policy, assumed_economics=True)
    policies = {"policy in force": done.incumbent, "tuned policy": done.tuned}
    console.print()
    console.print(
        comparison_table(
            {name: (graded.rates, graded.profit) for name, graded in policies.items()},
            f"The truth: all {done.n_graded:,} out-of-time applicants, whatever gate stopped them",
        )
    )
    before, after = done.incumbent.rates, done.tuned.rates
    won_back = 1 - after.false_rejection_rate / before.false_rejection_rate
    console.print(
        f"The tuned policy {'wins back' if won_back >= 0 else 'loses another'} "
        f"{percent(abs(won_back), 0)} of the good users whom the score gate in force rejects; its "
        f"true bad rate is {percent(after.bad_rate)}, that of the policy in force "
        f"{percent(before.bad_rate)}.",
        highlight=False,
    )
    for language in ("en", "zh-CN"):
        console.print()
        print_answer(done.rejected, language)
    console.print()
    console.print(f"Written to {out}/:", highlight=False)
    for name, content in (
        ("world", "applications, truth (kept apart) and schema"),
        ("model", "the PD model: plain files, sealed"),
        ("policy", "the policy and its evidence; look at policy/tradeoff.png"),
    ):
        console.print(f"  {name + '/':8} {content}", highlight=False)
    console.print("  report.html  all of it on one page with a slider; open it", highlight=False)
    console.print("Next:", highlight=False)
    for command in (
        "mlflow ui",
        f"riskkit explain {out}/world/applications.parquet --policy {out}/policy "
        f"--id {done.rejected.application_id} --lang zh-CN",
        f"riskkit tune {out}/world/applications.parquet --model {out}/model --objective profit "
        "--max-bad-rate 0.04 --confidence 0.95 --out policy/",
        "riskkit describe YOUR_TABLE.csv --outcome COLUMN --out schema.yaml",
    ):
        console.print(f"  {command}", highlight=False, soft_wrap=True)


def _world() -> WorldSpec:
    # Looked at a year later, when every window has closed, of a lender that approves one in ten
    # would-be rejections at random: more outcomes to certify on.
    return preset("calm").with_settings({"quiet_months": 12, "journey.exploration": 0.1})


def _incumbent_limit(development: History) -> Limit:
    # Of development applicants, so that the cap is fixed before the tuning sample is seen.
    assert development.propensity is not None  # noqa: S101 - the world records it
    sure = development.bad[development.labelled & (development.propensity == 1)]
    if not sure.any():
        raise DataError("Too few applicants for a demo; ask for at least 20000 with --applicants.")
    cap = math.floor(1e4 * sure.mean()) / 1e4
    return Limit(rate="bad_rate", at_most=cap, confidence=_CONFIDENCE)


def _graded(order: DemoOrder, policy: TunedPolicy, later: History, truth: pd.DataFrame) -> Demo:
    bundle = policy.bundle
    applications = later.applications
    pds = bundle.scorer.predict_proba(applications.features)[:, 1]
    decisions = decide(bundle.policy, pds, applications.table)
    verdicts = truth.filter(like="truth_verdict_")
    in_force = np.asarray((verdicts == "passed").all(axis=1))
    # Both policies keep the lender's own rules; whom those stop, no score rejects.
    asked = later.reached & np.asarray(verdicts["truth_verdict_policy"] == "passed")
    stopped = np.flatnonzero(decisions.stopped_by == "score")
    typical = stopped[np.argsort(pds[stopped])[stopped.size // 2]]
    return Demo(
        order=order,
        policy=policy,
        n_graded=len(later),
        incumbent=_grade(in_force, asked, later, truth),
        tuned=_grade(decisions.approved, asked, later, truth),
        rejected=answer(bundle, applications, applications.ids[typical]),
    )


def _grade(approved: Flags, asked: Flags, later: History, truth: pd.DataFrame) -> Graded:
    bad = truth["truth_bad"].to_numpy() == 1
    values = LoanEconomics().values(later.applications.amount)
    approved_value = np.where(bad, values.bad_if_approved, values.good_if_approved)
    stopped_value = np.where(bad, 0.0, values.good_if_stopped)
    return Graded(
        rates=decision_rates(approved=approved, bad=bad, reached_score=asked),
        profit=float(np.where(approved, approved_value, stopped_value).mean()),
    )
