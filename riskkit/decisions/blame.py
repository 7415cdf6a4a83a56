"""Blame: what each gate costs in good customers, what it saves in losses, and the money between."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Floats, as_flags, as_fractions, check_open_fraction, check_shapes
from riskkit.applicants import History
from riskkit.decisions._cases import is_weighted
from riskkit.decisions.blame_grounds import Worth, complete_grounds, selective_grounds
from riskkit.decisions.blame_readings import Blame, Cases, Measures, Units, blame_of, gate_cases
from riskkit.decisions.gate_verdicts import GateVerdicts
from riskkit.decisions.journeys import Journeys, State, journeys_of
from riskkit.decisions.policy import Policy
from riskkit.decisions.segment_economics import values_of
from riskkit.errors import DataError, UndefinedRateError
from riskkit.lending import LoanEconomics, LoanValues


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """What is believed of those without an outcome."""

    #: PD of each application by a model that saw none of the outcomes, shape (n_applicants,)
    #: [fraction]; None: the stopped are taken to be like the random approvals.
    pds: Floats | None = None
    gamma: float | None = None
    """Whoever could never be approved has odds of bad within this factor of what the PDs say;
    None: anything is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameSums:
    """Sums over journeys whose outcomes are all known; those of two parts add up to the whole's."""

    sums: dict[tuple[State, int], Floats] = field(default_factory=dict)
    """By what the gates say of a journey, and the gate that stopped its last attempt first (-1 for
    none): numbers of journeys, goods and bads, value of the goods and loss on the bads."""

    def __add__(self, other: "BlameSums") -> "BlameSums":
        """Return the sums over both populations."""
        both = dict(self.sums)
        for key, values in other.sums.items():
            both[key] = both[key] + values if key in both else values
        return BlameSums(sums=both)


_COUNT, _GOODS, _BADS, _VALUE, _LOSS = range(5)


def blame_sums(
    verdicts: GateVerdicts, *, bad: Floats, values: LoanValues, journeys: Journeys | None = None
) -> BlameSums:
    """Sum up applications whose outcomes are all known, so that any number of them can be blamed.

    Parameters
    ----------
    verdicts : GateVerdicts
        As they counted: an approval at random passes every gate (``overruled``).
    bad : array-like of {0, 1}, shape (n_applicants,)
        Outcome of everybody, or what it would be.
    values : LoanValues
        What each is worth, as ``LoanEconomics.values`` says.
    journeys : Journeys, optional
        Which applications belong together; a journey must not be torn between two parts. Without
        it each stands for itself.

    Returns
    -------
    BlameSums
        A few dozen sums, whatever the number of applications.

    Raises
    ------
    DataError
        If `bad` holds anything but 0 and 1, or the columns differ in length.

    Examples
    --------
    >>> verdicts = GateVerdicts(failed=np.array([[0, 0, 0, 1, 1], [0, 0, 0, 0, 0]], dtype=bool),
    ...                         unknown=np.zeros((2, 5), dtype=bool))
    >>> sums = blame_sums(verdicts, bad=[0, 0], values=LoanEconomics().values([100, 100]))
    >>> true_blame(sums + sums).of("score").goods.point
    1.0
    """
    (is_bad,) = as_flags(bad=bad)
    check_shapes({"bad": is_bad, "verdicts": verdicts.failed[:, 0]})
    together = journeys_of(None, len(verdicts)) if journeys is None else journeys
    last = together.last
    number, cases = gate_cases(verdicts, together)
    bads = is_bad[last].astype(np.float64)
    lost, saved = _prices(values, last)
    columns = (np.ones(len(last)), 1 - bads, bads, (1 - bads) * lost, bads * saved)
    sums = np.stack([np.bincount(number, column, minlength=len(cases)) for column in columns], 1)
    return BlameSums(sums=dict(zip(cases, sums, strict=True)))


def true_blame(sums: BlameSums) -> Blame:
    """Blame gates for journeys whose outcomes are all known, exactly.

    Parameters
    ----------
    sums : BlameSums
        Of all journeys.

    Returns
    -------
    Blame
        True numbers; where verdicts are missing, exact bounds over what they could have been.

    Raises
    ------
    UndefinedRateError
        If there are no goods.
    """
    cases = list(sums.sums)
    table = np.array([sums.sums[case] for case in cases]).reshape(-1, 5)
    if not table[:, _GOODS].any():
        raise UndefinedRateError("Blame is undefined: there are no good applicants.")
    every = np.arange(len(cases))
    unit = Units(
        grounds=complete_grounds(np.zeros(len(cases))),  # the sums already know who is bad
        cases=Cases.of(cases),
        number=every,
        represented=every,
        size=table[:, _COUNT],
        confidence=0.95,
    )
    nothing = np.zeros(len(cases))
    return blame_of(
        unit,
        Measures(
            goods=Worth(good=table[:, _GOODS], bad=nothing),
            bads=Worth(good=table[:, _BADS], bad=nothing),
            value=Worth(good=table[:, _VALUE], bad=nothing),
            loss=Worth(good=table[:, _LOSS], bad=nothing),
            net=(Worth(good=table[:, _LOSS], bad=nothing),
                   Worth(good=-table[:, _VALUE], bad=nothing)),
        ),
    )  # fmt: skip


def estimated_blame(  # noqa: PLR0913 - what is blamed, what is known, and three settings
    history: History,
    recorded: GateVerdicts,
    *,
    economics: LoanEconomics | Policy,
    journeys: Journeys | None = None,
    computed: GateVerdicts | None = None,
    beliefs: Beliefs | None = None,
    confidence: float = 0.95,
) -> Blame:
    """Blame gates where outcomes are known of the approved only: what a lender can know.

    Parameters
    ----------
    history : History
        Past applications; those whose window is still open are left out.
    recorded : GateVerdicts
        What the past policy's gates said of all of them.
    economics : LoanEconomics or Policy
        What goods and bads are worth; of a policy, by segment where its economics differ.
    journeys : Journeys, optional
        Which applications belong together; without it each stands for itself.
    computed : GateVerdicts, optional
        What another policy's gates say: that policy is blamed, not the past one.
    beliefs : Beliefs, optional
        PDs of a model, and how far they may be wrong.
    confidence : float
        Of the intervals, which are normal approximations [fraction].

    Returns
    -------
    Blame
        Each number says whether it is true, estimated or bounded. Of the journeys stopped by
        score or policy the goods are estimated from the random approvals, by inverse propensity
        with PDs as a control [1]_; of those that only the platform stopped, by PDs shifted to fit
        all known outcomes; those never approved give bounds, from all bad to all good. Intervals
        speak of these very applicants.

    Raises
    ------
    DataError
        If weights differ, lengths differ, a PD lies outside 0 to 1, gamma is below 1, or no window
        has closed.
    UndefinedRateError
        If there are no goods.

    References
    ----------
    .. [1] Robins, Rotnitzky and Zhao (1994), J. American Statistical Association 89, 846-866.
    """
    check_open_fraction(confidence=confidence)
    helps = beliefs or Beliefs()
    _check(history, recorded, helps)
    together = journeys_of(None, len(history)) if journeys is None else journeys
    rows = history.matured[together.last][together.of_row]
    if not rows.any():
        raise DataError(
            "Blame needs applications whose performance window has closed; of "
            f"{len(history)} none has."
        )
    history, recorded, together = history.take(rows), recorded.take(rows), _kept(together, rows)
    grounds = selective_grounds(
        history,
        recorded,
        together,
        pds=None if helps.pds is None else helps.pds[rows],
        gamma=helps.gamma,
    )
    # Whom a random approval stands for was stopped: by the gates as they would have counted.
    if computed is None:
        counted = recorded.overruled(history.approved)
        represented = recorded
    else:
        counted = represented = computed.take(rows)
    n = len(together)
    number, cases = gate_cases(counted, together)
    others, more_cases = gate_cases(represented, together)
    values = values_of(economics, history.applications)
    lost, saved = _prices(values, together.last)
    unit = Units(
        grounds=grounds,
        cases=Cases.of(cases + more_cases),
        number=number,
        represented=others + len(cases),
        size=np.ones(n),
        confidence=confidence,
    )
    nothing, one = np.zeros(n), np.ones(n)
    return blame_of(
        unit,
        Measures(
            goods=Worth(good=one, bad=nothing),
            bads=Worth(good=nothing, bad=one),
            value=Worth(good=lost, bad=nothing),
            loss=Worth(good=nothing, bad=saved),
            net=(Worth(good=-lost, bad=saved),),
        ),
    )


def _check(history: History, recorded: GateVerdicts, helps: Beliefs) -> None:
    check_shapes({"history": history.bad, "recorded": recorded.failed[:, 0]})
    if is_weighted(history):
        raise DataError("Blame needs rows of equal weight, but the table's weights differ.")
    if helps.pds is not None:
        (pds,) = as_fractions(pds=helps.pds)
        check_shapes({"history": history.bad, "pds": pds})
    if helps.gamma is not None and not helps.gamma >= 1:
        raise DataError(f"gamma must be at least 1, but is {helps.gamma}.")
    if helps.gamma is not None and helps.pds is None:
        raise DataError("gamma says how far PDs may be wrong, so it needs pds.")


def _kept(journeys: Journeys, rows: NDArray[np.bool_]) -> Journeys:
    place = np.cumsum(rows) - 1
    kept = rows[journeys.last]
    number = np.cumsum(kept) - 1
    return Journeys(of_row=number[journeys.of_row[rows]], last=place[journeys.last[kept]])


def _prices(values: LoanValues, last: NDArray[np.intp]) -> tuple[Floats, Floats]:
    # What stopping a good loses, and stopping a bad saves, by the amount of the last attempt.
    lost = values.good_if_approved - values.good_if_stopped
    return lost[last], -values.bad_if_approved[last]
