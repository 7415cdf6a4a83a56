"""Numbers behind the pictures: score distributions, calibration, stability over vintages."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from riskkit._checks import Flags, Floats
from riskkit.bundle import Bundle, CalibratedFor, calibration_sample
from riskkit.decisions import decide
from riskkit.explanations import Words
from riskkit.reports.page._plain import plain_number, plain_numbers
from riskkit.reports.page._samples import Scored
from riskkit.reports.page._words import catalogue
from riskkit.scores import calibration_bands, psi, psi_by_chance
from riskkit.selection import wilson_interval

_N_BINS, _N_BANDS = 40, 10
#: A vintage with fewer applicants at the gate, or fewer outcomes, is not shown.
_LEAST = 20
#: PDs are drawn inside these, so that a scorer that says 0 or 1 still has a place.
_LOW, _HIGH = 1e-4, 0.9999


def distribution_of(sample: Scored) -> dict[str, Any]:
    """Return how PDs are spread, by what became of the applicants: shares of each bin."""
    at_gate = sample.matured()
    margins = logit(np.clip(at_gate.pds, _LOW, _HIGH))
    edges = np.linspace(margins.min() - 1e-9, margins.max() + 1e-9, _N_BINS + 1)
    bad = at_gate.history.bad
    kinds = {"good": bad == 0, "bad": bad == 1, "unknown": np.isnan(bad)}
    return {
        "edges": plain_numbers(expit(edges)),
        "kinds": {
            name: {"n": int(rows.sum()), "shares": plain_numbers(_shares(margins[rows], edges))}
            for name, rows in kinds.items()
            if rows.any()
        },
    }


def calibration_of(sample: Scored, meant_for: CalibratedFor) -> list[dict[str, float | None]]:
    """Return mean PD and bad rate of each score band; none where PDs cannot be compared."""
    at_gate = sample.matured()
    found = calibration_sample(at_gate.history, meant_for=meant_for)
    if found is None:
        return []
    known = at_gate.take(found.rows)
    bands = calibration_bands(
        bad=known.history.bad, pds=known.pds, weight=found.weight, n_bands=_N_BANDS
    )
    columns = ("n", "n_bad", "mean_pd", "bad_rate", "lower", "upper")
    return [
        {name: plain_number(float(row[name])) for name in columns} for _, row in bands.iterrows()
    ]


def calibration_intro(sample: Scored, meant_for: CalibratedFor) -> Words:
    """Return what the calibration shows, or why there is none."""
    found = calibration_sample(sample.matured().history, meant_for=meant_for)
    if found is None:
        return catalogue()["calibration_none"]
    weighed = found.basis != "labelled rows"
    return catalogue()["calibration_intro_all" if weighed else "calibration_intro"]


def vintages_of(
    everybody: Scored, samples: dict[str, Scored], approved: Flags
) -> list[dict[str, Any]]:
    """Return what each month of applications looked like; empty without a time."""
    time = everybody.history.applications.time
    if time is None:
        return []
    at_gate = everybody.history.reached & everybody.kept
    months = pd.Series(time).dt.strftime("%Y-%m").to_numpy(dtype=object)
    base = samples.get("development", everybody).at_gate().pds
    edges = np.unique(np.quantile(base, np.arange(1, _N_BANDS) / _N_BANDS))
    expected = np.bincount(np.searchsorted(edges, base), minlength=len(edges) + 1)
    return [
        _vintage(month, everybody.take(rows), approved[rows], edges=edges, expected=expected)
        for month in sorted(set(months[at_gate]))
        if (rows := at_gate & (months == month)).sum() >= _LEAST
    ]


def approved_by_score(bundle: Bundle, sample: Scored) -> Flags:
    """Return whose PD is at most the cut-off of their own."""
    decisions = decide(bundle.policy, sample.pds, sample.history.applications.table)
    return np.asarray(decisions.pds <= decisions.pd_cutoff)


def _vintage(
    month: str, sample: Scored, approved: Flags, *, edges: Floats, expected: Any
) -> dict[str, Any]:
    history = sample.history
    actual = np.bincount(np.searchsorted(edges, sample.pds), minlength=len(edges) + 1)
    known = history.labelled & approved & history.matured
    n_known, n_bad = int(known.sum()), int((history.bad[known] == 1).sum())
    enough = n_known >= _LEAST
    lower, upper = wilson_interval(np.array([n_bad]), np.array([max(n_known, 1)]), confidence=0.95)
    return {
        "month": month,
        "n": len(sample),
        "mean_pd": plain_number(float(sample.pds.mean())),
        "approval_rate": plain_number(float(approved.mean())),
        "past_approval_rate": plain_number(float(history.approved.mean())),
        "n_known": n_known,
        "bad_rate": plain_number(n_bad / n_known) if enough else None,
        "lower": plain_number(float(lower[0])) if enough else None,
        "upper": plain_number(float(upper[0])) if enough else None,
        "psi": plain_number(psi(expected=expected, actual=actual)),
        "psi_by_chance": plain_number(
            psi_by_chance(
                n_expected=float(expected.sum()), n_actual=len(sample), n_bins=len(expected)
            )
        ),
    }


def _shares(values: Floats, edges: Floats) -> Floats:
    counts, _ = np.histogram(values, edges)
    return counts / max(counts.sum(), 1)
