"""What all walks over cut-offs share: where they start, what they claim, and why they fail.

Where to start matters. At the strictest cut-offs so few applicants are left that even without a
single bad nothing could be shown, and the walk would end where it began. It starts at the first
cut-off that is expected to leave four times as many applicants as would do without a single bad,
computed from the grid and the number of rows, never from their scores.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from riskkit.decisions.binomial import zero_default_sample_size
from riskkit.decisions.grids import Grid, starting_point
from riskkit.errors import InfeasibleCutoffError, TooFewRowsError
from riskkit.lending import Limit

#: Expected applicants below the first cut-off, in multiples of what would do without a bad.
START = 4
_BISECTIONS = 20  # the cap in a message is shown to 1e-4
#: A walk that starts above this approval, where the past policy's is unknown, starts late.
_LATE = 0.5

_SENTENCES = {
    "bad_rate": "at most {bound} of {who} with a PD of at most {cutoff} turn bad",
    "bad_amount_rate": "at most {bound} of the amount of {who} with a PD of at most {cutoff} turns "
    "bad",
    "loss_rate": "at most {bound} of the amount of {who} with a PD of at most {cutoff} is lost",
    "approval_rate": "at least {bound} of {who} have a PD of at most {cutoff}",
    "false_rejection_rate": "at most {bound} of the good among {who} have a PD above {cutoff}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What all walks share: the limit, the rows there are and needed, and how to speak of them."""

    method: str  #: As the certificate names it.
    limit: Limit  #: What is certified.
    n: int  #: Rows tested.
    n_needed: int  #: Of these, below the first cut-off.
    n_applicants: int  #: The lender's own count, of which a share is tested.
    share_tested: float = 1.0  #: That share [fraction].
    applicants: str = "applicants"  #: What is counted.
    population: str = "applicants"  #: Whom the claim is about.
    assumption: str = ""  #: What else it takes.
    past_approval: float | None = None  #: Share approved in the past; None if unknown [fraction].

    @property
    def delta(self) -> float:
        """Allowed probability of breaking the limit [fraction]."""
        return 1 - sure_of(self.limit)

    @property
    def down(self) -> bool:
        """Whether the walk goes from the lenient end to the strict one."""
        return self.limit.rate in {"approval_rate", "false_rejection_rate"}


def sure_of(limit: Limit) -> float:
    """Return the confidence of a limit that has one [fraction]."""
    assert limit.confidence is not None  # noqa: S101 - checked by check_limit
    return limit.confidence


def needed_rows(limit: Limit) -> int:
    """Return how many rows the first cut-off of a binomial walk needs.

    Parameters
    ----------
    limit : Limit
        Rate, bound and confidence.

    Returns
    -------
    int
        Rows with an outcome; goods for a false rejection rate [applicants].
    """
    if limit.rate == "approval_rate":
        return math.ceil(math.log(1 - sure_of(limit)) / math.log(limit.bound))
    least = zero_default_sample_size(limit.bound, 1 - sure_of(limit))
    return least if limit.rate == "false_rejection_rate" else START * least


def first_place(path: Path, grid: Grid) -> int:
    """Return where an upward walk starts.

    Parameters
    ----------
    path : Path
        Limit and rows.
    grid : Grid
        Cut-offs.

    Returns
    -------
    int
        Place in the grid.

    Raises
    ------
    TooFewRowsError
        If even the last cut-off leaves too few: how many it takes.
    """
    try:
        return starting_point(grid.levels, path.n_applicants * path.share_tested, path.n_needed)
    except InfeasibleCutoffError:
        wanted = _rows_to_start_at(path, float(grid.levels[-1]))
        raise TooFewRowsError(_too_few(path, wanted)) from None


def check_enough(path: Path) -> None:
    """Refuse a downward walk whose first cut-off could not pass even at the best of outcomes.

    Parameters
    ----------
    path : Path
        Limit and rows.

    Raises
    ------
    TooFewRowsError
        If there are fewer rows than it takes: how many that is.
    """
    if path.n_applicants * path.share_tested < path.n_needed:
        raise TooFewRowsError(_too_few(path, _rows_to_start_at(path, 1.0)))


def refuse(path: Path, grid: Grid, place: int, *, p_value: float, bound: float) -> NoReturn:
    """Refuse a walk whose first cut-off fails.

    Parameters
    ----------
    path : Path
        Limit and rows.
    grid : Grid
        Cut-offs.
    place : int
        The first cut-off tested.
    p_value : float
        Its p-value.
    bound : float
        The nearest bound that it meets [fraction].

    Raises
    ------
    InfeasibleCutoffError
        Where the walk could not have started at a stricter one.
    TooFewRowsError
        Where more rows would have let it: how many.
    """
    said = "highest floor" if path.limit.sign < 0 else "lowest cap"
    failed = (
        f"No cut-off can be certified for {path.limit}: the first, a PD of "
        f"{grid.cutoffs[place]:.4g}, has p-value {p_value:.3g}; the {said} it meets is about "
        f"{bound:.4f}."
    )
    level, past = float(grid.levels[place]), path.past_approval
    if path.down or not place or level <= (_LATE if past is None else past):
        raise InfeasibleCutoffError(failed)
    stricter = level / 2 if past is None else past
    whose = "half of that" if past is None else f"the {past:.0%} approved in the past"
    raise TooFewRowsError(
        f"{failed} There are too few rows to start at a stricter one: with {path.n_applicants} "
        f"{path.applicants} the walk starts where about {level:.0%} are approved; to start at "
        f"{whose} takes about {_rows_to_start_at(path, stricter)}."
    )


def _rows_to_start_at(path: Path, level: float) -> int:
    return math.ceil(path.n_needed / (level * path.share_tested))


def _too_few(path: Path, wanted: int) -> str:
    return (
        f"A certificate of {path.limit} needs at least {wanted} {path.applicants}, but there are "
        f"{path.n_applicants}."
    )


def claim_of(path: Path, cutoff: float) -> str:
    """Return what a walk certifies of a cut-off.

    Parameters
    ----------
    path : Path
        Limit and population.
    cutoff : float
        The last cut-off that passed [fraction].

    Returns
    -------
    str
        One sentence.
    """
    sentence = _SENTENCES[path.limit.rate].format(
        bound=f"{100 * path.limit.bound:.4g}%", who=path.population, cutoff=f"{cutoff:.6g}"
    )
    assumed = f", {path.assumption}" if path.assumption else ""
    surely = f"ith {100 * (1 - path.delta):.4g}% confidence, "
    roughly = "Approximately, w" if "approximate" in path.method else "W"
    return f"{roughly}{surely}{sentence}{assumed}."


def lowest_cap(p_value: Callable[[float, float], float], cutoff: float, delta: float) -> float:
    """Return the lowest cap that a cut-off meets.

    Parameters
    ----------
    p_value : callable
        Of a cut-off and a cap, against "the cap is broken there".
    cutoff : float
        The cut-off [fraction].
    delta : float
        Level of the test [fraction].

    Returns
    -------
    float
        The cap, by bisection [fraction].
    """
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if p_value(cutoff, middle) <= delta:
            high = middle
        else:
            low = middle
    return high
