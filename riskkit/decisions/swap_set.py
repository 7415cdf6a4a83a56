"""Champion against challenger: whom only one of two policies approves, and what that is worth.

Every applicant falls into one of four sets. Swap-ins are approved by the challenger only, swap-outs
by the champion only, keep-ins by both, keep-outs by neither. What is known of each set differs:
outcomes of swap-outs are on file where the champion was in force, those of swap-ins only if some
were approved at random. So each figure says what it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Floats, check_open_fraction
from riskkit._html import html_table
from riskkit.decisions._sides import (
    UNREACHABLE,
    Part,
    Sums,
    Worth,
    amount_parts,
    cells_of,
    head_parts,
    per_amount,
    sides_of,
    worth_of,
)
from riskkit.decisions.deciding import Decisions
from riskkit.decisions.ledger import MISSING, ScoredOutcomes, ScoreLedger
from riskkit.decisions.ledger_builder import score_ledger
from riskkit.decisions.policy import Policy, ReviewTerms
from riskkit.decisions.recalibration import BandModel, band_model
from riskkit.decisions.segment_economics import economics_groups
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics
from riskkit.selection import Estimate, stratified_bad_rate

SwapName = Literal["swap_in", "swap_out", "keep_in", "keep_out"]
#: The four sets, those on which two policies differ first.
SWAP_SETS: tuple[SwapName, ...] = get_args(SwapName)
#: What a figure rests on: every outcome, as it is known of synthetic applicants; every outcome, on
#: file; outcomes of some, approved at random; or, for some, on nothing: then only bounds are known.
Basis = Literal["true", "observed", "corrected", "bounded"]

#: A smooth model of the bad rate needs no finer bands of PD than these.
_EDGES = np.append(1 / (1 + np.exp(-np.linspace(-8, 4, 96))), 1.0)
_EVERYBODY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of applicants under the past policy; arrays of shape (n_applicants,)."""

    bad: Floats  #: 1 bad, 0 good, NaN unknown.
    propensity: Floats  #: Chance with which the past policy approved; 0 of the never seen.
    amount: Floats  #: Amount applied for [currency].
    is_truth: bool = False  #: Known of everybody, as it is of synthetic applicants.


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A policy and what it decides."""

    policy: Policy  #: For its economics, and for how its reviewers decide.
    decisions: Decisions  #: On the applicants in question.


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapSet:
    """Two policies on the same applicants."""

    frame: pd.DataFrame  #: One row per group and set, see `swap_set`.
    n: int  #: Applicants.
    n_reviews: tuple[int, int]  #: Sent to review by champion and challenger.
    approval_rates: tuple[float, float]  #: Of champion and challenger, reviews left out.
    bad_rates: tuple[Estimate, Estimate]  #: Among whom each approves [fraction].
    goods: Estimate  #: More goods served by the challenger, per applicant.
    bads: Estimate  #: More bads served, per applicant.
    gain: Estimate  #: More money, per applicant [currency].
    confidence: float  #: Of each interval by itself, approximately [fraction].

    def _repr_html_(self) -> str:
        everybody = self.frame[self.frame["by"] == "all"]
        shown = ("applicants", "share", "bad_rate", "goods", "bads", "gain", "basis")
        rows = [
            (row["set"], *(f"{v:,.4g}" if isinstance(v, float) else v for v in row[list(shown)]))
            for _, row in everybody.iterrows()
        ]
        return html_table(f"{self.n:,} applications", rows, header=("set", *shown))


def swap_set(
    champion: Contender,
    challenger: Contender,
    outcomes: Outcomes,
    *,
    by: Mapping[str, ArrayLike] | None = None,
    confidence: float = 0.95,
) -> SwapSet:
    """Compare two policies on the same applicants.

    Money is counted by the challenger's economics, those of an applicant's segment where it has its
    own there. A reviewed applicant is approved by neither set's rule; in goods, bads and money they
    count as their policy's reviewers decide on average.

    Parameters
    ----------
    champion, challenger : Contender
        The policy in force and the proposed one, on the same applicants in the same order.
    outcomes : Outcomes
        What became of them.
    by : mapping of str to array-like, optional
        Segments to compare within, each of shape (n_applicants,).
    confidence : float
        Of every interval by itself, approximately [fraction].

    Returns
    -------
    SwapSet
        Its frame has one row per ``by`` (``all``, each segment, ``gate``), ``group`` and ``set``
        that holds anybody: ``applicants``, ``share`` of the group, ``basis``, and ``bad_rate``,
        ``goods``, ``bads``, ``money`` (what the challenger's decision on them is worth) and
        ``gain`` (that less what the champion's is worth), each with ``_lower`` and ``_upper``;
        NaN where only the limits are known. The gate of a swap-in is the one that the champion
        stops them by, of the others the challenger's; ``review`` where they are reviewed.

    Raises
    ------
    DataError
        If the two differ in length, or outcomes, propensities or amounts break their rules.

    References
    ----------
    .. [1] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702: the limits of sums.

    Examples
    --------
    >>> from riskkit.decisions import decide
    >>> strict, lenient = (
    ...     Policy(created="2026-01-31T00:00:00Z", pd_cutoff=cutoff, objective="goods",
    ...            economics=LoanEconomics(), model_hash="") for cutoff in (0.1, 0.3))
    >>> pds, table = np.array([0.05, 0.2, 0.4]), pd.DataFrame(index=range(3))
    >>> champion, challenger = (
    ...     Contender(policy=policy, decisions=decide(policy, pds, table))
    ...     for policy in (strict, lenient))
    >>> known = Outcomes(bad=np.zeros(3), propensity=np.ones(3), amount=np.full(3, 100.0))
    >>> found = swap_set(champion, challenger, known)
    >>> found.frame[["set", "applicants", "goods"]].head(3).values.tolist()
    [['swap_in', 1, 1.0], ['keep_in', 1, 1.0], ['keep_out', 1, 1.0]]
    """
    check_open_fraction(confidence=confidence)
    old, new = champion.decisions, challenger.decisions
    n = old.pds.size
    if new.pds.size != n or len(outcomes.bad) != n:
        raise DataError(
            f"Two policies are compared on the same applicants, but champion has {n}, challenger "
            f"{new.pds.size} and outcomes {len(outcomes.bad)}."
        )
    pair = _pairs(old, new)
    scored = ScoredOutcomes(
        pds=new.pds,
        bad=outcomes.bad,
        propensity=outcomes.propensity,
        amount=outcomes.amount,
    )
    policies = (champion.policy, challenger.policy)
    worth = economics_groups(challenger.policy, new.segment)
    priced = np.full(n, "", dtype=object)
    for place, (_, rows) in enumerate(worth):
        priced[rows] = str(place)
    count = _Counting(
        policies=policies,
        economics=tuple(economics for economics, _ in worth),
        confidence=confidence,
        is_truth=outcomes.is_truth,
    )
    split = _Split(pair=pair, priced=priced)
    everybody, model = _cells(scored, split, np.full(n, _EVERYBODY))
    heads = _unpriced(everybody)
    groups = {name: pd.Series(np.asarray(values)) for name, values in (by or {}).items()}
    parts = [count.rows(_EVERYBODY, everybody)]
    parts += [
        count.rows(name, _cells(scored, split, column, model)[0]) for name, column in groups.items()
    ]
    gated = _gates(old, new)
    some = ~pd.isna(gated)
    if some.any():
        cells, _ = _cells(_taken(scored, some), split.take(some), gated[some], model)
        parts.append(count.rows("gate", cells))
    return SwapSet(
        frame=pd.DataFrame([row for rows in parts for row in rows]),
        n=n,
        n_reviews=(
            int((old.decision == "review").sum()),
            int((new.decision == "review").sum()),
        ),
        approval_rates=(float(old.approved.mean()), float(new.approved.mean())),
        bad_rates=(
            _bad_rate([sums for key, sums in heads.items() if key[0] == "approve"], confidence),
            _bad_rate([sums for key, sums in heads.items() if key[1] == "approve"], confidence),
        ),
        goods=count.served(heads, good=1.0, bad=0.0),
        bads=count.served(heads, good=0.0, bad=1.0),
        gain=count.worth(everybody, gain=True),
        confidence=confidence,
    )


#: Champion's decision, challenger's decision, group, and the number of the economics.
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    # What tells applicants apart, shape (n_applicants,) each.
    pair: NDArray[np.object_]
    priced: NDArray[np.object_]

    def take(self, rows: NDArray[np.bool_]) -> "_Split":
        return _Split(pair=self.pair[rows], priced=self.priced[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counting:
    policies: tuple[Policy, Policy]
    economics: tuple[LoanEconomics, ...]
    confidence: float
    is_truth: bool

    def rows(self, by: str, cells: Mapping[_Key, Sums]) -> list[dict[str, Any]]:
        found = []
        for group in sorted({key[2] for key in cells}):
            n_group = sum(_n(sums) for key, sums in cells.items() if key[2] == group)
            for name in SWAP_SETS:
                chosen = {k: v for k, v in cells.items() if k[2] == group and _set_of(k) == name}
                if chosen:
                    row = {"by": by, "group": group, "set": name}
                    found.append(row | self._row(chosen, n_group))
        return found

    def _row(self, cells: Mapping[_Key, Sums], n_group: float) -> dict[str, Any]:
        n = sum(map(_n, cells.values()))
        heads = _unpriced(cells)
        bad_rate = _bad_rate(list(heads.values()), self.confidence)
        money, gain = (_times(self.worth(cells, gain=as_gain), n) for as_gain in (False, True))
        goods = Estimate(
            point=n * (1 - np.asarray(bad_rate.point)),
            lower=n * (1 - np.asarray(bad_rate.upper)),
            upper=n * (1 - np.asarray(bad_rate.lower)),
        )
        return {
            "applicants": int(n),
            "share": n / n_group,
            "basis": self._basis(heads, bad_rate),
            **_three("bad_rate", bad_rate),
            **_three("goods", goods),
            **_three("bads", _times(bad_rate, n)),
            **_three("money", money),
            **_three("gain", gain),
        }

    def served(self, cells: Mapping[_Key, Sums], *, good: float, bad: float) -> Estimate:
        """Return more served by the challenger, per applicant: goods, or bads, or both."""
        counted: list[tuple[Part, Worth]] = []
        for (before, after, *_), sums in cells.items():
            old, new = (
                _served(decision, policy.review)
                for decision, policy in zip((before, after), self.policies, strict=True)
            )
            worth = Worth(good=good * (new[0] - old[0]), bad=bad * (new[1] - old[1]))
            counted += _counted(head_parts(sums, self.confidence), worth)
        return _sum_of(counted, cells, self.confidence)

    def worth(self, cells: Mapping[_Key, Sums], *, gain: bool) -> Estimate:
        """Return what the challenger's decisions are worth, or gain beside the champion's."""
        counted: list[tuple[Part, Worth]] = []
        for (before, after, _, priced), sums in cells.items():
            economics = self.economics[int(priced)]
            new = _worth(after, economics, self.policies[1].review)
            old = _worth(before if gain else None, economics, self.policies[0].review)
            worth = Worth(
                good=new.good - old.good, bad=new.bad - old.bad, fixed=new.fixed - old.fixed
            )
            counted += _counted(amount_parts(sums, self.confidence), worth)
        return _sum_of(counted, cells, self.confidence)

    def _basis(self, cells: Mapping[_Key, Sums], bad_rate: Estimate) -> Basis:
        if self.is_truth:
            return "true"
        if np.isnan(np.asarray(bad_rate.point)).any() or any(
            sums["applicants"][UNREACHABLE].any() for sums in cells.values()
        ):
            return "bounded"
        n_unknown = sum(
            float((sums["applicants"] - sums["labelled"]).sum()) for sums in cells.values()
        )
        return "corrected" if n_unknown else "observed"


def _set_of(key: _Key) -> SwapName:
    before, after = key[0] == "approve", key[1] == "approve"
    if before != after:
        return "swap_in" if after else "swap_out"
    return "keep_in" if after else "keep_out"


def _pairs(champion: Decisions, challenger: Decisions) -> NDArray[np.object_]:
    pairs = pd.Series(champion.decision) + ">" + pd.Series(challenger.decision)
    return pairs.to_numpy(dtype=object)


def _gates(champion: Decisions, challenger: Decisions) -> NDArray[np.object_]:
    # None of keep-ins; whom no gate stops though they are not approved is reviewed.
    gates = [
        np.where(one.decision == "review", "review", one.stopped_by)
        for one in (champion, challenger)
    ]
    swap_in = challenger.approved & ~champion.approved
    return np.where(swap_in, gates[0], gates[1])


def _taken(scored: ScoredOutcomes, rows: NDArray[np.bool_]) -> ScoredOutcomes:
    return ScoredOutcomes(
        pds=scored.pds[rows],
        bad=scored.bad[rows],
        propensity=scored.propensity[rows],
        amount=scored.amount[rows],
    )


def _cells(
    scored: ScoredOutcomes,
    split: _Split,
    group: ArrayLike,
    model: BandModel | None = None,
) -> tuple[dict[_Key, Sums], BandModel]:
    # One smooth model, that of everybody, serves all cells: so groups add up.
    levels = pd.Series(np.asarray(group)).astype("str").fillna(MISSING).to_numpy(dtype=object)
    ledger = score_ledger(
        ScoredOutcomes(
            pds=scored.pds, bad=scored.bad, propensity=scored.propensity, amount=scored.amount,
            by={"pair": split.pair, "group": levels, "priced": split.priced},
        ),
        edges=_EDGES,
    )  # fmt: skip
    model = band_model(ledger) if model is None else model
    return {_key(found): _sums(ledger, found, model) for found in ledger.groups}, model


def _key(group: tuple[str, ...]) -> _Key:
    before, after = group[0].split(">")
    return before, after, group[1], group[2]


def _unpriced(cells: Mapping[_Key, Sums]) -> dict[_Key, Sums]:
    # Heads are counted whatever they are worth, so that economics do not change how.
    found: dict[_Key, Sums] = {}
    for (before, after, group, _), sums in cells.items():
        key = before, after, group, ""
        others = found.get(key)
        found[key] = (
            sums if others is None else {name: others[name] + sums[name] for name in others}
        )
    return found


def _sums(ledger: ScoreLedger, group: tuple[str, ...], model: BandModel) -> Sums:
    return sides_of(ledger.of(*group), np.array([1.0]), model).approved


def _n(sums: Sums) -> float:
    return float(sums["applicants"].sum())


def _bad_rate(cells: Sequence[Sums], confidence: float) -> Estimate:
    if not sum(map(_n, cells)):
        return Estimate(point=np.nan, lower=np.nan, upper=np.nan)
    parts = [part for sums in cells for part in cells_of(sums)]
    found = stratified_bad_rate(parts, confidence=confidence)
    return _one(found)


def _served(decision: str, review: ReviewTerms | None) -> tuple[float, float]:
    # Shares of goods and of bads. Of reviews whose errors nobody states, none count as served.
    if decision == "review" and review is not None:
        return 1 - review.share_wrong_rejected, review.share_wrong_approved
    return (1.0, 1.0) if decision == "approve" else (0.0, 0.0)


def _worth(decision: str | None, economics: LoanEconomics, review: ReviewTerms | None) -> Worth:
    # Handling a loan that was reviewed counts as if all were good: bads are few among them.
    if decision is None:
        return Worth(good=0.0, bad=0.0)
    good, bad, stopped = per_amount(economics)
    goods, bads = _served(decision, review)
    cost = review.cost if decision == "review" and review is not None else 0.0
    return Worth(
        good=goods * good + (1 - goods) * stopped,
        bad=bads * bad,
        fixed=cost + goods * economics.operating,
    )


def _counted(parts: Sequence[Part], worth: Worth) -> list[tuple[Part, Worth]]:
    # What nothing hangs on is left out, so that it cannot make the sum unknown.
    nothing = worth.good == worth.bad == worth.fixed == 0
    return [] if nothing else [(part, worth) for part in parts]


def _sum_of(
    counted: Sequence[tuple[Part, Worth]], cells: Mapping[_Key, Sums], confidence: float
) -> Estimate:
    n = np.array([sum(map(_n, cells.values()))])
    if not counted:
        return Estimate(point=0.0, lower=0.0, upper=0.0)
    return _one(worth_of(counted, n, confidence))


def _one(found: Estimate) -> Estimate:
    point, lower, upper = (
        float(np.ravel(value)[0]) for value in (found.point, found.lower, found.upper)
    )
    return Estimate(point=point, lower=lower, upper=upper)


def _times(found: Estimate, n: float) -> Estimate:
    point, lower, upper = (float(np.ravel(v)[0]) for v in (found.point, found.lower, found.upper))
    return Estimate(point=point * n, lower=lower * n, upper=upper * n)


def _three(name: str, found: Estimate) -> dict[str, float]:
    return {
        name: float(np.ravel(found.point)[0]),
        f"{name}_lower": float(np.ravel(found.lower)[0]),
        f"{name}_upper": float(np.ravel(found.upper)[0]),
    }
