"""What each feature adds to an applicant's margin, compared with applicants just approved."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Floats, as_fractions
from riskkit.errors import DataError
from riskkit.explanations.trees import Contributions, against_background, along_paths
from riskkit.scores import BoostedScorer, Scorecard, Scorer

#: Contributions and base must give the margin to within this [log-odds].
TOLERANCE = 1e-6
#: The background is drawn from this share of the approved, those nearest to the cut-off.
_NEAREST = 0.05
#: About so many rows of applicants mixed with the background are asked for their margins at once.
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Why applicants have the margins they have, compared with a background."""

    contributions: Floats  #: Log-odds of bad by applicant and feature; positive = to rejection.
    feature_names: tuple[str, ...]  #: The features, in the order of the contributions' columns.
    base: float  #: Mean margin of those compared with [log-odds of bad].
    margins: Floats  #: Margin of each applicant [log-odds of bad], shape (n_applicants,).
    applicants: pd.DataFrame  #: The features that were explained, one row per applicant.
    background: pd.DataFrame  #: The features of those they are compared with.


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """A scorer made ready to be explained against one background, many times over."""

    scorer: Scorer  #: Gives the margins.
    background: pd.DataFrame  #: Features of those that applicants are compared with.
    base: float  #: Mean margin of those compared with [log-odds of bad].
    contributions_of: Contributions  #: Features to contributions.

    def attribute(self, applicants: pd.DataFrame) -> Attribution:
        """Return what each feature adds to each applicant's margin.

        Parameters
        ----------
        applicants : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        Attribution
            Contributions that with the base sum to the margin.

        Raises
        ------
        DataError
            If a column is absent or cannot be read as it was in training.
        RuntimeError
            If base and contributions do not sum to the margin: a fault of riskkit's.
        """
        contributions = self.contributions_of(applicants)
        margins = np.asarray(self.scorer.margin(applicants), dtype=np.float64)
        _check_sums(margins, self.base + contributions.sum(axis=1))
        return Attribution(
            contributions=contributions,
            feature_names=tuple(self.scorer.feature_names_in_),
            base=self.base,
            margins=margins,
            applicants=applicants,
            background=self.background,
        )

    def in_batches(self, applicants: pd.DataFrame, n_rows: int = 32_768) -> Iterator[Attribution]:
        """Explain many applicants a batch at a time, so that memory does not grow with them.

        Parameters
        ----------
        applicants : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.
        n_rows : int
            Applicants in a batch.

        Yields
        ------
        Attribution
            The next applicants, in their order.

        Raises
        ------
        DataError
            If `n_rows` is not positive, or a column is absent or cannot be read as in training.
        RuntimeError
            If base and contributions do not sum to the margin: a fault of riskkit's.
        """
        if n_rows < 1:
            raise DataError(f"n_rows must be at least 1, but is {n_rows}.")
        for start in range(0, len(applicants), n_rows):
            yield self.attribute(applicants.iloc[start : start + n_rows])


def attribute(scorer: Scorer, applicants: pd.DataFrame, background: pd.DataFrame) -> Attribution:
    """Return what each feature adds to each applicant's margin, compared with a background.

    The contributions are Shapley values of the calibrated margin, where a feature that is left
    out takes the value it has in each row of the background in turn ("interventional" [1]_); a
    feature that the scorer encodes as two columns, for its special codes, gets the sum of theirs.
    For a scorecard these are exactly the applicant's points minus the background's mean points,
    so that with the just-approved as background they are the method of Regulation B's
    commentary that compares with applicants at or slightly above the passing score [2]_.
    A scorer that is neither trees nor points, such as two streams, has its Shapley values sampled:
    two orders of the features for each row of the background, so 2 n_background (n_features - 1)
    margins per applicant, which take about a second for 200 rows and 34 features.
    Whoever explains many applicants one by one is faster with `new_explainer`.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, or another model with margins
        A fitted scorer.
    applicants : DataFrame, shape (n_applicants, n_features)
        The features of training, columns in any order.
    background : DataFrame, shape (n_background, n_features)
        Whom to compare with, see `just_approved`; every row is used.

    Returns
    -------
    Attribution
        Contributions that with the base sum to the margin.

    Raises
    ------
    DataError
        If the background is empty, or a column is absent or cannot be read as in training.
    RuntimeError
        If base and contributions do not sum to the margin: a fault of riskkit's.

    References
    ----------
    .. [1] Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67.
    .. [2] 12 CFR Part 1002, Supplement I, comment 9(b)(2)-5.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "job": ["a", "b"] * 100})
    >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 50)
    >>> attribution = attribute(scorecard, X[:1], background=X[1:4])
    >>> bool(attribution.contributions[0, 0] > 0)
    True
    """
    return new_explainer(scorer, background).attribute(applicants)


def new_explainer(scorer: Scorer, background: pd.DataFrame) -> Explainer:
    """Make a scorer ready to be explained against one background.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, or another model with margins
        A fitted scorer.
    background : DataFrame, shape (n_background, n_features)
        Whom to compare with; every row is used.

    Returns
    -------
    Explainer
        Explains applicants, one or many at a time.

    Raises
    ------
    DataError
        If the background is empty, or a column is absent or cannot be read as in training.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 50)
    >>> explainer = new_explainer(scorecard, X[1:4])
    >>> explainer.attribute(X[:1]).feature_names
    ('income',)
    """
    if not len(background):
        raise DataError("background must have at least one row, but is empty.")
    return Explainer(
        scorer=scorer,
        background=background,
        base=float(np.mean(scorer.margin(background))),
        contributions_of=_maker(scorer, background),
    )


def new_path_explainer(scorer: Scorer, background: pd.DataFrame) -> Explainer:
    """Make boosted trees ready to be explained against their training rows, along their paths.

    A feature that is left out is averaged over the training rows that reach a node ("path
    dependent" [1]_), so nobody chooses whom to compare with; the base is the mean margin of the
    training rows. These are LightGBM's own `pred_contrib`, times the slope of the calibration.
    Reasons given to applicants compare with the just-approved instead, see `new_explainer`.

    Parameters
    ----------
    scorer : BoostedScorer
        A fitted scorer.
    background : DataFrame, shape (n_background, n_features)
        Whose values reasons name beside the applicant's; contributions do not depend on it.

    Returns
    -------
    Explainer
        Explains applicants, one or many at a time.

    Raises
    ------
    DataError
        If the scorer has no trees.

    References
    ----------
    .. [1] Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> scorer = BoostedScorer().fit(X, [1, 0, 0, 0] * 50)
    >>> bool(new_path_explainer(scorer, X[1:4]).attribute(X[:1]).contributions[0, 0] > 0)
    True
    """
    if not isinstance(scorer, BoostedScorer):
        raise DataError(
            f"scorer must be a BoostedScorer, whose trees have paths, but is a "
            f"{type(scorer).__name__}; new_explainer explains it against a background."
        )
    paths = along_paths(scorer)
    return Explainer(
        scorer=scorer,
        background=background,
        base=paths.base,
        contributions_of=paths.contributions_of,
    )


def just_approved(
    features: pd.DataFrame, *, pds: ArrayLike, pd_cutoff: ArrayLike, n: int = 200, seed: int
) -> pd.DataFrame:
    """Draw the background for reasons: approved applicants with PDs closest below their cut-off.

    They are drawn at random from the nearest 5 % of the approved (from the nearest `n` where
    that is fewer); where fewer than `n` are approved, all of them are taken.

    Parameters
    ----------
    features : DataFrame, shape (n_applicants, n_features)
        Applicants who reach the score gate.
    pds : array-like of float, shape (n_applicants,)
        Their PDs [fraction].
    pd_cutoff : float, or array-like of shape (n_applicants,)
        Approved if PD <= this: one for all, or each applicant's own [fraction].
    n : int
        How many to draw; with fewer than 100 the reasons grow noisy.
    seed : int
        Draws them.

    Returns
    -------
    DataFrame, shape (at most n, n_features)
        Their features, in the order they had.

    Raises
    ------
    DataError
        If nobody is approved, `n` is not positive, a PD or cut-off lies outside 0 to 1, or the
        features, PDs and cut-offs differ in length.

    References
    ----------
    .. [1] 12 CFR Part 1002, Supplement I, comment 9(b)(2)-5.

    Examples
    --------
    >>> features = pd.DataFrame({"income": range(1000)})
    >>> pds = 1 - features["income"] / 1000
    >>> chosen = just_approved(features, pds=pds, pd_cutoff=0.5, n=10, seed=0)
    >>> len(chosen), int(chosen["income"].min()) >= 500, int(chosen["income"].max()) < 526
    (10, True, True)
    """
    (fractions,) = as_fractions(pds=pds)
    if n < 1:
        raise DataError(f"n must be at least 1, but is {n}.")
    if len(fractions) != len(features):
        raise DataError(
            f"pds must have one value per row of features ({len(features)}), "
            f"but has {len(fractions)}."
        )
    one = np.ndim(pd_cutoff) == 0
    (cutoffs,) = as_fractions(pd_cutoff=np.full(len(fractions), pd_cutoff) if one else pd_cutoff)
    if len(cutoffs) != len(fractions):
        raise DataError(
            f"pd_cutoff must be one number or one per row of features ({len(features)}), but has "
            f"{len(cutoffs)}."
        )
    approved = np.flatnonzero(fractions <= cutoffs)
    if not approved.size:
        at = f"{cutoffs.max(initial=0.0):g}" if one else f"of up to {cutoffs.max(initial=0.0):g}"
        raise DataError(
            f"Nobody is approved at pd_cutoff {at}, so there is nobody to compare with; "
            f"the lowest of {len(fractions)} PDs is {fractions.min(initial=1.0):.4g}."
        )
    # Of one cut-off, the order of PDs; of several, that of the distances in log-odds.
    near = fractions if one else _inner_logit(fractions) - _inner_logit(cutoffs)
    nearest = approved[np.argsort(-near[approved], kind="stable")]
    pool = nearest[: max(n, round(_NEAREST * len(approved)))]
    drawn = np.random.default_rng(seed).choice(pool, size=min(n, len(pool)), replace=False)
    return features.iloc[np.sort(drawn)]


def _inner_logit(fractions: Floats) -> Floats:
    return np.asarray(special.logit(np.clip(fractions, 1e-15, 1 - 1e-15)))


def _maker(scorer: Scorer, background: pd.DataFrame) -> Contributions:
    if isinstance(scorer, BoostedScorer):
        return against_background(scorer, background)
    if isinstance(scorer, Scorecard):
        return _of_points(scorer, background)
    return _by_permutation(scorer, background)


def _by_permutation(scorer: Scorer, background: pd.DataFrame) -> Contributions:
    # Each row of the background, in an order of features of its own (and in the reverse), turns
    # into the applicant: what each step adds is the feature's, and the steps sum to the margin.
    names = list(scorer.feature_names_in_)
    rows = background[names].reset_index(drop=True)
    rng = np.random.default_rng(0)
    orders = np.array([rng.permutation(len(names)) for _ in range(len(rows))])
    orders = np.concatenate([orders, orders[:, ::-1]])
    place = np.argsort(orders, axis=1)
    starts = np.tile(np.arange(len(rows)), 2)
    before = np.tile(np.asarray(scorer.margin(rows), dtype=np.float64), 2)
    steps = np.arange(1, len(names))  # between the background's own rows and the applicant's

    def some(applicants: pd.DataFrame) -> Floats:
        # A call costs more than a row, so that all steps of some applicants are asked at once.
        both = pd.concat([rows, applicants[names]], ignore_index=True)
        own = len(rows) + np.arange(len(applicants))[:, None, None]
        mixed = {
            name: both[name].take(
                np.where(place[:, i] < steps[:, None], own, starts).ravel()
            ).array
            for i, name in enumerate(names)
        }  # fmt: skip
        after = np.asarray(scorer.margin(applicants[names]), dtype=np.float64)
        shape = len(applicants), len(names) + 1, len(starts)
        margins = np.empty(shape)
        margins[:, 0], margins[:, -1] = before, after[:, None]
        if steps.size:
            between = np.asarray(scorer.margin(pd.DataFrame(mixed)), dtype=np.float64)
            margins[:, 1:-1] = between.reshape(len(applicants), len(steps), len(starts))
        added = np.take_along_axis(np.diff(margins, axis=1), place.T[None], axis=1)
        return np.asarray(added.mean(axis=2))

    def contributions_of(applicants: pd.DataFrame) -> Floats:
        n = max(1, _ROWS_AT_ONCE // (len(starts) * len(names)))
        parts = [some(applicants.iloc[i : i + n]) for i in range(0, len(applicants), n)]
        return np.concatenate([np.empty((0, len(names))), *parts])

    return contributions_of


def _of_points(scorer: Scorecard, background: pd.DataFrame) -> Contributions:
    reference = scorer.contributions(background).mean(axis=0)
    return lambda applicants: scorer.contributions(applicants) - reference


def _check_sums(margins: Floats, sums: Floats) -> None:
    gap = float(np.abs(margins - sums).max(initial=0.0))
    if not gap < TOLERANCE:
        raise RuntimeError(
            f"Contributions miss the margin by up to {gap:.3g} log-odds (allowed: {TOLERANCE:g})."
        )
