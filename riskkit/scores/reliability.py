"""Whether PDs are the bad rates they claim to be: by score band, and tested as a whole."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from riskkit._checks import (
    Flags,
    Floats,
    as_flags,
    as_fractions,
    check_open_fraction,
)
from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores.labelled import checked_weight
from riskkit.selection import effective_sample_size, quantile_bands

_LEAST_BANDS = 3  # so that a test on the training sample has a degree of freedom left


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationTest:
    """A test of the claim that every PD is the probability of its outcome."""

    statistic: float  #: Hosmer and Lemeshow's chi-square, or Spiegelhalter's z.
    p_value: float  #: Probability of a larger one (for z: on either side) if PDs are right.
    degrees: int | None = None  #: Degrees of freedom of a chi-square.


def calibration_bands(
    *,
    bad: ArrayLike,
    pds: ArrayLike,
    weight: ArrayLike | None = None,
    n_bands: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return mean PD and bad rate by score band, for applicants whose outcomes are known.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default [fraction].
    weight : array-like of float, shape (n_applicants,), optional
        Positive sampling weights.
    n_bands : int
        Bands of about equally many applicants; equal PDs share one, so there may be fewer.
    confidence : float
        Of the interval of each bad rate [fraction].

    Returns
    -------
    DataFrame
        One row per band, safest first: `pd_from` and `pd_to` (its least and largest PD), the rows
        `n` and `n_bad`, the weighted `mean_pd` and `bad_rate`, `lower` and `upper` (Jeffreys'
        interval [1]_, closed at 0 without bads and at 1 without goods, of as many equally weighted
        rows as the weighted ones are worth [2]_), all rates [fraction].

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, a PD lies outside [0, 1], a weight is
        not positive, or n_bands is not positive.
    UndefinedRateError
        If there are no applicants.

    References
    ----------
    .. [1] Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133.
    .. [2] Kish (1965), Survey Sampling, section 11.7.

    Examples
    --------
    >>> bands = calibration_bands(bad=[0, 0, 1, 0], pds=[0.1, 0.1, 0.6, 0.6], n_bands=2)
    >>> bands["bad_rate"].tolist()
    [0.0, 0.5]
    """
    is_bad, fractions, weights = _checked(bad, pds, weight)
    check_open_fraction(confidence=confidence)
    rows = pd.DataFrame({"pd": fractions, "bad": is_bad, "w": weights})
    table = (
        rows.assign(w_pd=weights * fractions, w_bad=weights * is_bad)
        .groupby(quantile_bands(fractions, n_bands))
        .agg(
            pd_from=("pd", "min"), pd_to=("pd", "max"), n=("pd", "size"), n_bad=("bad", "sum"),
            w=("w", "sum"), w_pd=("w_pd", "sum"), w_bad=("w_bad", "sum"),
            worth=("w", effective_sample_size),
        )
        .reset_index(drop=True)
    )  # fmt: skip
    rate, n, k = table["w_bad"] / table["w"], table["n"], table["n_bad"]
    bads, goods = rate * table["worth"], (1 - rate) * table["worth"]
    tail = (1 - confidence) / 2
    lower = stats.beta.ppf(tail, bads + 0.5, goods + 0.5)
    upper = stats.beta.ppf(1 - tail, bads + 0.5, goods + 0.5)
    return table[["pd_from", "pd_to", "n", "n_bad"]].assign(
        mean_pd=table["w_pd"] / table["w"],
        bad_rate=rate,
        lower=np.where(k == 0, 0.0, lower),
        upper=np.where(k == n, 1.0, upper),
    )


def hosmer_lemeshow(
    *, bad: ArrayLike, pds: ArrayLike, n_bands: int = 10, is_training: bool = False
) -> CalibrationTest:
    """Test whether the bad rate of every score band is its mean PD.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default [fraction].
    n_bands : int
        Score bands, at least 3.
    is_training : bool
        Whether the PDs were fitted on these applicants: two degrees of freedom are then used up.

    Returns
    -------
    CalibrationTest
        The chi-square of observed and expected bads, with as many degrees of freedom as bands, or
        two fewer on the training sample. With very many applicants any model is rejected: look at
        the size of the gaps too.

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, a PD lies outside [0, 1], or fewer
        than 3 bands are asked for.
    UndefinedRateError
        If there are no applicants, equal PDs leave fewer than 3 bands, or a band's mean PD is 0
        or 1.

    References
    ----------
    .. [1] Hosmer and Lemeshow (1980), Communications in Statistics A 9, 1043-1069.

    Examples
    --------
    >>> bad, pds = [1, 0, 0, 0, 1, 0, 1, 1, 0], [0.3] * 3 + [0.4] * 3 + [0.6] * 3
    >>> round(hosmer_lemeshow(bad=bad, pds=pds, n_bands=3).statistic, 4)
    0.127
    """
    if n_bands < _LEAST_BANDS:
        raise DataError(f"n_bands must be at least {_LEAST_BANDS}, but is {n_bands}.")
    bands = calibration_bands(bad=bad, pds=pds, n_bands=n_bands)
    n, rate = bands["n"].to_numpy(), bands["mean_pd"].to_numpy()
    if len(bands) < _LEAST_BANDS or ((rate <= 0) | (rate >= 1)).any():
        raise UndefinedRateError(
            f"The test is undefined: equal PDs leave {len(bands)} bands, or a band's mean PD is 0 "
            "or 1."
        )
    gaps = bands["n_bad"].to_numpy() - n * rate
    statistic = float(np.sum(gaps**2 / (n * rate * (1 - rate))))
    degrees = len(bands) - 2 if is_training else len(bands)
    return CalibrationTest(
        statistic=statistic, p_value=float(stats.chi2.sf(statistic, degrees)), degrees=degrees
    )


def spiegelhalter(
    *, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None = None
) -> CalibrationTest:
    """Test whether the Brier score is what it would be if every PD were right.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes, of applicants the model did not see in training.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default [fraction].
    weight : array-like of float, shape (n_applicants,), optional
        Positive sampling weights.

    Returns
    -------
    CalibrationTest
        Spiegelhalter's z, standard normal if the PDs are right. With weights that differ it is
        that of the weighted Brier score, over a variance estimated from the outcomes.

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, or a PD lies outside [0, 1], or a
        weight is not positive.
    UndefinedRateError
        If there are no applicants, or every PD is 0, a half or 1, where nothing can be tested.

    References
    ----------
    .. [1] Spiegelhalter (1986), Statistics in Medicine 5, 421-433.

    Examples
    --------
    >>> round(spiegelhalter(bad=[1, 0], pds=[0.2, 0.2]).statistic, 4)  # 0.6 x 0.6 / sqrt(0.1152)
    1.0607
    """
    is_bad, p, w = _checked(bad, pds, weight)
    variances = (1 - 2 * p) ** 2 * p * (1 - p)
    if not variances.sum() > 0:
        raise UndefinedRateError("The test is undefined: every PD is 0, a half or 1.")
    terms = w * (is_bad - p) * (1 - 2 * p)
    # Weights that differ may depend on the outcome: then p (1 - p) is not its variance.
    variance = np.sum(terms**2) if np.ptp(w) > 0 else np.sum(w**2 * variances)
    z = float(terms.sum() / np.sqrt(variance))
    return CalibrationTest(statistic=z, p_value=float(2 * stats.norm.sf(abs(z))))


def _checked(
    bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None
) -> tuple[Flags, Floats, Floats]:
    (is_bad,) = as_flags(bad=bad)
    _, fractions = as_fractions(bad=is_bad, pds=pds)
    if not is_bad.size:
        raise UndefinedRateError("Nothing can be said of calibration: there are no applicants.")
    return is_bad, fractions, checked_weight(weight, bad=is_bad)
