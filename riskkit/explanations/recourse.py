"""The smallest changes that would turn a rejection into an approval, or a proof of none."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import check_open_fraction
from riskkit.applicants import Derivation, following
from riskkit.errors import DataError
from riskkit.explanations.levers import Lever, moved
from riskkit.explanations.search import Found, Solver
from riskkit.explanations.search_points import points_solver
from riskkit.explanations.search_trees import trees_solver
from riskkit.scores import BoostedScorer, Scorecard, Scorer

#: At most so many alternatives are given, each of at most so many changes unless none is.
MAX_PLANS = 3
MAX_CHANGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes after which every gate is passed."""

    changes: Mapping[str, tuple[Any, Any]]  #: By feature, the present value and the new one.
    cost: float  #: The number of changes, and for each how far it goes.
    pd: float  #: Probability of default after them [fraction].
    cheapest: bool  #: Whether it is proved that no plan costs less.
    #: Present and new values of derived columns, which change along.
    follow: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recourse:
    """What an applicant can do."""

    plans: tuple[Plan, ...]  #: Cheapest first, each of other features; none where there is none.
    proved_none: bool  #: Whether it is proved that no change of the levers helps.
    searched: bool = True  #: Whether anything was searched: only scorecards and trees are.


def find_recourse(  # noqa: PLR0913 - one argument for each thing that decides
    scorer: Scorer,
    applicant: pd.DataFrame,
    levers: Sequence[Lever],
    *,
    pd_cutoff: float,
    accepts: Callable[[pd.DataFrame], bool],
    derived: Mapping[str, Derivation] | None = None,
) -> Recourse:
    """Return the cheapest changes that flip a rejection, each scored again.

    The search is exact over all values of all levers: for a scorecard by merging what pays off
    of each lever, for trees by branch and bound (treecf). Where levers that must be taken together
    have too many combinations, the cheapest are tried, and nothing is said to be proved.
    Alternatives are the cheapest for other sets of at most `MAX_CHANGES` features, none of which
    holds another.

    Parameters
    ----------
    scorer : Scorecard or BoostedScorer
        A fitted scorer; of any other nothing is searched, and `Recourse.searched` says so.
    applicant : DataFrame, shape (1, n_columns)
        Their features, and the columns that derived ones follow from.
    levers : sequence of Lever
        What can be changed, see `new_levers`.
    pd_cutoff : float
        Approved if PD <= this [fraction].
    accepts : callable
        Whether every gate, the score among them, passes an applicant with these features; a
        suggestion it refuses is not made, and nothing is then said to be proved.
    derived : mapping of str to Derivation, optional
        How columns follow from others (`Schema.derived`): they are recomputed before anything is
        scored.

    Returns
    -------
    Recourse
        Up to `MAX_PLANS` plans, or none, and whether that is proved.

    Raises
    ------
    DataError
        If the cut-off is no fraction, the score does not reject the applicant, or a column is
        absent or cannot be read as in training.

    References
    ----------
    .. [1] Ustun, Spangher and Liu (2019), Actionable recourse in linear classification, FAT* '19.
    .. [2] Wachter, Mittelstadt and Russell (2018), Harvard J. Law & Technology 31, 841-887.

    Examples
    --------
    >>> from riskkit.applicants import Column, Schema
    >>> from riskkit.explanations import new_levers
    >>> X = pd.DataFrame({"loans": [3.0, 0.0, 1.0, 2.0] * 100})
    >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 100)
    >>> column = Column(role="feature", kind="number", worse="higher", actionable=True)
    >>> levers = new_levers(X[:1], X[1:3], Schema(columns={"loans": column}))
    >>> accepts = lambda features: bool(scorecard.predict_proba(features)[0, 1] <= 0.2)
    >>> found = find_recourse(scorecard, X[:1], levers, pd_cutoff=0.2, accepts=accepts)
    >>> dict(found.plans[0].changes)
    {'loans': (3.0, 1.0)}
    """
    check_open_fraction(pd_cutoff=pd_cutoff)
    target = float(np.log(pd_cutoff) - np.log1p(-pd_cutoff))
    pds = scorer.predict_proba(applicant)[:, 1]
    if pds[0] <= pd_cutoff:
        raise DataError(
            f"applicant must be rejected by the score, but has PD {pds[0]:.4g} and pd_cutoff is "
            f"{pd_cutoff:.4g}."
        )
    known = derived or {}
    if isinstance(scorer, BoostedScorer):
        solve = trees_solver(scorer, applicant, target, known)
    elif isinstance(scorer, Scorecard):
        solve = points_solver(scorer, applicant, target, known)
    else:  # such as a mixture of models: nothing is searched, so nothing is proved
        return Recourse(plans=(), proved_none=False, searched=False)
    whole = solve(levers)
    if not whole.moves:
        return Recourse(plans=(), proved_none=whole.proved)
    found = [whole, *_alternatives(solve, levers)]
    plans: dict[frozenset[str], Plan] = {}
    for one in found:
        plan = _plan(scorer, applicant, one, known, accepts=accepts, cheapest=one is whole)
        if plan is not None:
            plans.setdefault(frozenset(plan.changes), plan)
    cheapest = sorted(plans.values(), key=lambda plan: plan.cost)
    return Recourse(plans=tuple(cheapest[:MAX_PLANS]), proved_none=False)


def _alternatives(solve: Solver, levers: Sequence[Lever]) -> Iterator[Found]:
    enough: list[frozenset[str]] = []  # sets that suffice: with more, nothing is won
    for size in range(1, MAX_CHANGES + 1):
        for some in itertools.combinations(levers, size):
            names = frozenset(lever.name for lever in some)
            if any(known <= names for known in enough):
                continue
            found = solve(some)
            if found.moves:
                enough.append(names)
                yield found


def _plan(  # noqa: PLR0913 - what decides over one suggestion
    scorer: Scorer,
    applicant: pd.DataFrame,
    found: Found,
    derived: Mapping[str, Derivation],
    *,
    accepts: Callable[[pd.DataFrame], bool],
    cheapest: bool,
) -> Plan | None:
    changed = moved(applicant, found.moves, derived)
    if not accepts(changed):
        return None

    def pairs(names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
        both = {name: (applicant[name].iloc[0], changed[name].iloc[0]) for name in names}
        return {name: (_plain(before), _plain(after)) for name, (before, after) in both.items()}

    return Plan(
        changes=pairs(found.moves),
        follow=pairs(following(derived, found.moves.keys())),
        cost=found.cost,
        pd=float(scorer.predict_proba(changed)[0, 1]),
        cheapest=cheapest and found.proved,
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
