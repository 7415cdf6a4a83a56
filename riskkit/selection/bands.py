"""Groups of applicants with similar PDs or propensities, each with enough known outcomes."""

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import as_finite, as_flags, check_shapes
from riskkit.errors import DataError

Codes = NDArray[np.intp]

#: A band with fewer known outcomes joins its neighbour.
FEWEST_KNOWN = 20


def quantile_bands(values: ArrayLike, n_bands: int) -> Codes:
    """Return the band of each value, from 0 for the lowest; equal values share one.

    Parameters
    ----------
    values : array-like of float, shape (n_applicants,)
        PDs, propensities or anything else that orders applicants.
    n_bands : int
        Bands of about equally many applicants; where values are equal there are fewer.

    Returns
    -------
    array of int, shape (n_applicants,)
        The bands are numbered without gaps. None where there are no values.

    Raises
    ------
    DataError
        If a value is not finite or n_bands is below 1.

    Examples
    --------
    >>> quantile_bands([0.1, 0.2, 0.2, 0.9], 2)
    array([0, 0, 0, 1])
    """
    (numbers,) = as_finite(values=values)
    if n_bands < 1:
        raise DataError(f"n_bands must be at least 1, but is {n_bands}.")
    if not numbers.size:
        return np.empty(0, dtype=np.intp)
    # Each edge is a value, the last of its band: so no band is empty.
    edges = np.quantile(numbers, np.arange(1, n_bands) / n_bands, method="inverted_cdf")
    return np.searchsorted(np.unique(edges), numbers, side="left").astype(np.intp)


def merged_bands(bands: ArrayLike, known: ArrayLike, *, towards: int) -> Codes:
    """Return bands of which each has enough known outcomes, if there are so many at all.

    Parameters
    ----------
    bands : array-like of int, shape (n_applicants,)
        Bands from 0 on, some 20 known outcomes or more wanted in each.
    known : array-like of {0, 1}, shape (n_applicants,)
        1 where the outcome is known.
    towards : {1, -1}
        Walks from the lowest band up (1) or from the highest down (-1): a band with too few joins
        the next one, the last one joins the one before it.

    Returns
    -------
    array of int, shape (n_applicants,)
        Bands as they were numbered, those that joined another by its number.

    Raises
    ------
    DataError
        If the columns differ in length, known holds anything but 0 and 1, or towards is neither
        1 nor -1.

    Examples
    --------
    >>> int(merged_bands([0] * 30 + [1] * 30, [1] * 30 + [0] * 30, towards=1).max())
    0
    """
    codes = np.asarray(bands, dtype=np.intp)
    (is_known,) = as_flags(known=known)
    check_shapes({"bands": codes, "known": is_known})
    if towards not in {1, -1}:
        raise DataError(f"towards must be 1 or -1, but is {towards}.")
    n_bands = int(codes.max(initial=-1)) + 1
    counts = np.bincount(codes[is_known], minlength=n_bands)
    joined = np.arange(n_bands)
    walk = range(n_bands)[::towards]
    for here, following in itertools.pairwise(walk):
        if counts[here] < FEWEST_KNOWN:
            joined[joined == here] = following
            counts[following] += counts[here]
            counts[here] = 0
    for last in walk[-1:]:
        before = [band for band in walk[:-1] if counts[band] > 0]
        if counts[last] < FEWEST_KNOWN and before:
            joined[joined == last] = before[-1]
    return joined[codes]
