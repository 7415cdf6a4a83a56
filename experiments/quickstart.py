"""The whole Python API in one script: draw, train, tune, decide, explain, report.

Question
    What does the road from a table of applications to a policy that holds look like in Python?
Command
    python experiments/quickstart.py
    Half a minute; writes quickstart/report.html, which opens without a network.
Result
    Paste it, and put your own table in place of the world.
"""

from pathlib import Path

from riskkit.applicants import as_history
from riskkit.applicants.world import draw_applicants, preset
from riskkit.bundle import answer, load_bundle, save_bundle, train_model, tune_policy
from riskkit.decisions import Goal, decide
from riskkit.lending import parse_limit
from riskkit.reports import new_report, render_report
from riskkit.scores import Scorecard

OUT = Path("quickstart")


def main() -> None:
    """Walk the road."""
    # 1. Past applications: a synthetic world, or read_history(Path("loans.csv"), schema).
    spec = preset("calm").with_settings({"quiet_months": 12, "journey.exploration": 0.1})
    world = draw_applicants(spec, 40_000, seed=1)
    history = as_history(world.applications, world.schema)

    # 2. A PD model, trained on what a lender sees: outcomes of the approved only.
    model = train_model(history, world.schema, {"scorecard": Scorecard()})

    # 3. A cut-off: fewest good applicants turned away under a certified cap on the bad rate.
    goal = Goal(limits=(parse_limit("bad_rate <= 3% @ 90%"),))
    policy = tune_policy(model, history, goal)
    print(policy.tuned.certificates[0].claim)

    # 4. Everything in one folder, which is what decides, explains and reports.
    (OUT / "policy").mkdir(parents=True, exist_ok=True)
    save_bundle(policy.bundle, OUT / "policy")
    bundle = load_bundle(OUT / "policy")

    # 5. Decide, and tell one who was rejected why.
    applications = history.applications
    pds = bundle.scorer.predict_proba(applications.features)[:, 1]
    decisions = decide(bundle.policy, pds, applications.table)
    print(f"Approved: {decisions.approved.mean():.1%}")
    rejected = applications.ids[decisions.stopped_by == "score"][0]
    print(answer(bundle, applications, rejected).reasons[0].words["en"])

    # 6. One page for the risk committee.
    page = render_report(new_report(bundle, history))
    (OUT / "report.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
