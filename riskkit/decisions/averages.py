"""Guarantees on the average, and the exact cap on false rejections that goods alone give.

A guarantee on the average over many batches or calibration samples says nothing of the one at
hand: a batch whose average is kept to 3 % exceeds it about as often as not. Where a promise is to
hold with stated confidence, take a certificate.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Flags, as_flags, as_fractions, check_open_fraction, check_shapes
from riskkit.errors import InfeasibleCutoffError


def conformal_selection(
    batch_pds: ArrayLike, *, pds: ArrayLike, bad: ArrayLike, average_cap: float
) -> Flags:
    """Return which applicants of a batch to approve so that bads are capped on the average.

    Parameters
    ----------
    batch_pds : array-like, shape (n_batch,)
        PDs of new applicants [fraction].
    pds, bad : array-like, shape (n_applicants,)
        PDs [fraction] and outcomes of calibration applicants from the same population.
    average_cap : float
        Bads among the approved, on the average over batches and calibration samples [fraction].

    Returns
    -------
    array of bool, shape (n_batch,)
        Approved: Benjamini and Hochberg's rule on conformal p-values [1]_.

    Raises
    ------
    DataError
        If columns break their rules or the cap lies outside (0, 1).

    References
    ----------
    .. [1] Jin and Candes (2023), J. Machine Learning Research 24(244).

    Examples
    --------
    >>> pds = np.linspace(0, 0.2, 1001)
    >>> bad = np.arange(1001) % 25 == 24
    >>> conformal_selection([0.001, 0.19], pds=pds, bad=bad, average_cap=0.05)
    array([ True,  True])
    """
    check_open_fraction(average_cap=average_cap)
    (batch,) = as_fractions(batch_pds=batch_pds)
    (known,) = as_fractions(pds=pds)
    (is_bad,) = as_flags(bad=bad)
    check_shapes({"pds": known, "bad": is_bad})
    bads_below = np.searchsorted(np.sort(known[is_bad]), batch, side="right")
    p_values = (1 + bads_below) / (known.size + 1)
    passed = np.sort(p_values) <= average_cap * np.arange(1, batch.size + 1) / max(batch.size, 1)
    last = np.flatnonzero(passed)
    return p_values <= (np.sort(p_values)[last[-1]] if last.size else -1.0)


def risk_control_cutoff(pds: ArrayLike, bad: ArrayLike, *, average_cap: float) -> float:
    """Return the most lenient cut-off that caps bad approvals per applicant on the average.

    Parameters
    ----------
    pds, bad : array-like, shape (n_applicants,)
        PDs [fraction] and outcomes of calibration applicants.
    average_cap : float
        Bads approved among all applicants, on the average over calibration samples [fraction].

    Returns
    -------
    float
        The PD just below that of the first bad that would be one too many; 1 if none is. With
        untied PDs the average is ``floor(cap (n + 1)) / (n + 1)`` exactly, or less [1]_.

    Raises
    ------
    DataError
        If columns break their rules or the cap lies outside (0, 1).
    InfeasibleCutoffError
        If there are too few applicants for the cap.

    References
    ----------
    .. [1] Angelopoulos, Bates, Fisch, Lei and Schuster (2024), Conformal risk control, ICLR.

    Examples
    --------
    >>> cutoff = risk_control_cutoff([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1], average_cap=0.4)
    >>> 0.39999 < cutoff < 0.4
    True
    """
    check_open_fraction(average_cap=average_cap)
    (known,) = as_fractions(pds=pds)
    (is_bad,) = as_flags(bad=bad)
    check_shapes({"pds": known, "bad": is_bad})
    allowed = math.floor(average_cap * (known.size + 1)) - 1
    if allowed < 0:
        raise InfeasibleCutoffError(
            f"An average cap of {average_cap:g} needs at least "
            f"{math.ceil(1 / average_cap) - 1} applicants, but there are {known.size}."
        )
    bads = np.sort(known[is_bad])
    return float(np.nextafter(bads[allowed], 0)) if allowed < bads.size else 1.0


def false_rejection_cutoff(
    good_pds: ArrayLike, *, cap: float, confidence: float | None = None
) -> float:
    """Return the strictest cut-off that rejects at most a capped share of the goods.

    Parameters
    ----------
    good_pds : array-like, shape (n_goods,)
        PDs of calibration applicants known to be good [fraction].
    cap : float
        Highest false rejection rate [fraction].
    confidence : float, optional
        With which the cap holds for the sample at hand; without it, on the average [fraction].

    Returns
    -------
    float
        A PD that occurs: the k-th lowest, with k from the distribution of order statistics [1]_.

    Raises
    ------
    DataError
        If a PD lies outside [0, 1], or cap or confidence outside (0, 1).
    InfeasibleCutoffError
        If there are too few goods.

    References
    ----------
    .. [1] Wilks (1941), Annals of Mathematical Statistics 12, 91-96.

    Examples
    --------
    >>> goods = np.arange(1, 1001) / 1001
    >>> round(false_rejection_cutoff(goods, cap=0.05, confidence=0.95) * 1001)
    962
    """
    check_open_fraction(cap=cap)
    (pds,) = as_fractions(good_pds=good_pds)
    n = pds.size
    places = np.arange(1, n + 1)
    if confidence is None:
        fine = places >= (1 - cap) * (n + 1)
    else:
        check_open_fraction(confidence=confidence)
        fine = special.betainc(places, n + 1 - places, 1 - cap) <= 1 - confidence
    if not fine.any():
        sure = "" if confidence is None else f" with {confidence:g} confidence"
        raise InfeasibleCutoffError(
            f"A false rejection rate of at most {cap:g}{sure} needs more goods than the {n} there "
            "are."
        )
    return float(np.sort(pds)[int(np.argmax(fine))])
