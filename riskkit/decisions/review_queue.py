"""Who still finds a place in the day's reviews, whatever the order in which a table is read."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError

#: What decides who is looked at first on a day.
_ORDER = ["place", "tie", "row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Applications that wait for a review; every array has shape (n_waiting,)."""

    day: NDArray[np.int64]  #: Days since 1970.
    place: Floats  #: Lower is looked at first.
    tie: Floats  #: Decides between equal places.
    row: NDArray[np.int64]  #: Of the whole table; decides where ties are equal too.

    @property
    def frame(self) -> pd.DataFrame:
        """The same as a table."""
        return pd.DataFrame({name: getattr(self, name) for name in ("day", *_ORDER)})


class ReviewQueue:
    """Remembers the first to come of each day, as many as its capacity; memory grows with days.

    Parameters
    ----------
    capacity_per_day : int
        Reviews that a day has time for.

    Raises
    ------
    DataError
        If the capacity is negative.

    Examples
    --------
    >>> waiting = Arrivals(day=np.array([0, 0, 1]), place=np.array([0.7, 0.2, 0.9]),
    ...                    tie=np.array([0.1, 0.2, 0.3]), row=np.arange(3))
    >>> ReviewQueue(1).add(waiting).admits(waiting)
    array([False,  True,  True])
    """

    def __init__(self, capacity_per_day: int) -> None:
        if capacity_per_day < 0:
            raise DataError(f"capacity_per_day must not be negative, but is {capacity_per_day}.")
        self._capacity = capacity_per_day
        none = np.empty(0, np.int64)
        self._first = Arrivals(day=none, place=np.empty(0), tie=np.empty(0), row=none).frame

    def add(self, arrivals: Arrivals) -> "ReviewQueue":
        """Let more applications wait.

        Parameters
        ----------
        arrivals : Arrivals
            More of them.

        Returns
        -------
        ReviewQueue
            This queue.
        """
        waiting = pd.concat([self._first, arrivals.frame], ignore_index=True)
        waiting = waiting.sort_values(["day", *_ORDER], ignore_index=True)
        self._first = waiting.groupby("day").head(self._capacity).reset_index(drop=True)
        return self

    def admits(self, arrivals: Arrivals) -> Flags:
        """Return who finds a place, once everybody has come.

        Parameters
        ----------
        arrivals : Arrivals
            Some of those who were added.

        Returns
        -------
        array of bool, shape (n_waiting,)
            True where there is a place.
        """
        if not self._capacity:
            return np.zeros(len(arrivals.day), dtype=bool)
        by_day = self._first.groupby("day")
        last = by_day.last().reindex(arrivals.day)
        full = by_day.size().reindex(arrivals.day).to_numpy() >= self._capacity
        before = np.zeros(len(arrivals.day), dtype=bool)
        equal = ~before
        for name in _ORDER:
            own, end = getattr(arrivals, name), last[name].to_numpy()
            before |= equal & (own < end)
            equal &= own == end
        return np.asarray(before | equal | ~full, dtype=bool)
