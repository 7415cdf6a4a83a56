"""Two policies on one table of past applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.applicants import (
    Applications,
    History,
    Schema,
    as_applications,
    as_history,
    as_levels,
    read_table,
)
from riskkit.bundle.bundles import Bundle
from riskkit.decisions import (
    Contender,
    Outcomes,
    SwapSet,
    decide,
    recorded_gates,
    settle,
    swap_set,
)
from riskkit.errors import DataError
from riskkit.lending import passes

#: The column of a file of truths that says who is bad.
_TRUTH = "truth_bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Champion and challenger on a table."""

    swap: SwapSet  #: Whom only one approves, and what that is worth.
    n_open: int  #: Applications left out: their windows have not closed, outcomes are not known.
    is_truth: bool  #: Whether everybody's outcome is known.


def compare_policies(
    champion: Bundle,
    challenger: Bundle,
    table: pd.DataFrame,
    *,
    truth: pd.DataFrame | None = None,
    by: Sequence[str] = (),
) -> Comparison:
    """Compare two policies on past applications.

    Reviews keep to each day's capacity; random approvals are left out, so that the rules are
    compared. Where the past policy approved some at random, estimates are corrected for it; whom
    it could never approve, among them all whom another gate stopped, has bounds only.

    Parameters
    ----------
    champion, challenger : Bundle
        The policy in force and the proposed one; money is counted by the latter's economics.
    table : DataFrame
        Past applications that match both schemas.
    truth : DataFrame, optional
        Of a synthetic world: ``truth_bad`` of everybody, by application id.
    by : sequence of str
        Columns to compare within.

    Returns
    -------
    Comparison
        The four sets.

    Raises
    ------
    DataError
        If a column is absent or breaks its rule, weights differ, no outcome is known, the truth is
        of other applications, or a column to compare within has too many values.
    """
    absent = [name for name in by if name not in table]
    if absent:
        raise DataError(
            f"--by must name columns of the table, but it has none called {absent[0]!r}."
        )
    for bundle in (champion, challenger):
        _refuse_weights(table, bundle.schema)
    if truth is None:
        history = as_history(table, challenger.schema)
        kept = history.matured
        applications, outcomes = history.applications, _seen(history, challenger)
    else:
        applications = as_applications(table, challenger.schema)
        kept = np.ones(len(applications), dtype=bool)
        outcomes = _true(applications, truth, id_name=challenger.schema.need("id"))
    n_open = int((~kept).sum())
    return Comparison(
        swap=swap_set(
            _contender(champion, table, kept),
            _contender(challenger, table, kept),
            Outcomes(
                bad=outcomes.bad[kept],
                propensity=outcomes.propensity[kept],
                amount=outcomes.amount[kept],
                is_truth=outcomes.is_truth,
            ),
            by={name: as_levels(table[name])[kept].to_numpy() for name in by},
        ),
        n_open=n_open,
        is_truth=truth is not None,
    )


def read_truth(path: Path) -> pd.DataFrame:
    """Read the file with the truth of a synthetic world.

    Parameters
    ----------
    path : Path
        Such as ``truth.parquet``, which `riskkit generate` writes.

    Returns
    -------
    DataFrame
        With everybody's outcome.

    Raises
    ------
    DataError
        If it is no table, or has no column ``truth_bad``.
    """
    truth = read_table(path)
    if _TRUTH not in truth:
        raise DataError(f"{path} has no column {_TRUTH!r}; give the truth of a synthetic world.")
    return truth


def _refuse_weights(table: pd.DataFrame, schema: Schema) -> None:
    # By either schema: rows that stand for many would count as one.
    name = schema.the("weight")
    if name in table and len(as_levels(table[name]).unique()) > 1:
        raise DataError(
            f"compare counts applications, but their weights in column {name!r} differ; compare on "
            "a table whose rows count alike, or give that column role ignore in both schemas."
        )


def _contender(bundle: Bundle, table: pd.DataFrame, kept: Flags) -> Contender:
    applications = as_applications(table, bundle.schema).take(kept)
    policy = bundle.policy.model_copy(update={"exploration": None})
    pds = bundle.scorer.predict_proba(applications.features)[:, 1]
    by_rules = decide(policy, pds, applications.table)
    times = applications.time
    return Contender(
        policy=policy, decisions=settle(policy, by_rules, ids=applications.ids, times=times)
    )


def _seen(history: History, bundle: Bundle) -> Outcomes:
    # Whom another gate stopped was never seen, whatever their chance at the score gate.
    chance = history.approved.astype(np.float64)
    if history.propensity is not None:
        chance = np.where(history.reached, np.nan_to_num(history.propensity), 0.0)
    table = history.applications.table
    for gate in recorded_gates(bundle.schema):
        chance = np.where(passes(gate, table) | history.approved, chance, 0.0)
    bad = np.where(history.matured, history.bad, np.nan)
    return Outcomes(bad=bad, propensity=chance, amount=history.applications.amount)


def _true(applications: Applications, truth: pd.DataFrame, *, id_name: str) -> Outcomes:
    if id_name not in truth:
        raise DataError(f"truth must name the applications in a column {id_name!r}, but has none.")
    places = pd.Index(as_levels(truth[id_name])).get_indexer(applications.ids)
    if (places < 0).any():
        first = int(np.flatnonzero(places < 0)[0])
        raise DataError(
            f"truth must hold every application, but {int((places < 0).sum())} are not in it; the "
            f"first is {applications.ids[first]!r}."
        )
    bad: Floats = truth[_TRUTH].to_numpy(dtype=np.float64)[places]
    return Outcomes(
        bad=bad, propensity=np.ones(len(bad)), amount=applications.amount, is_truth=True
    )
