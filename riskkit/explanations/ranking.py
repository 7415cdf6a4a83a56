"""Which reasons count, for many applicants at once: contributions summed by reason and ranked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.applicants import Schema
from riskkit.errors import DataError
from riskkit.explanations.attribution import TOLERANCE, Attribution

#: More are unlikely to be helpful (12 CFR Part 1002, Supplement I, comment 9(b)(2)-1).
MAX_REASONS = 4
#: A fifth reason where it counts but is not among the strongest (15 U.S.C. 1681g(f)(9)).
INQUIRIES = "inquiries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The reasons of each applicant, strongest first."""

    keys: tuple[str, ...]  #: Every reason, in the order in which the schema names it first.
    totals: Floats  #: What each adds [log-odds of bad], shape (n_applicants, n_reasons).
    places: NDArray[np.intp]  #: Keys by place, -1 none; shape (n_applicants, MAX_REASONS + 1).

    def of(self, row: int) -> tuple[str, ...]:
        """Return one applicant's reasons, strongest first; a fifth is inquiries."""
        return tuple(self.keys[place] for place in self.places[row] if place >= 0)

    @property
    def named(self) -> Flags:
        """Whether each reason is given to each applicant, shape (n_applicants, n_reasons)."""
        return (self.places[:, :, None] == np.arange(len(self.keys))).any(axis=1)


def rank_groups(attribution: Attribution, schema: Schema) -> Ranking:
    """Return which reasons count for each applicant, strongest first.

    Contributions are summed over the features that share a reason in the schema; a reason counts
    where its sum pushed towards rejection. Sums are compared to 6 decimals, and of equal ones the
    reason that the schema names first comes first. The strongest `MAX_REASONS` are given, and
    after them the reason ``inquiries`` where it counts and is not among them.

    Parameters
    ----------
    attribution : Attribution
        Contributions of applicants.
    schema : Schema
        Reasons of the features.

    Returns
    -------
    Ranking
        Sums, and reasons by place.

    Raises
    ------
    DataError
        If the schema lacks a feature.

    References
    ----------
    .. [1] 12 CFR Part 1002, Supplement I, comments 9(b)(2)-1 to 9(b)(2)-5.
    .. [2] 15 U.S.C. 1681g(f)(9): inquiries are named whatever the number of other factors.

    Examples
    --------
    >>> import pandas as pd
    >>> from riskkit.applicants import Column
    >>> number = Column(role="feature", kind="number")
    >>> attribution = Attribution(
    ...     contributions=np.array([[0.2, 0.5]]), feature_names=("age", "debt"), base=-2.5,
    ...     margins=np.array([-1.8]), applicants=pd.DataFrame(), background=pd.DataFrame(),
    ... )
    >>> rank_groups(attribution, Schema(columns={"age": number, "debt": number})).of(0)
    ('debt', 'age')
    """
    names = attribution.feature_names
    absent = [name for name in names if name not in schema.features]
    if absent:
        raise DataError(f"The schema must name every feature, but lacks {absent[0]!r}.")
    reasons = {name: key for name, key in schema.reasons.items() if name in names}
    keys = tuple(dict.fromkeys(reasons.values()))
    columns = [names.index(name) for name in reasons]  # the schema's order, whatever the scorer's
    belongs = np.array([[own == key for key in keys] for own in reasons.values()], dtype=np.float64)
    totals = attribution.contributions[:, columns] @ belongs
    return Ranking(keys=keys, totals=totals, places=_places(totals, keys))


def _places(totals: Floats, keys: tuple[str, ...]) -> NDArray[np.intp]:
    rounded = np.round(totals / TOLERANCE)
    strongest = np.argsort(-rounded, axis=1, kind="stable")[:, :MAX_REASONS]
    counts = np.take_along_axis(rounded, strongest, axis=1) > 0
    places = np.full((len(totals), MAX_REASONS + 1), -1, dtype=np.intp)
    places[:, : strongest.shape[1]] = np.where(counts, strongest, -1)
    if INQUIRIES in keys:
        at = keys.index(INQUIRIES)
        is_fifth = (rounded[:, at] > 0) & ~(places == at).any(axis=1)
        places[is_fifth, MAX_REASONS] = at
    return places
