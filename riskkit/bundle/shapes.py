"""What a policy may have beside one cut-off: cut-offs by segment, and a review band."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskkit.applicants import History
from riskkit.decisions import (
    Goal,
    Grid,
    IncumbentComparison,
    ReviewTerms,
    SegmentCutoff,
    SegmentPath,
    TunedCutoff,
    TunedReview,
    TunedSegments,
    TuningPlan,
    against_incumbent,
    busy_day,
    history_ledger,
    ledger_by,
    segment_path,
    segments_of,
    tune_cutoff,
    tune_review,
    tune_review_by_segment,
    tune_segments,
)
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyShape:
    """What is asked for; by itself, one cut-off."""

    by: str | None = None  #: Column of the segments that get cut-offs of their own.
    economics: Mapping[str, LoanEconomics] = field(default_factory=dict)  #: Of some segments.
    review: ReviewTerms | None = None  #: Of a review band.
    applicants_per_day: float | None = None
    """Who reach the score gate on a day that the capacity is for; None: on a busy day of the
    table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Applicants with their PDs."""

    history: History  #: Past applications.
    pds: Floats  #: PD of each, shape (n_applicants,) [fraction].


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A tuned policy of some shape."""

    tuned: TunedCutoff  #: The cut-off, or the level along the path of cut-offs by segment.
    segments: TunedSegments | None  #: Where there are cut-offs by segment.
    review: TunedReview | None  #: Where a review band was asked for; it may have no width.

    def scores(self, sample: Sample) -> Floats:
        """Return what the cut-off is compared with: PDs, or levels along the path.

        Parameters
        ----------
        sample : Sample
            Applicants.

        Returns
        -------
        array of float, shape (n_applicants,)
            Approved if at or below the tuned cut-off [fraction].
        """
        if self.segments is None:
            return sample.pds
        path = self.segments.path
        return path.levels_of(sample.pds, segments_of(sample.history, path.by))

    @property
    def cutoffs(self) -> dict[str, Any]:
        """The policy's cut-offs, by segment or not, and its review band."""
        band = self.review.band if self.review is not None and self.review.has_band else None
        up_to = None if band is None else band.review_up_to
        content: dict[str, Any] = {
            "pd_cutoff": self.tuned.pd_cutoff,
            "review_up_to": up_to,
            "review": None if self.review is None else self.review.terms,
        }
        if self.segments is None:
            return content
        path = self.segments.path
        ends = {} if up_to is None else path.at(up_to)
        segments = {
            name: SegmentCutoff(
                pd_cutoff=cutoff,
                review_up_to=ends[name] if ends.get(name, cutoff) > cutoff else None,
                economics=self.segments.own_economics.get(name),
            )
            for name, cutoff in path.at(self.tuned.pd_cutoff).items()
        }
        return content | {"by": path.by, "segments": segments}


def shape_policy(
    tuning: Sample, development: Sample, *, plan: TuningPlan, goal: Goal, shape: PolicyShape
) -> Shaped:
    """Choose cut-offs, by segment where asked for, then the review band.

    Parameters
    ----------
    tuning : Sample
        Applicants that the scorer has not seen.
    development : Sample
        Those it was fitted on: a certificate's path is fixed on them.
    plan : TuningPlan
        Cut-offs fixed on the development sample.
    goal : Goal
        Objective, limits and economics.
    shape : PolicyShape
        What is asked for.

    Returns
    -------
    Shaped
        Where the cut-off is certified, the review band begins at it, else there or below; its end
        is chosen together with its beginning.

    Raises
    ------
    DataError
        If the columns break their rules, segments or their economics are unknown, there are
        several limits by segment, weights differ where a review band or segments are asked for, or
        busy days cannot be told.
    InfeasibleCutoffError
        If nothing keeps to the limits, or the sample is too small to show it.
    """
    _check(shape, tuning.history)
    certified = any(limit.confidence is not None for limit in goal.limits)
    segments = None
    if shape.by is None:
        tuned = tune_cutoff(tuning.history, tuning.pds, plan=plan, goal=goal)
    else:
        fixed_on = development if certified else tuning
        ledger = ledger_by(fixed_on.history, fixed_on.pds, shape.by)
        segments = tune_segments(
            tuning.history, tuning.pds, plan=plan, goal=goal, economics=shape.economics,
            path=segment_path(ledger, goal=goal, economics=shape.economics),
        )  # fmt: skip
        tuned = segments.tuned
    shaped = Shaped(tuned=tuned, segments=segments, review=None)
    return shaped if shape.review is None else _reviewed(shaped, tuning, goal, shape)


def segments_record(found: TunedSegments) -> dict[str, Any]:
    """Return what cut-offs by segment were chosen on, as plain data.

    Parameters
    ----------
    found : TunedSegments
        What was tuned.

    Returns
    -------
    dict
        The case, gains by each way, offsets, rates beside those of one cut-off, and claims.
    """
    gains, offsets, optimum = found.gains, found.offsets, found.optimum
    columns = ("raw", "lower", "upper", "shrunk", "n_labelled")
    return {
        "by": found.path.by,
        "case": found.case,
        "gains": {
            "recalibration_and_one_cutoff": gains.of_recalibration,
            "segments": gains.of_segments,
            "segments_over_recalibration": gains.of_segments_alone,
        },
        "offsets": {
            group[0]: {name: float(getattr(offsets, name)[row]) for name in columns}
            for row, group in enumerate(offsets.groups)
        },
        "offsets_p_value": offsets.p_value,
        "table": found.table.to_dict("records"),
        "claims": found.claims,
        "economics": {k: v.model_dump() for k, v in found.own_economics.items()},
        "duality_gap": optimum.gap,
        "best_on_this_sample": optimum.cutoffs,
        "unseen": found.unseen,
    }


def review_record(found: TunedReview) -> dict[str, Any]:
    """Return the review band beside one cut-off, as plain data.

    Parameters
    ----------
    found : TunedReview
        What was tuned.

    Returns
    -------
    dict
        Both, their difference where a single cut-off keeps to the goal, and what was assumed of
        reviews.
    """
    return {
        "terms": found.terms.model_dump(),
        "applicants_per_day": found.applicants_per_day,
        "band": asdict(found.band) if found.has_band else None,
        "one_cutoff": None if found.one is None else asdict(found.one),
        "goods_gain": found.goods_gain,
        "profit_gain": found.profit_gain,
        "reviews_per_day": found.reviews_per_day,
    }


def _check(shape: PolicyShape, tuning: History) -> None:
    if shape.economics and shape.by is None:
        raise DataError("Economics of segments need by, the column of the segments.")
    if shape.applicants_per_day is not None and shape.review is None:
        raise DataError("applicants_per_day is for a review band; give the terms of review too.")
    if shape.review is not None and tuning.is_weighted:
        raise DataError(
            "A review band counts applicants, and a day's reviews are of applicants, but the "
            "weights differ; leave the review out, or give the weight column role ignore."
        )


def _reviewed(shaped: Shaped, tuning: Sample, goal: Goal, shape: PolicyShape) -> Shaped:
    tuned, segments = shaped.tuned, shaped.segments
    certified = bool(tuned.certificates)
    assert shape.review is not None  # noqa: S101 - so says the caller
    levels = tuned.curve["pd_cutoff"].to_numpy()  # those that approve somebody
    options: dict[str, Any] = {
        "goal": goal,
        "terms": shape.review,
        "applicants_per_day": shape.applicants_per_day or _busy_day(tuning.history),
        "approve_between": (tuned.pd_cutoff if certified else 0.0, tuned.pd_cutoff),
        "offset": _missed(tuned),
    }
    ledger = ledger_by(tuning.history, tuning.pds, None if segments is None else segments.path.by)
    if segments is None:
        review = tune_review(ledger, levels, **options)
    else:
        review = tune_review_by_segment(
            ledger,
            _some(segments.path, levels),
            economics=segments.economics,
            **options,
        )
    if not review.has_band:
        return replace(shaped, review=review)
    comparison = tuned.comparison
    if not certified:
        comparison = _compared(shaped, tuning, review.band.pd_cutoff)
    moved = replace(
        tuned,
        pd_cutoff=review.band.pd_cutoff,
        comparison=None if comparison is None else _with_reviews(comparison, review),
    )
    return Shaped(
        tuned=moved,
        segments=None if segments is None else segments.moved_to(moved, ledger),
        review=review,
    )


def _with_reviews(found: IncumbentComparison, review: TunedReview) -> IncumbentComparison:
    # Whom the past policy approved and the new one reviews counts as lost; those approved after
    # their review come back, as far as is expected if reviewers err as stated: what they bring is
    # added to the lower limits without an allowance for chance of its own.
    goods, profit = review.band.reviewed_goods, review.band.reviewed_profit
    return replace(
        found,
        goods=found.goods + goods,
        goods_lower=found.goods_lower + goods,
        profit=found.profit + profit,
        profit_lower=found.profit_lower + profit,
        with_reviews=True,
    )


def _missed(tuned: TunedCutoff) -> float:
    # The estimate that the cut-off was chosen by may exceed the smoothed PDs: a band must not make
    # room for more bads merely because it is judged by the latter.
    rates = np.clip([tuned.chosen[f"{way}bad_rate"] for way in ("", "model_")], 1e-6, 1 - 1e-6)
    estimate, model = np.log(rates / (1 - rates))
    return max(float(estimate - model), 0.0) if np.isfinite(estimate - model) else 0.0


def _compared(shaped: Shaped, tuning: Sample, cutoff: float) -> IncumbentComparison | None:
    # Approvals without a review; in one economics, so not where segments have their own.
    goal = shaped.tuned.goal
    own = {} if shaped.segments is None else shaped.segments.economics
    if any(each != goal.economics for each in own.values()):
        return None
    ledger = history_ledger(tuning.history, shaped.scores(tuning))
    return against_incumbent(ledger, cutoff, economics=goal.economics)


def _some(path: SegmentPath, levels: Floats) -> SegmentPath:
    rows = np.isin(path.grid.cutoffs, levels)
    return replace(
        path,
        grid=Grid(cutoffs=path.grid.cutoffs[rows], levels=path.grid.levels[rows]),
        cutoffs=path.cutoffs[:, rows],
        shares=path.shares[:, rows],
    )


def _busy_day(history: History) -> float:
    times = history.applications.time
    if times is None:
        raise DataError(
            "The table has no time, so that applicants per day are unknown; give "
            "--applicants-per-day beside the capacity of reviews."
        )
    return busy_day(times[history.reached])
