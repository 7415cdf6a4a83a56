"""Bad rates by PD band, smoothed: what the PDs of a ledger mean for the people in it.

A model is fitted where the past policy approved, so its PDs may be off for those it rejected, and a
count of bads by band is noisy. In between: in each stratum the log-odds of bad are a straight line
in the log-odds of the PD (Platt), fitted to the stratum's own labelled applicants, weighted by
inverse propensity. Rates that rest on this line alone are called model-based; the doubly robust
ones correct it by what the labelled show.
"""

from dataclasses import dataclass

import numpy as np

from riskkit._checks import Floats
from riskkit.decisions.ledger import CENTS, MILLION, STRATA, ScoreLedger

_SURE, _EXPLORED, _UNREACHABLE = range(3)
_BANDS_AT_ONCE = 64  # 0.1 log-odds wide: the line sees no difference, and it is fitted at once
#: The line is pulled towards "the PDs are right" with the force of so many applicants at even odds.
_PRIOR = 1.0
_STEPS, _TOLERANCE = 50, 1e-9
_FARTHEST = 30.0  # log-odds: where a PD is 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BandModel:
    """Bad rates by band; arrays of shape (n_strata, n_bands)."""

    bad_rates: Floats  #: Of each stratum, from its own labels or else from all [fraction].
    labelled_bad_rates: Floats  #: Of the labelled, unweighted, shape (n_bands,) [fraction].
    own: tuple[bool, ...]  #: Whether a stratum has labels of its own, shape (n_strata,).


def band_model(ledger: ScoreLedger) -> BandModel:
    """Return smoothed bad rates of each stratum and band.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.

    Returns
    -------
    BandModel
        The sure and the explored by their own labels; the unreachable, and whoever has no label,
        as the explored if there are any, else as the sure: an assumption that no data can check.

    References
    ----------
    .. [1] Platt (1999), Probabilistic outputs for support vector machines, Advances in Large
       Margin Classifiers, 61-74.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger
    >>> pds = np.full(1000, 0.1)
    >>> ledger = score_ledger(ScoredOutcomes(pds=pds, bad=(np.arange(1000) % 5 == 0) * 1.0,
    ...                                      propensity=np.ones(1000), amount=pds))
    >>> band = np.searchsorted(ledger.edges, 0.1)
    >>> round(float(band_model(ledger).bad_rates[0, band]), 2)  # a fifth is bad, not a tenth
    0.2
    """
    x = band_log_odds(ledger.edges)
    labelled, bads = ledger.all_groups("labelled"), ledger.all_groups("bads")
    weight, weighted = ledger.all_groups("weight"), ledger.all_groups("weighted_bads")
    own = tuple(bool(n) for n in labelled.sum(axis=1))
    lines = {}
    for stratum in (_SURE, _EXPLORED):
        if own[stratum]:
            # Weights say who counts for how many; the labels are no more than they are.
            scale = labelled[stratum].sum() / weight[stratum].sum()
            lines[stratum] = _line(x, scale * weight[stratum], scale * weighted[stratum])
    of_rest = lines.get(_EXPLORED, lines.get(_SURE, (0.0, 1.0)))
    rates = [_rates(x, lines.get(stratum, of_rest)) for stratum in range(len(STRATA))]
    return BandModel(
        bad_rates=np.stack(rates),
        labelled_bad_rates=_rates(
            x, _line(x, labelled.sum(axis=0).astype(float), bads.sum(axis=0).astype(float))
        ),
        own=own,
    )


def pd_model(ledger: ScoreLedger) -> BandModel:
    """Return the PDs themselves as bad rates: for a calibrated scorer, or without any outcome.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.

    Returns
    -------
    BandModel
        The PD in the middle of each band, in every stratum.

    Examples
    --------
    >>> from riskkit.decisions import LedgerBuilder
    >>> pd_model(LedgerBuilder().ledger()).bad_rates.shape
    (3, 16384)
    """
    rates = _rates(band_log_odds(ledger.edges), (0.0, 1.0))
    own = tuple(bool(n) for n in ledger.all_groups("labelled").sum(axis=1))
    return BandModel(bad_rates=np.tile(rates, (len(STRATA), 1)), labelled_bad_rates=rates, own=own)


def band_log_odds(edges: Floats) -> Floats:
    """Return the log-odds in the middle of each band.

    Parameters
    ----------
    edges : array of float, shape (n_bands,)
        Upper ends of the bands [fraction].

    Returns
    -------
    array of float, shape (n_bands,)
        Log-odds; the first and the last band count by their inner end.

    Examples
    --------
    >>> band_log_odds(np.array([0.5, 1.0])).tolist()
    [0.0, 0.0]
    """
    with np.errstate(divide="ignore"):
        ends = np.log(edges) - np.log1p(-edges)
    ends = np.minimum(ends, _FARTHEST)
    middles = np.append(ends[0], (ends[:-1] + ends[1:]) / 2)
    middles[-1] = ends[-2] if len(ends) > 1 else 0.0
    return middles


def model_sums(ledger: ScoreLedger, model: BandModel) -> dict[str, Floats]:
    """Return what the model adds to the measures of a ledger; they add up like those.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    model : BandModel
        Its smoothed bad rates.

    Returns
    -------
    dict of str to array of float, shape (n_strata, n_bands)
        Expected bads and bad amounts of all, and of the labelled by their weights, with what it
        takes for their variance [applicants, currency].
    """
    rates = model.bad_rates
    n, amount = ledger.all_groups("applicants"), ledger.all_groups("amount") / CENTS
    weight = ledger.all_groups("weight") / MILLION
    squared = ledger.all_groups("weight_squared") / MILLION
    weighted_amount = ledger.all_groups("weighted_amount") / CENTS
    return {
        "model_bads": n * rates,
        "model_squares": n * rates**2,
        "model_bad_amount": amount * rates,
        "weighted_model_bads": weight * rates,
        "weighted_model_variance": squared * rates * (1 - rates),
        "weighted_model_bad_amount": weighted_amount * rates,
    }


def _rates(x: Floats, line: tuple[float, float]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(line[0] + line[1] * x))))


def _line(x: Floats, n: Floats, bads: Floats) -> tuple[float, float]:
    # Newton's method for a logistic regression on counts, with a weak pull to intercept 0, slope 1.
    starts = np.arange(0, len(x), _BANDS_AT_ONCE)
    n_all, bads_all, x_all = (np.add.reduceat(v, starts) for v in (n, bads, n * x))
    some = n_all > 0
    n_all, bads_all = n_all[some], bads_all[some]
    design = np.stack([np.ones(n_all.size), x_all[some] / n_all])
    line, prior = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    pull = _PRIOR * np.diag([1.0, 4.0])
    for _ in range(_STEPS):
        rates = 1 / (1 + np.exp(-np.clip(line @ design, -_FARTHEST, _FARTHEST)))
        slope = design @ (bads_all - n_all * rates) - pull @ (line - prior)
        curvature = (design * (n_all * rates * (1 - rates))) @ design.T + pull
        step = np.linalg.solve(curvature, slope)
        line = line + np.clip(step, -1, 1)  # far from the optimum Newton overshoots
        if np.abs(step).max() < _TOLERANCE:
            break
    return float(line[0]), max(float(line[1]), 0.0)
