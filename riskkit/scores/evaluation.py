"""What a model is worth on all applicants, though outcomes exist for the approved only.

Every estimator of `riskkit.selection` side by side with the number that most people report, the
one on labelled rows. All of them come to the same thing: each applicant counts as so many goods
and so many bads, and a measure follows from how these lie along the PDs. For that, PDs are sorted
into up to 4,096 bins of equal size; measures are exact to about four digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import logit

from riskkit._checks import Floats, as_fractions, check_open_fraction, check_shapes
from riskkit.scores.binned_pds import BinnedPds, Silent, binned, limits_of, measured
from riskkit.scores.calibration import calibrated_line
from riskkit.scores.columns import Codes
from riskkit.scores.past import Past, PastApplicants, checked_past
from riskkit.selection import (
    Assumption,
    Drawing,
    Estimate,
    Overlap,
    Population,
    completed_samples,
    merged_bands,
    outcome_bounds,
    overlap,
    quantile_bands,
)

#: What is measured of a model on some population.
MEASURES = ("auc", "brier", "bad_rate", "approved_bad_rate", "false_rejection_rate")

_GROUPS, _DRAWS, _SCORE_BANDS = 40, 100, 10
_FEWEST_OF_A_CLASS = 5
_INSIDE = 1e-9  # log-odds need PDs inside (0, 1)
_NO_SPREAD = 1e-18  # a variance of nothing but rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What one estimator says a model is worth; each measure an Estimate [fraction].

    A point is NaN for bounds, and where a population has nobody to divide by. Limits are NaN where
    no group of the jackknife changes the measure: a perfect ranking, no bad among those approved.
    That is no certainty, only nothing to learn an error from.
    """

    auc: Estimate  #: Probability that a bad has a higher PD than a good.
    brier: Estimate  #: Mean squared gap between outcomes and PDs.
    bad_rate: Estimate  #: Bads among all; compare it with the mean PD.
    approved_bad_rate: Estimate  #: Bads among those the model would approve.
    false_rejection_rate: Estimate  #: Goods it would reject, of all goods.
    assumption: Assumption  #: What it rests on.
    population: Population  #: For whom it holds.
    n_rows: int  #: Rows that it rests on.


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A model on all applicants who reached the score gate, by every estimator there is."""

    n_applicants: int  #: Applicants who reached the score gate.
    n_known: int  #: Those with an outcome.
    n_open: int  #: Further ones, left out as their windows are still open.
    pd_cutoff: float  #: Cut-off that approves the wished share; approve PDs at or below it.
    approval_rate: float  #: Share of the applicants that it approves [fraction].
    mean_pd: float  #: Mean PD of all applicants [fraction].
    worth: Mapping[str, Worth]  #: By estimator; the labelled rows alone come first.
    left_out: Mapping[str, str]  #: Estimators that cannot speak, and why.
    overlap: Overlap | None  #: How far the past policy lets one see; None without propensities.
    expected: str  #: What is believed of those without an outcome.
    confidence: float  #: Of every interval by itself [fraction].

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data; None where there is no number.

        Returns
        -------
        dict of str to anything
            For JSON.
        """
        return {
            "n_applicants": self.n_applicants,
            "n_known": self.n_known,
            "n_open": self.n_open,
            "pd_cutoff": self.pd_cutoff,
            "approval_rate": self.approval_rate,
            "mean_pd": self.mean_pd,
            "overlap": None if self.overlap is None else _plain_overlap(self.overlap),
            "expected": self.expected,
            "confidence": self.confidence,
            "worth": {name: _as_plain(worth) for name, worth in self.worth.items()},
            "left_out": dict(self.left_out),
        }


def evaluated(  # noqa: PLR0913 - the applicants, what is believed of them, where to look, how sure
    applicants: PastApplicants,
    *,
    pds: ArrayLike,
    rng: np.random.Generator,
    expected: ArrayLike | None = None,
    approval_rate: float | None = None,
    gamma: float = 2.0,
    confidence: float = 0.95,
) -> Evaluation:
    """Estimate what a model is worth on all applicants, by every estimator side by side.

    Parameters
    ----------
    applicants : PastApplicants
        Who reached the score gate, none of them a training row; the features are not used.
    pds : array-like, shape (n_applicants,)
        The model's PDs [fraction].
    rng : Generator
        Draws groups for the jackknife, and outcomes.
    expected : array-like, shape (n_applicants,), optional
        PD believed of those without an outcome [fraction]. By default the model's own PDs, and
        where at least five goods and five bads were explored, these calibrated on them. Given
        numbers and the model's own PDs are taken for known; a calibration is not: the Bayesian
        estimate learns it anew in every draw.
    approval_rate : float, optional
        Share of the applicants that the model would approve [fraction]; by default as many as
        the past policy.
    gamma : float
        For the sensitivity bounds: the odds of bad of those without an outcome lie between 1 /
        gamma times and gamma times the expected ones.
    confidence : float
        Of every interval by itself: delete-a-group jackknife [2]_, Bayesian: credible [fraction].

    Returns
    -------
    Evaluation
        Labelled rows alone, inverse propensity (self-normalised, which all five measures can be
        formed from), post-stratified, doubly robust, Bayesian [1]_, and bounds (which leave
        sampling error aside), as far as they can speak. Not among them: Horvitz-Thompson, which is
        a bad rate of all and no other measure; leniency bounds, which need who decided; the
        breakdown Gamma, which needs a cap and stands beside the cut-offs that `riskkit tune` finds.

    Raises
    ------
    DataError
        If a column breaks its rule, no outcome is known or all are of one class, or a number lies
        where it may not.

    References
    ----------
    .. [1] Kozodoi, Lessmann, Alamgir, Moreira-Matias and Papakonstantinou (2024), Fighting
       sampling bias, arXiv 2407.13009.
    .. [2] Kott (2001), The delete-a-group jackknife, J. Official Statistics 17, 521-526.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> pds = rng.beta(1, 6, 4000)
    >>> approved = (pds < 0.15) | (rng.random(4000) < 0.3)
    >>> propensity = np.where(pds < 0.15, 1.0, 0.3)
    >>> bad = np.where(approved, rng.random(4000) < pds, np.nan)
    >>> past = PastApplicants(X=pds[:, None], bad=bad, approved=approved, propensity=propensity)
    >>> found = evaluated(past, pds=pds, rng=rng)
    >>> labelled, corrected = found.worth["labelled rows"], found.worth["inverse propensity"]
    >>> bool(labelled.bad_rate.upper < corrected.bad_rate.point)
    True
    """
    check_open_fraction(confidence=confidence)
    past = checked_past(applicants)
    (fractions,) = as_fractions(pds=pds)
    check_shapes({"bad": past.bad, "pds": fractions})
    belief = _believed(past, fractions, expected)
    line = binned(past, fractions, approval_rate)
    groups = rng.integers(_GROUPS, size=past.known.size)
    worth, left_out = {}, {}
    for name, count in _COUNTS.items():
        counted = count(past, line, belief.pds)
        if isinstance(counted, str):
            left_out[name] = counted
        else:
            worth[name] = _jackknifed(counted, line, groups, confidence)
    worth["Bayesian"] = _bayesian(past, line, belief, rng, confidence)
    for name, factor in ((f"bounds, Gamma {gamma:g}", gamma), ("bounds, worst case", np.inf)):
        worth[name] = _bounded(past, line, belief.pds, factor)
    return Evaluation(
        n_applicants=past.known.size,
        n_known=int(past.known.sum()),
        n_open=applicants.n_open,
        pd_cutoff=line.cutoff,
        approval_rate=line.approval_rate,
        mean_pd=float(np.average(fractions, weights=past.weight)),
        worth=worth,
        left_out=left_out,
        overlap=None
        if past.propensity is None
        else overlap(approved=past.approved, propensity=past.propensity),
        expected=belief.words,
        confidence=confidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Belief:
    # PDs of those without an outcome, and how weights would teach them anew, if they were learned.
    pds: Floats
    learned: Callable[[Floats], Floats] | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    # How many goods and bads each row stands for.
    goods: Floats
    bads: Floats
    assumption: Assumption
    population: Population


def _believed(past: Past, pds: Floats, expected: ArrayLike | None) -> _Belief:
    if expected is not None:
        (believed,) = as_fractions(expected=expected)
        check_shapes({"bad": past.bad, "expected": believed})
        return _Belief(pds=believed, learned=None, words="as given")
    explored = past.explored
    bads = past.bad[explored]
    if min(bads.sum(), bads.size - bads.sum()) < _FEWEST_OF_A_CLASS:
        return _Belief(pds=pds, learned=None, words="the model's own PDs")
    assert past.propensity is not None  # noqa: S101 - or nobody was explored
    x = logit(np.clip(pds, _INSIDE, 1 - _INSIDE))
    stands_for = (past.weight / np.maximum(past.propensity, _INSIDE))[explored]
    passed = past.passed

    def learned(weights: Floats) -> Floats:
        # Few explored outcomes teach an uncertain line: each Bayesian bootstrap has its own.
        weight = stands_for * weights[explored]
        line = calibrated_line(x[explored], bad=bads, weight=weight / weight.mean())
        return np.where(passed, pds, line.rates(x))

    return _Belief(
        pds=learned(np.ones(pds.size)),
        learned=learned,
        words=f"the model's PDs, calibrated on {bads.size} explored outcomes where the past policy "
        "stops",
    )


def _labelled(past: Past, _: BinnedPds, __: Floats) -> _Counted | str:
    return _weighed(past, past.weight * past.known, Assumption.ALIKE, Population.LABELLED)


def _inverse_propensity(past: Past, _: BinnedPds, __: Floats) -> _Counted | str:
    if past.propensity is None:
        return "no propensities are recorded"
    if not past.explored.any():
        return "nobody was explored"
    weights = past.weight * past.known / np.maximum(past.propensity, _INSIDE)
    return _weighed(past, weights, Assumption.RECORDED, past.reachable)


def _post_stratified(past: Past, line: BinnedPds, _: Floats) -> _Counted | str:
    # Score bands, and beside them what is known of how likely an outcome was.
    reach = past.known | ~past.known if past.propensity is None else past.propensity > 0
    stratum = np.zeros(past.known.size, dtype=np.intp)
    if past.propensity is not None:
        open_ = reach & ~past.passed
        stratum[open_] = 1 + quantile_bands(past.propensity[open_], 5) if open_.any() else 0
    weights = np.zeros(past.known.size)
    for level in np.unique(stratum[reach]):
        rows = reach & (stratum == level)
        if not past.known[rows].any():
            return "a group of applicants with one propensity has no outcome at all"
        bands = merged_bands(
            quantile_bands(line.pds[rows], _SCORE_BANDS), past.known[rows], towards=-1
        )
        everybody = np.bincount(bands, past.weight[rows])
        seen = np.bincount(bands, past.weight[rows] * past.known[rows], everybody.size)
        weights[rows] = (everybody / np.maximum(seen, 1e-300))[bands]
    return _weighed(
        past, weights * past.weight * past.known, Assumption.ALIKE_IN_CELLS, past.reachable
    )


def _doubly_robust(past: Past, _: BinnedPds, believed: Floats) -> _Counted | str:
    if past.propensity is None:
        return "no propensities are recorded"
    if not past.explored.any():
        return "nobody was explored"
    reach = past.propensity > 0
    outcomes = np.where(past.known, past.bad, 0.0)
    correction = past.known / np.maximum(past.propensity, _INSIDE) * (outcomes - believed)
    bads = np.where(reach, believed + correction, 0.0)
    return _Counted(
        goods=past.weight * (reach - bads),
        bads=past.weight * bads,
        assumption=Assumption.EITHER,
        population=past.reachable,
    )


_COUNTS = {
    "labelled rows": _labelled,
    "inverse propensity": _inverse_propensity,
    "post-stratified": _post_stratified,
    "doubly robust": _doubly_robust,
}


def _weighed(
    past: Past, weights: Floats, assumption: Assumption, population: Population
) -> _Counted:
    outcomes = np.where(past.known, past.bad, 0.0)
    return _Counted(
        goods=weights * (1 - outcomes),
        bads=weights * outcomes,
        assumption=assumption,
        population=population,
    )


def _jackknifed(counted: _Counted, line: BinnedPds, groups: Codes, confidence: float) -> Worth:
    n_bins = len(line.centres)
    cells = groups * n_bins + line.codes
    goods, bads = (
        np.bincount(cells, values, _GROUPS * n_bins).reshape(_GROUPS, n_bins)
        for values in (counted.goods, counted.bads)
    )
    point = measured(goods.sum(axis=0), bads.sum(axis=0), line)
    without = measured(goods.sum(axis=0) - goods, bads.sum(axis=0) - bads, line)
    normal = float(stats.norm.ppf((1 + confidence) / 2))
    estimates = {}
    for name in MEASURES:
        spread = ((without[name] - without[name].mean()) ** 2).sum() * (_GROUPS - 1) / _GROUPS
        half = normal * float(np.sqrt(spread)) if spread > _NO_SPREAD else np.nan
        value = float(point[name])
        estimates[name] = Estimate(
            point=value,
            lower=float(np.maximum(value - half, 0.0)),
            upper=float(np.minimum(value + half, 1.0)),
        )
    return Worth(
        **estimates,
        assumption=counted.assumption,
        population=counted.population,
        n_rows=int(((counted.goods != 0) | (counted.bads != 0)).sum()),
    )


def _bayesian(
    past: Past, line: BinnedPds, belief: _Belief, rng: np.random.Generator, confidence: float
) -> Worth:
    draws = []
    for outcomes, weights in completed_samples(
        bad=past.bad,
        expected=belief.learned or belief.pds,
        rng=rng,
        drawing=Drawing(n_draws=_DRAWS),
    ):
        bads = line.total(past.weight * weights * outcomes)
        draws.append(measured(line.total(past.weight * weights) - bads, bads, line))
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    estimates = {}
    for name in MEASURES:
        values = np.array([draw[name] for draw in draws])
        lower, upper = np.quantile(values, tails)
        estimates[name] = Estimate(
            point=float(values.mean()), lower=float(lower), upper=float(upper)
        )
    return Worth(
        **estimates,
        assumption=Assumption.MODEL,
        population=Population.EVERYBODY,
        n_rows=past.known.size,
    )


def _bounded(past: Past, line: BinnedPds, believed: Floats, gamma: float) -> Worth:
    # Explored outcomes count for themselves only: these bounds hold also where the inverse
    # propensity estimates rest on a handful of them.
    bounds = outcome_bounds(bad=past.bad, expected=believed, gamma=gamma)
    known, silent = past.known, ~past.known
    goods, bads = (
        line.total((past.weight * outcomes)[known], known) for outcomes in (1 - past.bad, past.bad)
    )
    n, low, high = (
        line.total((past.weight * values)[silent], silent)
        for values in (np.ones(silent.size), bounds.lower, bounds.upper)
    )
    limits = limits_of(goods, bads, Silent(n=n, low=low, high=high), line)
    return Worth(
        **{
            name: Estimate(point=np.nan, lower=lower, upper=upper)
            for name, (lower, upper) in limits.items()
        },
        assumption=Assumption.NONE if np.isinf(gamma) else Assumption.ODDS,
        population=Population.EVERYBODY,
        n_rows=past.known.size,
    )


def _plain_overlap(found: Overlap) -> dict[str, Any]:
    words = {"assumption": str(found.assumption), "population": str(found.population)}
    return asdict(found) | words


def _as_plain(worth: Worth) -> dict[str, Any]:
    numbers = {
        name: {
            side: None if np.isnan(value := getattr(getattr(worth, name), side)) else float(value)
            for side in ("point", "lower", "upper")
        }
        for name in MEASURES
    }
    return numbers | {
        "assumption": str(worth.assumption),
        "population": str(worth.population),
        "n_rows": worth.n_rows,
    }
