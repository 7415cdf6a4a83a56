"""What decision makers of different leniency tell of whoever the strict ones stopped.

Where applications came to officers, branches or policy versions by chance, the lenient ones show
outcomes of applicants whom the strict ones would have stopped: the leniency is an instrument.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from riskkit._checks import Flags, as_finite, as_flags, check_open_fraction, check_shapes
from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection.bounds import Bounds
from riskkit.selection.records import Assumption, Population

_TOO_LOW = (
    "Decision makers who see more than the score reject some whom the score would approve; the bad "
    "rate then comes out too low (in a simulation by up to 15 %). Compare it with leniency_bounds."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraction:
    """A score in place of the most lenient decision maker's rejections."""

    bad_rate: float  #: Bads among those the score would approve of their cases [fraction].
    approval_rate: float  #: Approved by the score, of all their cases [fraction].
    judge: str  #: Who is most lenient.
    leniency: float  #: What share they approved; no score can be measured above it [fraction].
    assumption: Assumption = Assumption.STRICTER  #: What it rests on.
    #: For whom it holds: their cases stand for all, as they came to them by chance.
    population: Population = Population.EVERYBODY
    #: What happens where the second half of the assumption fails; print it with the bad rate.
    warning: str = _TOO_LOW


def leniency_bounds(
    *, below: ArrayLike, approved: ArrayLike, bad: ArrayLike, judge: ArrayLike,
    confidence: float = 0.95,
) -> Bounds:  # fmt: skip
    """Bound the bad rate below a cut-off by what decision makers of different leniency show.

    Parameters
    ----------
    below : array-like of {0, 1}, shape (n_applicants,)
        1 where the PD lies at or below the cut-off.
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the decision maker approved.
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good; ignored where not approved.
    judge : array-like, shape (n_applicants,)
        Who decided: officer, branch, policy version. Applications must have come to them by
        chance.
    confidence : float
        Of the confident limits together, which are exact for each decision maker and allow for
        the choice among them (Bonferroni) [fraction].

    Returns
    -------
    Bounds
        Every decision maker bounds the share of bads below the cut-off from the worst case; the
        bounds are the tightest of these [1]_. Plain ones are biased inwards, and may cross: with
        many decision makers or few cases, trust the confident ones.

    Raises
    ------
    DataError
        If a column holds anything else, they differ in length, a judge is missing, an approved
        outcome is unknown, or confidence lies outside (0, 1).
    UndefinedRateError
        If nobody lies below the cut-off.

    References
    ----------
    .. [1] Manski (1990), Nonparametric bounds on treatment effects, American Economic Review 80.

    Examples
    --------
    >>> rows = dict(below=[1] * 8, approved=[1, 1, 1, 1, 1, 1, 0, 0], judge=["a"] * 4 + ["b"] * 4)
    >>> bounds = leniency_bounds(**rows, bad=[0, 0, 0, 1, 0, 0, 0, 0])
    >>> float(bounds.lower), float(bounds.upper)  # "a" approved everybody
    (0.25, 0.25)
    """
    check_open_fraction(confidence=confidence)
    is_below, is_approved = as_flags(below=below, approved=approved)
    is_bad = _known_bads(is_approved, bad)
    table = _by_judge(judge, is_below & is_approved & is_bad, is_below & ~is_approved)
    if not is_below.any():
        raise UndefinedRateError("The bad rate is undefined: nobody lies below the cut-off.")
    n = table["n"].to_numpy()
    fewest = table["first"].to_numpy()
    most = fewest + table["second"].to_numpy()
    delta = (1 - confidence) / (2 * len(table))
    share = float(is_below.mean())
    # Clopper and Pearson's limits; SciPy has NaN where a count is 0 or all.
    lowest = np.nan_to_num(stats.beta.ppf(delta, fewest, n - fewest + 1), nan=0.0)
    highest = np.nan_to_num(stats.beta.ppf(1 - delta, most + 1, n - most), nan=1.0)
    return Bounds(
        lower=np.asarray((fewest / n).max() / share),
        upper=np.asarray(min((most / n).min() / share, 1.0)),
        confident_lower=np.asarray(lowest.max() / share),
        confident_upper=np.asarray(min(highest.min() / share, 1.0)),
        gamma=np.inf,
        assumption=Assumption.RANDOM_JUDGE,
        population=Population.EVERYBODY,
    )


def contraction(
    *, pds: ArrayLike, approved: ArrayLike, bad: ArrayLike, judge: ArrayLike, approval_rate: float
) -> Contraction:
    """Measure a score on the cases of the most lenient decision maker.

    The score sorts the applicants whom they approved, and rejects further ones until only the
    wished share of all their cases is left. It is taken for granted that the score rejects all
    whom they rejected; where they see more than the score, it does not, and the bad rate comes
    out too low, which the record's warning says.

    Parameters
    ----------
    pds : array-like, shape (n_applicants,)
        PDs, or anything that rises with them.
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the decision maker approved.
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good; ignored where not approved.
    judge : array-like, shape (n_applicants,)
        Who decided; applications must have come to them by chance.
    approval_rate : float
        Wished share approved, at most the leniency [fraction].

    Returns
    -------
    Contraction
        The bad rate at the wished approval rate [1]_.

    Raises
    ------
    DataError
        If a column holds anything else, they differ in length, a judge is missing, an approved
        outcome is unknown, or the wished approval rate exceeds the leniency or approves nobody.

    References
    ----------
    .. [1] Lakkaraju, Kleinberg, Leskovec, Ludwig and Mullainathan (2017), The selective labels
       problem, KDD.

    Examples
    --------
    >>> rows = dict(approved=[1, 1, 1, 0], bad=[0, 0, 1, 0], judge=["a"] * 4)
    >>> contraction(pds=[0.1, 0.3, 0.2, 0.9], **rows, approval_rate=0.5).bad_rate
    0.5
    """
    check_open_fraction(approval_rate=approval_rate)
    (is_approved,) = as_flags(approved=approved)
    is_bad = _known_bads(is_approved, bad)
    (ranks,) = as_finite(pds=pds)
    check_shapes({"approved": is_approved, "pds": ranks})
    table = _by_judge(judge, is_approved, is_approved & is_bad)
    leniency = table["first"] / table["n"]
    name = leniency.idxmax()
    n_cases = int(table.loc[name, "n"])
    n_kept = int(np.floor(approval_rate * n_cases + 1e-9))
    if not n_kept or approval_rate > leniency[name]:
        raise DataError(
            f"approval_rate must leave some of the {n_cases} cases of the most lenient decision "
            f"maker {name!r} and not exceed their leniency {leniency[name]:.4f}, but is "
            f"{approval_rate}."
        )
    theirs = np.flatnonzero((np.asarray(judge) == name) & is_approved)
    kept = theirs[np.argsort(ranks[theirs], kind="stable")[:n_kept]]
    return Contraction(
        bad_rate=float(is_bad[kept].mean()),
        approval_rate=n_kept / n_cases,
        judge=str(name),
        leniency=float(leniency[name]),
    )


def _known_bads(approved: Flags, bad: ArrayLike) -> Flags:
    outcomes = np.asarray(bad, dtype=np.float64)
    check_shapes({"approved": approved, "bad": outcomes})
    (is_bad,) = as_flags(bad=np.where(approved, outcomes, 0))
    return is_bad


def _by_judge(judge: ArrayLike, first: Flags, second: Flags) -> pd.DataFrame:
    names = np.asarray(judge)
    check_shapes({"judge": names, "approved": first})
    missing = np.flatnonzero(pd.isna(names))
    if missing.size:
        raise DataError(
            f"judge must be known for everybody, but {missing.size} of {names.size} values are "
            f"missing; the first is in row {missing[0]}. Leave those applicants out, or give them "
            "a name of their own."
        )
    counts = pd.DataFrame({"n": 1, "first": first, "second": second})
    return counts.groupby(names).sum()
