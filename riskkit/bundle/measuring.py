"""How well a model does on rows it has not seen: of those with an outcome, and of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, SupportsFloat

import numpy as np

from riskkit._checks import Flags, Floats
from riskkit.applicants import History
from riskkit.scores import (
    PastApplicants,
    Scorer,
    auc,
    auc_interval,
    brier,
    evaluated,
    expected_maximum_profit,
    gini,
    h_measure,
    ks,
    log_loss,
    spiegelhalter,
)

#: Whose bad rate PDs meet: of the applicants with an outcome, or of all who might have had one.
CalibratedFor = Literal["labelled", "all"]
#: How labelled rows count where PDs are compared with bad rates.
CalibrationBasis = Literal["labelled rows", "labelled rows by 1 / propensity"]

_CLASSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSample:
    """Labelled rows, weighed so that their bad rate is the one that the PDs are meant to meet."""

    rows: Flags  #: Which rows these are, shape (n_applicants,).
    weight: Floats | None  #: Their weights, shape (n_rows,); None where all count alike.
    basis: CalibrationBasis  #: How they count.


def calibration_sample(history: History, *, meant_for: CalibratedFor) -> CalibrationSample | None:
    """Return the labelled rows that PDs can be compared with.

    Parameters
    ----------
    history : History
        Applications the model has not seen.
    meant_for : {"labelled", "all"}
        Whose bad rate its PDs are to meet. Where that is all and only some have an outcome, each
        labelled row counts 1 / propensity times [1]_ its own weight.

    Returns
    -------
    CalibrationSample or None
        None where PDs of all cannot be compared: some have no outcome, and no labelled one was
        approved at random with a recorded propensity.

    References
    ----------
    .. [1] Horvitz and Thompson (1952), J. American Statistical Association 47, 663-685.
    """
    rows, weight = history.labelled, history.weight
    own = None if weight is None else weight[rows]
    if meant_for == "labelled" or not history.is_selective:
        return CalibrationSample(rows=rows, weight=own, basis="labelled rows")
    chance = None if history.propensity is None else history.propensity[rows]
    if chance is None or not (chance < 1).any():
        return None
    return CalibrationSample(
        rows=rows,
        weight=(1.0 if own is None else own) / chance,
        basis="labelled rows by 1 / propensity",
    )


def measured_on_labelled(
    scorer: Scorer, history: History, *, meant_for: CalibratedFor
) -> dict[str, float] | None:
    """Return measures on labelled rows: order and loss as they are, calibration as PDs are meant.

    Parameters
    ----------
    scorer : Scorer
        Gives PDs.
    history : History
        Applications it has not seen.
    meant_for : {"labelled", "all"}
        Whose bad rate its PDs are to meet.

    Returns
    -------
    dict of str to float, or None
        `auc` with its limits, `gini`, `ks`, `log_loss`, `brier`, `h_measure` and `empcs` of the
        labelled; `mean_pd`, `bad_rate` and
        Spiegelhalter's test on the `calibration_sample`, absent where there is none. None where
        one class has no outcome.
    """
    known = history.take(history.labelled)
    bads = int(known.bad.sum())
    if not 0 < bads < len(known):
        return None  # nothing separates one class
    pds = scorer.predict_proba(known.applications.features)[:, 1]
    columns = {"bad": known.bad, "pds": pds, "weight": known.weight}
    measures: dict[str, Callable[..., SupportsFloat]] = {
        "auc": auc, "gini": gini, "ks": ks, "log_loss": log_loss, "brier": brier,
        "h_measure": h_measure, "empcs": expected_maximum_profit,
    }  # fmt: skip
    measured = {name: float(measure(**columns)) for name, measure in measures.items()}
    if 1 < bads < len(known) - 1:  # one of a class shows no error
        sure = auc_interval(bad=known.bad, pds=pds, weight=known.weight)
        measured |= {"auc_lower": sure.lower, "auc_upper": sure.upper}
    sample = calibration_sample(history, meant_for=meant_for)
    calibration = {} if sample is None else _calibration(known.bad, pds, sample.weight)
    return {"n": len(known), "bads": bads, **measured, **calibration}


def worth_on_everybody(scorer: Scorer, history: History, *, seed: int) -> dict[str, Any] | None:
    """Return what a model is worth on all who reached the score gate, as plain data.

    Parameters
    ----------
    scorer : Scorer
        Gives PDs.
    history : History
        Applications it has not seen.
    seed : int
        Draws what the estimators draw.

    Returns
    -------
    dict of str to anything, or None
        What `riskkit.scores.Evaluation.as_dict` returns; None where one class has no outcome.
    """
    past = PastApplicants.of(history)
    outcomes = np.unique(np.asarray(past.bad)[~np.isnan(past.bad)])
    if outcomes.size < _CLASSES:
        return None
    pds = scorer.predict_proba(past.X)[:, 1]
    return evaluated(past, pds=pds, rng=np.random.default_rng(seed)).as_dict()


def _calibration(bad: Floats, pds: Floats, weight: Floats | None) -> dict[str, float]:
    z = spiegelhalter(bad=bad, pds=pds, weight=weight)
    return {
        "mean_pd": float(np.average(pds, weights=weight)),
        "bad_rate": float(np.average(bad, weights=weight)),
        "spiegelhalter_z": z.statistic,
        "spiegelhalter_p": z.p_value,
    }
