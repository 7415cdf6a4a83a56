"""How far the PDs of each segment are off, in log-odds, shrunk where a segment is small.

A count of bads by segment and band overfits. In its place: the ledger's smoothed bad rates, moved
for each segment by one number in log-odds, which is shrunk towards the mean of the segments by as
much as chance alone would make them differ.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from riskkit._checks import Floats, check_open_fraction
from riskkit.decisions.ledger import MILLION, Group, ScoreLedger
from riskkit.decisions.recalibration import band_model
from riskkit.errors import DataError

_STEPS, _TOLERANCE = 50, 1e-10
_FARTHEST = 30.0  # log-odds
#: An offset is pulled to 0 with the force of so many applicants at even odds: no label, no offset.
_PRIOR = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOffsets:
    """Log-odds of bad of each segment, less what its PDs say; arrays of shape (n_segments,)."""

    groups: tuple[Group, ...]  #: The segments, as in the ledger.
    n_labelled: Floats  #: Applicants with a known outcome.
    raw: Floats  #: Offset by the segment's own labels [log-odds].
    lower: Floats  #: Its interval, approximate [log-odds].
    upper: Floats
    shrunk: Floats  #: What is relied on [log-odds].
    spread: float  #: Standard deviation of the true offsets, estimated [log-odds].
    p_value: float  #: Against "all segments are off by the same"; 1 with a single one.
    confidence: float  #: Of each interval by itself [fraction].


def segment_offsets(ledger: ScoreLedger, *, confidence: float = 0.95) -> SegmentOffsets:
    """Return how far the PDs of each segment are off, beside those of all together.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population by segment; labels count by their inverse propensity.
    confidence : float
        Of each interval by itself [fraction].

    Returns
    -------
    SegmentOffsets
        Offsets from the smoothed bad rates of the whole ledger: by maximum likelihood with the
        variance of a weighted sum, and shrunk towards their mean (empirical Bayes, the spread by
        the method of moments [1]_). Segments without a label have the mean.

    Raises
    ------
    DataError
        If confidence lies outside (0, 1), or the ledger has no segments.

    References
    ----------
    .. [1] DerSimonian and Laird (1986), Meta-analysis in clinical trials, Controlled Clinical
       Trials 7, 177-188.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger
    >>> bad = np.tile([1.0] * 10 + [0.0] * 90 + [1.0] * 20 + [0.0] * 80, 50)
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=np.full(10_000, 0.15), bad=bad, propensity=np.ones(10_000), amount=np.ones(10_000),
    ...     by={"channel": np.tile(["app"] * 100 + ["shop"] * 100, 50)}))
    >>> segment_offsets(ledger).shrunk.round(1)
    array([-0.5,  0.3])
    """
    check_open_fraction(confidence=confidence)
    check_by(ledger)
    log_odds = special.logit(band_model(ledger).bad_rates)  # n_strata, n_bands
    raw, errors = _fitted(ledger, log_odds)
    labelled = ledger.sums["labelled"].sum(axis=(1, 2)).astype(np.float64)
    shrunk, spread, p_value = _shrunk(raw, errors)
    far = special.ndtri((1 + confidence) / 2) * errors
    return SegmentOffsets(
        groups=ledger.groups, n_labelled=labelled, raw=raw, lower=raw - far, upper=raw + far,
        shrunk=shrunk, spread=spread, p_value=p_value, confidence=confidence,
    )  # fmt: skip


def segment_bad_rates(ledger: ScoreLedger, offsets: Floats) -> Floats:
    """Return the smoothed bad rates of each segment.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population by segment.
    offsets : array of float, shape (n_segments,)
        By which each differs from all together [log-odds].

    Returns
    -------
    array of float, shape (n_segments, n_strata, n_bands)
        Bad rates [fraction].

    Examples
    --------
    >>> from riskkit.decisions import LedgerBuilder
    >>> segment_bad_rates(LedgerBuilder().ledger(), np.zeros(1)).shape
    (1, 3, 16384)
    """
    log_odds = special.logit(band_model(ledger).bad_rates)
    return special.expit(log_odds + offsets[:, None, None])


def check_by(ledger: ScoreLedger) -> None:
    """Refuse a ledger that has no segments.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.

    Raises
    ------
    DataError
        If it is not by one column.
    """
    if len(ledger.by) != 1:
        raise DataError(
            "Segments are the values of one column, but the ledger is by "
            f"{', '.join(ledger.by) or 'none'}."
        )


def _fitted(ledger: ScoreLedger, log_odds: Floats) -> tuple[Floats, Floats]:
    # One number per segment by Newton's method, all segments at once. Only bands with a label tell.
    weight, bads, squared = (
        ledger.sums[name] / MILLION for name in ("weight", "weighted_bads", "weight_squared")
    )
    rows = np.flatnonzero(weight.any(axis=0).ravel())
    n_segments = len(ledger.groups)
    weight, bads, squared = (v.reshape(n_segments, -1)[:, rows] for v in (weight, bads, squared))
    # Labels are no more than they are, whatever they weigh: in each stratum weights of mean one.
    scale = _scales(ledger).ravel()[rows // log_odds.shape[1]]
    weight, bads, squared = weight * scale, bads * scale, squared * scale**2
    known = np.clip(log_odds.ravel()[rows], -_FARTHEST, _FARTHEST)
    offset = np.zeros((n_segments, 1))
    for _ in range(_STEPS):
        rates = special.expit(known + offset)
        slope = (bads - weight * rates).sum(axis=1, keepdims=True) - _PRIOR * offset
        curvature = (weight * rates * (1 - rates)).sum(axis=1, keepdims=True) + _PRIOR
        step = np.clip(slope / curvature, -1, 1)  # far from the optimum Newton overshoots
        offset = offset + step
        if np.abs(step).max() < _TOLERANCE:
            break
    rates = special.expit(known + offset)
    usual = rates * (1 - rates)
    information = (weight * usual).sum(axis=1) + _PRIOR
    error = np.sqrt((squared * usual).sum(axis=1) + _PRIOR) / information
    return offset[:, 0], error


def _scales(ledger: ScoreLedger) -> Floats:
    labelled = ledger.all_groups("labelled").sum(axis=1)
    weight = ledger.all_groups("weight").sum(axis=1) / MILLION
    return np.divide(labelled, weight, out=np.zeros(len(weight)), where=weight > 0)


def _shrunk(raw: Floats, errors: Floats) -> tuple[Floats, float, float]:
    precision = 1 / errors**2
    mean = float(np.average(raw, weights=precision))
    apart = float((precision * (raw - mean) ** 2).sum())
    freedom = len(raw) - 1
    if not freedom:
        return raw.copy(), 0.0, 1.0
    scale = precision.sum() - (precision**2).sum() / precision.sum()
    variance = max(0.0, (apart - freedom) / float(scale))
    kept = variance / (variance + errors**2)
    return mean + kept * (raw - mean), variance**0.5, float(special.chdtrc(freedom, apart))
