"""Borrowed worlds: what is fitted to a user's own table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, Field
from scipy.special import ndtr, ndtri

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT, read_record
from riskkit.applicants.derivations import Derivation
from riskkit.applicants.history import History
from riskkit.applicants.schema import Column, Schema
from riskkit.applicants.values import as_levels, as_numbers
from riskkit.applicants.world.copula import Categories, Copula, Marginals, fit_copula
from riskkit.applicants.world.hidden import Dial, HiddenFactor, probits
from riskkit.applicants.world.kernels import KernelLogit, fit_kernel_logit, kernel_with
from riskkit.errors import DataError

#: Columns that every borrowed world has, whatever they were called in the user's table.
_ADDED = {
    "application_id": Column(role="id"),
    "stopped_by": Column(role="stopped_by"),
    "verdict_score": Column(role="verdict", gate="score"),
    "approved": Column(role="approved"),
    "propensity": Column(role="propensity"),
    "bad": Column(role="bad"),
}
#: Fewer rows than this, or of one outcome or decision, say too little to fit anything.
_MIN_ROWS, _MIN_EACH = 500, 25
#: A column without a kind is a category up to so many distinct numbers.
_FEW_VALUES = 20
#: A level with this share gets an input of its own.
_LEVEL_SHARE = 0.02
#: How much the simulated policy knows: correlation of its view with the fitted PD's normal score.
_POLICY_KNOWS = 0.8
_DECIMALS = 6
#: Drawn rows on which the fitted models are brought to the real rates.
_SHIFT_ROWS = 20_000


class BorrowedSpec(BaseModel):
    """Assumptions that no table can supply, and how the fit is done."""

    model_config = STRICT

    hidden: dict[Dial, HiddenFactor] = {
        "none": HiddenFactor(on_risk=0.6, seen_by_policy=0.0),
        "medium": HiddenFactor(on_risk=0.6, seen_by_policy=0.5),
        "strong": HiddenFactor(on_risk=0.6, seen_by_policy=0.9),
    }  #: The hidden factor at each dial.
    exploration: float = Field(0.05, ge=0, le=1)  #: Share of the rejected approved at random.
    approval_rate: float | None = Field(None, gt=0, lt=1)  #: Where the table has no rejected.
    min_group: int = Field(20, ge=5)  #: No number or level stands for fewer real rows.
    fit_rows: int = Field(20_000, ge=1_000)  #: Each model is fitted on at most so many rows.
    landmarks: int = Field(150, ge=10, le=2_000)  #: Bumps of each model.
    copies_real_rows: bool = False  #: Resample real rows instead of drawing new ones.


class SimulatedPolicy(BaseModel):
    """A past policy for a table that has none: it ranks by the fitted PD, with noise."""

    model_config = STRICT

    kind: Literal["simulated_policy"] = "simulated_policy"
    approval_rate: float  #: Share that it passes [fraction].
    median_score: float  #: Centre of the fitted PD's probits.
    spread: float  #: Their standard deviation.

    def passing(self, pds: Floats) -> Floats:
        """Return the probability of passing given the PD fitted to the columns."""
        risk = (probits(pds) - self.median_score) / self.spread
        noise = np.sqrt(1 - _POLICY_KNOWS**2)
        return ndtr((ndtri(self.approval_rate) - _POLICY_KNOWS * risk) / noise)


class BorrowedFit(BaseModel):
    """All that was fitted to a user's table: a world can be drawn from it without the table.

    It holds no row of it. Numbers stand as means of at least ``spec.min_group`` neighbouring
    values, or as values that at least so many rows share (declared special codes always), levels
    of categories likewise; the extremes are trimmed thereby. That is care, not a formal privacy
    guarantee.
    """

    model_config = STRICT

    spec: BorrowedSpec  #: Assumptions.
    rows: int  #: Real rows that it was fitted on: those that reached the score gate.
    feature_source: Literal["fitted copula", "copies of real rows"]  #: Where features come from.
    columns: Schema  #: What the columns of the drawn applications mean.
    copula: Copula  #: How the columns are distributed.
    landmark_seed: int  #: Landmarks of both models are drawn from the copula with it.
    pd_model: KernelLogit  #: Bad, fitted to the labelled rows.
    selection: Annotated[KernelLogit | SimulatedPolicy, Field(discriminator="kind")]  #: Approval.

    @classmethod
    def read(cls, path: Path) -> "BorrowedFit":
        """Read a fit from YAML.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        BorrowedFit
            What it says.

        Raises
        ------
        DataError
            If the file is absent, is not YAML, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, path)

    def write(self, path: Path) -> None:
        """Write the fit as YAML.

        Parameters
        ----------
        path : Path
            The file to write.
        """
        content = self.model_dump(mode="json", exclude={"columns"})
        content["columns"] = self.columns.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        path.write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """A fitted world, ready to be drawn."""

    fit: BorrowedFit  #: All that was fitted.
    real_rows: pd.DataFrame | None = None  #: Real columns, only where ``copies_real_rows`` is set.


def borrow_world(
    history: History, schema: Schema, spec: BorrowedSpec | None = None, *, seed: int = 0
) -> Borrowed:
    """Fit a world to a user's own table: its columns, its PD and its past selection.

    Columns come from a Gaussian copula with the real marginals, ties, special codes and missing
    values. PD and approval are fitted by kernel logistic regression, a family that is not graded.
    A table cannot tell how much of the past selection no column shows, so the same fit is drawn at
    several dials, all in agreement with what the table shows: results are ranges over the dials.

    Drawn are features, segments, protected columns, amount and term of applicants who reached the
    score gate. Dates, customers who come back and other gates are not borrowed.

    Parameters
    ----------
    history : History
        Past applications with outcomes where they are known.
    schema : Schema
        What the columns mean.
    spec : BorrowedSpec, optional
        Assumptions; the default ones where it is left out.
    seed : int
        For the rows held out, landmarks and the fit of the copula; not negative.

    Returns
    -------
    Borrowed
        The fitted world, for ``draw_borrowed`` and ``write_borrowed``.

    Raises
    ------
    DataError
        If there are too few rows, outcomes or decisions of one kind, sampling weights, a column
        named like one that is added, or no rejected and no ``approval_rate``.

    Examples
    --------
    >>> from riskkit.applicants import as_history
    >>> rng = np.random.default_rng(1)
    >>> income = rng.lognormal(8, 1, 1_000)
    >>> bad = (rng.random(1_000) < 500 / income).astype(int)
    >>> schema = Schema(
    ...     columns={
    ...         "income": Column(role="feature", kind="number"),
    ...         "bad": Column(role="bad"),
    ...     }
    ... )
    >>> history = as_history(pd.DataFrame({"income": income, "bad": bad}), schema)
    >>> borrowed = borrow_world(history, schema, BorrowedSpec(approval_rate=0.7))
    >>> borrowed.fit.rows, borrowed.fit.feature_source
    (1000, 'fitted copula')
    """
    spec = BorrowedSpec() if spec is None else spec
    _check_borrowable(history, spec)
    reached = history.take(history.reached)
    table = _drawn_columns(reached, schema)
    taken = sorted({*table} & {*_ADDED})
    if taken:
        raise DataError(f"Column {taken[0]!r} has the name of a column that is added; rename it.")
    rejects = bool((~reached.approved).any())
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    copula = fit_copula(
        table,
        Marginals(min_group=spec.min_group, special=_special(table, schema)),
        order_by=reached.approved.astype(np.float64) if rejects else -reached.bad,
        rng=rng,
    )
    columns = _schema(table, schema)
    landmarks = model_landmarks(copula, columns.features, n=spec.landmarks, seed=seed)

    def fitted(rows: Flags, event: Floats) -> KernelLogit:
        chosen = rng.permutation(np.flatnonzero(rows))[: spec.fit_rows]
        inputs = model_inputs(copula, columns.features, table.iloc[chosen])
        return fit_kernel_logit(inputs, landmarks, event[chosen], rng=rng)

    pd_model = fitted(reached.labelled, reached.bad)
    selection: KernelLogit | SimulatedPolicy
    if rejects:
        everybody = np.ones(len(reached), dtype=bool)
        selection = fitted(everybody, reached.approved.astype(np.float64))
    else:
        inputs = model_inputs(copula, columns.features, table)
        selection = _simulated(spec, pd_model, inputs, landmarks)
    if isinstance(selection, KernelLogit) and not spec.copies_real_rows:
        drawn = copula_rows(copula, n=_SHIFT_ROWS, seed=seed, stream=1)
        inputs = model_inputs(copula, columns.features, drawn)
        kernel = kernel_with(inputs, landmarks)
        selection = selection.shifted(inputs, kernel, weights=np.ones(len(drawn)))
        passing = selection.probabilities(inputs, kernel)
        pd_model = pd_model.shifted(inputs, kernel, weights=passing)
    return Borrowed(
        fit=BorrowedFit(
            spec=spec,
            rows=len(reached),
            feature_source="copies of real rows" if spec.copies_real_rows else "fitted copula",
            columns=columns,
            copula=copula,
            landmark_seed=seed,
            pd_model=pd_model,
            selection=selection,
        ),
        real_rows=table.reset_index(drop=True) if spec.copies_real_rows else None,
    )


def _check_borrowable(history: History, spec: BorrowedSpec) -> None:
    if history.weight is not None:
        raise DataError(
            "A table with sampling weights cannot be borrowed: they would be lost. Resample it by "
            "them, and give the column role ignore."
        )
    reached = history.reached
    if reached.sum() < _MIN_ROWS:
        raise DataError(
            f"A world needs at least {_MIN_ROWS} applications that reached the score gate, but "
            f"there are {int(reached.sum())}."
        )
    bad = history.bad[history.labelled & reached]
    _check_each("bad", bads=int((bad == 1).sum()), goods=int((bad == 0).sum()))
    n_approved = int(history.approved[reached].sum())
    n_rejected = int(reached.sum()) - n_approved
    if n_rejected:
        _check_each("approved", approved=n_approved, rejected=n_rejected)
        if spec.approval_rate is not None:
            raise DataError(
                f"approval_rate is for tables without rejected applicants, but {n_rejected} were "
                "rejected; leave it out, and the real selection is borrowed."
            )
    elif spec.approval_rate is None:
        raise DataError(
            "The table has no rejected applicants, so there is no past selection to borrow. Give "
            "the column that says who was approved role approved, or set approval_rate: a past "
            "policy that ranks by the fitted PD, with noise, is then simulated."
        )


def _check_each(name: str, **counts: int) -> None:
    for kind, n in counts.items():
        if n < _MIN_EACH:
            raise DataError(
                f"A world needs at least {_MIN_EACH} {kind} among those who reached the score "
                f"gate, but column {name!r} has {n}."
            )


def _drawn_columns(history: History, schema: Schema) -> pd.DataFrame:
    applications = history.applications
    drawn = {}
    for name, column in schema.columns.items():
        if column.is_feature:
            drawn[name] = applications.features[name]
        elif column.role in {"segment", "protected", "amount", "term"}:
            values = applications.table[name]
            if values.notna().any():
                drawn[name] = (
                    as_numbers(values) if _is_number(values, column) else as_levels(values)
                )
    return pd.DataFrame(drawn).reset_index(drop=True)


def _is_number(values: pd.Series, column: Column) -> bool:
    if column.kind is not None or column.role in {"amount", "term"}:
        return column.kind != "category"
    return pd.api.types.is_numeric_dtype(values) and values.nunique() > _FEW_VALUES


def _special(table: pd.DataFrame, schema: Schema) -> dict[str, tuple[float | str, ...]]:
    return {name: schema.columns[name].special for name in table}


def _schema(table: pd.DataFrame, schema: Schema) -> Schema:
    # Notes may quote values of the real table. What is derived is drawn like the rest: the formula
    # does not hold here, only what it follows from.
    drawn = {
        name: schema.columns[name].model_copy(
            update={"note": "", "derived": _following(schema.columns[name], table)}
        )
        for name in table
    }
    before = {"application_id": _ADDED["application_id"]}
    return Schema(window_months=schema.window_months, columns={**before, **drawn, **_ADDED})


def _following(column: Column, table: pd.DataFrame) -> Derivation | None:
    known = () if column.derived is None else column.derived.columns
    kept = tuple(name for name in known if name in table)
    return Derivation(columns=kept) if kept else None


def model_landmarks(copula: Copula, features: tuple[str, ...], *, n: int, seed: int) -> Floats:
    """Return where the bumps of both models stand: rows of the copula, no real ones."""
    return model_inputs(copula, features, copula_rows(copula, n=n, seed=seed, stream=0))


def copula_rows(copula: Copula, *, n: int, seed: int, stream: int) -> pd.DataFrame:
    """Return rows drawn from the copula, the same for the same seed and stream."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, stream)))
    root = copula.cholesky
    return copula.drawn(rng.standard_normal((n, len(root))) @ root.T)


def model_inputs(copula: Copula, features: tuple[str, ...], table: pd.DataFrame) -> Floats:
    """Return what the models see of a table, shape (n_rows, n_inputs)."""
    # Normal scores (0 where missing), patterns of missing values, and frequent levels.
    ranks = copula.ranks(table)[:, [n in features for n in copula.columns]]
    scores = [np.nan_to_num(ndtri(np.clip(ranks, 1e-4, 1 - 1e-4)))]
    patterns = copula.absent(table) - np.array(copula.patterns)
    columns = [copula.columns[name] for name in features]
    patterned = [number for column in columns for number in (column.missing, column.code)]
    used = sorted({pattern for pattern in patterned if pattern is not None})
    scores.append(patterns[:, used])
    for name in features:
        marginal = copula.columns[name].marginal
        if isinstance(marginal, Categories) and len(marginal.levels) > 2:  # noqa: PLR2004 - of two levels the order says all
            values = table[name].to_numpy(dtype=object)
            frequent = zip(marginal.levels, marginal.shares, strict=True)
            scores += [
                ((values == level) - share)[:, None].astype(np.float64)
                for level, share in frequent
                if share >= _LEVEL_SHARE
            ]
    return np.hstack(scores)


def _simulated(
    spec: BorrowedSpec, pd_model: KernelLogit, inputs: Floats, landmarks: Floats
) -> SimulatedPolicy:
    scores = probits(pd_model.probabilities(inputs, kernel_with(inputs, landmarks)))
    if spec.approval_rate is None:
        raise AssertionError("checked by _check_borrowable")
    return SimulatedPolicy(
        approval_rate=spec.approval_rate,
        median_score=round(float(scores.mean()), _DECIMALS),
        spread=round(float(scores.std()), _DECIMALS),
    )
