"""A Gaussian copula fitted to a user's own columns, missing values included."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from scipy.special import ndtr

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT

#: Levels that too few rows hold are drawn under this name.
RARE = "(rare)"

#: A value held by this share of a column is drawn as itself, if enough rows hold it.
_ATOM_SHARE = 0.002
#: A run of numbers between two such values is written as at most so many means.
_MAX_KNOTS = 400
#: Numbers with more decimals than this are rounded to them.
_MAX_DECIMALS = 9
#: The correlations of drawn and real columns are brought together on so many rows, so many times.
_CHECK_ROWS, _ROUNDS = 20_000, 5
_SMALLEST_EIGENVALUE = 1e-4


class Numbers(BaseModel):
    """The distribution of a number as a piecewise linear quantile function.

    A flat piece is a value that many rows hold, a jump a gap that no row falls into. No knot is a
    single real value: each is the mean of at least ``min_group`` neighbouring values, so that the
    real extremes are not in it either.
    """

    model_config = STRICT

    kind: Literal["numbers"] = "numbers"
    at: tuple[float, ...]  #: Shares of the rows at or below each knot, ascending [fraction].
    values: tuple[float, ...]  #: Value at each knot [unit of the column].
    decimals: int  #: Drawn values are rounded to so many decimals.

    def drawn(self, uniforms: Floats) -> NDArray[np.generic]:
        """Return the quantiles at numbers from 0 to 1, shape (n_uniforms,)."""
        return np.round(np.interp(uniforms, self.at, self.values), self.decimals) + 0.0

    def ranks(self, column: pd.Series) -> Floats:
        """Return for each value the share below it plus half the share equal to it."""
        numbers = column.to_numpy(dtype=np.float64)
        below, up_to = self._share(numbers, side="left"), self._share(numbers, side="right")
        return np.where(np.isnan(numbers), np.nan, (below + up_to) / 2)

    def _share(self, numbers: Floats, *, side: Literal["left", "right"]) -> Floats:
        values, at = np.array(self.values), np.array(self.at)
        upper = np.searchsorted(values, numbers, side=side).clip(1, len(values) - 1)
        width = values[upper] - values[upper - 1]
        flat = width == 0
        part = np.clip((numbers - values[upper - 1]) / np.where(flat, 1.0, width), 0, 1)
        part = np.where(flat, float(side == "right"), part)
        return at[upper - 1] + part * (at[upper] - at[upper - 1])


class Categories(BaseModel):
    """The distribution of a category, its levels in the order in which the copula sees them."""

    model_config = STRICT

    kind: Literal["categories"] = "categories"
    levels: tuple[str, ...]  #: Levels by ascending rate of approval, or descending bad rate.
    shares: tuple[float, ...]  #: Share of each level [fraction].

    def drawn(self, uniforms: Floats) -> NDArray[np.generic]:
        """Return the levels at numbers from 0 to 1, shape (n_uniforms,)."""
        codes = np.searchsorted(np.cumsum(self.shares)[:-1], uniforms, side="right")
        return np.array(self.levels, dtype=object)[codes]

    def ranks(self, column: pd.Series) -> Floats:
        """Return for each level the share before it plus half its own."""
        tops = np.cumsum(self.shares)
        middles = dict(zip(self.levels, tops - np.array(self.shares) / 2, strict=True))
        rare = middles.get(RARE, np.nan)  # a level too rare to be named stands for them
        known = column.map(middles).to_numpy(dtype=np.float64)
        return np.where(column.notna() & np.isnan(known), rare, known)


Marginal = Annotated[Numbers | Categories, Field(discriminator="kind")]


class BorrowedColumn(BaseModel):
    """One column of the copula: its values and when they are missing."""

    model_config = STRICT

    marginal: Marginal  #: Distribution of the values that are there.
    missing: int | None = None  #: Pattern by which values are missing; None: complete.
    code: int | None = None  #: Pattern by which a special code stands instead of a value.
    codes: Marginal | None = None  #: Distribution of the special codes.

    def without_codes(self, column: pd.Series) -> pd.Series:
        """Return the values with special codes as missing."""
        return column if self.codes is None else column.mask(column.isin(_named(self.codes)))


class Copula(BaseModel):
    """Columns that go together as the ranks of correlated normals do.

    Behind each column stands a normal, and behind each pattern of missing values another: that a
    value is missing, or a special code stands in its place, goes together with the other columns
    as it does in the real table. Columns that are missing in the same rows share a pattern.
    """

    model_config = STRICT

    columns: dict[str, BorrowedColumn]  #: Columns by name.
    patterns: tuple[float, ...]  #: Share of the rows in each pattern [fraction].
    correlations: tuple[tuple[float, ...], ...]  #: Of the normals: columns first, then patterns.

    @property
    def cholesky(self) -> Floats:
        """The lower triangular root of the correlations, shape (n_normals, n_normals)."""
        return np.linalg.cholesky(np.array(self.correlations, dtype=np.float64))

    def drawn(self, normals: Floats) -> pd.DataFrame:
        """Return the columns at correlated normals, shape (n_rows, n_normals)."""
        uniforms = ndtr(normals)
        absent = uniforms[:, len(self.columns) :] < np.array(self.patterns)
        table = {}
        for place, (name, column) in enumerate(self.columns.items()):
            values = pd.Series(column.marginal.drawn(uniforms[:, place]), name=name)
            if column.codes is not None:
                # The column's own normal, idle where a code stands, says which.
                codes = column.codes.drawn(uniforms[:, place])
                values = values.where(~absent[:, column.code], codes)
            if column.missing is not None:
                values = values.mask(absent[:, column.missing])
            is_text = isinstance(column.marginal, Categories)
            table[name] = values.astype("str") if is_text else values
        return pd.DataFrame(table)

    def ranks(self, table: pd.DataFrame) -> Floats:
        """Return the mid-ranks of all columns in the fitted marginals, NaN where missing."""
        return np.column_stack(
            [c.marginal.ranks(c.without_codes(table[n])) for n, c in self.columns.items()]
        )

    def absent(self, table: pd.DataFrame) -> Floats:
        """Return 1 where a row is in a pattern, shape (n_rows, n_patterns)."""
        members = np.zeros((len(table), len(self.patterns)))
        for name, column in self.columns.items():
            if column.missing is not None:
                members[:, column.missing] = table[name].isna()
            if column.codes is not None:
                members[:, column.code] = table[name].isin(_named(column.codes))
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginals:
    """How marginals are fitted."""

    min_group: int  #: No number stands for fewer rows.
    special: dict[str, tuple[float | str, ...]]  #: Codes that are drawn as themselves, by column.


def fit_copula(
    table: pd.DataFrame, how: Marginals, *, order_by: Floats, rng: np.random.Generator
) -> Copula:
    """Return the copula of a table whose columns are floats and text, missing as NaN.

    The correlations of the normals are found so that drawn columns have the real ones' Spearman
    correlations, pair by pair where both are known: ties and missing values weaken them, and by
    how much is seen by drawing (the NORTA idea [1]_) rather than by a formula.

    Parameters
    ----------
    table : DataFrame
        The columns, shape (n_rows, n_columns).
    how : Marginals
        Smallest group and special codes.
    order_by : array of float, shape (n_rows,)
        Levels of categories are ordered by its mean; NaN rows are left out.
    rng : Generator
        For the rows on which correlations are compared.

    Returns
    -------
    Copula
        Marginals, missing values and correlations.

    References
    ----------
    .. [1] Cario and Nelson (1997), Modeling and generating random vectors with arbitrary
       marginal distributions and correlation matrix.
    """
    patterns: dict[bytes, int] = {}
    shares: list[float] = []

    def pattern_of(rows: Flags) -> int | None:
        if not rows.any():
            return None
        number = patterns.setdefault(rows.tobytes(), len(patterns))
        if number == len(shares):
            shares.append(round(float(rows.mean()), 7))
        return number

    columns = {}
    for name, column in table.items():
        is_code = column.isin(how.special.get(str(name), ()))
        values = column.mask(is_code)
        if not values.notna().any():  # nothing but codes: then they are its values
            is_code, values = column.isna() & column.notna(), column
        columns[str(name)] = BorrowedColumn(
            marginal=_marginal(values, how.min_group, order_by),
            missing=pattern_of(column.isna().to_numpy()),
            code=pattern_of(is_code.to_numpy()),
            codes=_codes(column[is_code]) if is_code.any() else None,
        )
    n_normals = len(columns) + len(shares)
    start = Copula(
        columns=columns, patterns=tuple(shares), correlations=_as_rows(np.eye(n_normals))
    )
    return _with_correlations(start, table, rng)


def rank_correlations(ranks: Floats) -> Floats:
    """Return the correlations of ranks, pair by pair where both are known; 0 if undefined."""
    known = (~np.isnan(ranks)).astype(np.float64)
    values = np.nan_to_num(ranks - np.nanmean(ranks, axis=0))
    n = np.maximum(known.T @ known, 1.0)
    means = (values.T @ known) / n  # of the row's column, where the column's is known
    covariances = (values.T @ values) / n - means * means.T
    variances = np.maximum((values.T**2 @ known) / n - means**2, 0.0)
    scale = np.sqrt(variances * variances.T)
    defined = scale > np.finfo(np.float64).eps
    correlations = np.where(defined, covariances / np.where(defined, scale, 1.0), 0.0)
    np.fill_diagonal(correlations, 1.0)
    return np.clip(correlations, -1, 1)


def _with_correlations(copula: Copula, table: pd.DataFrame, rng: np.random.Generator) -> Copula:
    def observed(rows: pd.DataFrame) -> Floats:
        # A low normal means missing, so presence rises with it.
        both = np.hstack([copula.ranks(rows), 1 - copula.absent(rows)])
        return 2 * np.sin(np.pi / 6 * rank_correlations(both))

    target = observed(table)
    noise = rng.standard_normal((_CHECK_ROWS, len(target)))
    current = _nearest(target)
    for _ in range(_ROUNDS):
        fitted = copula.model_copy(update={"correlations": _as_rows(current)})
        current = _nearest(current + target - observed(fitted.drawn(noise @ fitted.cholesky.T)))
    return copula.model_copy(update={"correlations": _as_rows(current)})


def _nearest(matrix: Floats) -> Floats:
    # A correlation matrix near to a symmetric one: its negative eigenvalues are lifted.
    values, vectors = np.linalg.eigh(np.clip((matrix + matrix.T) / 2, -0.999, 0.999))
    lifted = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(lifted))
    return lifted / np.outer(scale, scale)


def _as_rows(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    exact = np.round((matrix + matrix.T) / 2, 6)
    np.fill_diagonal(exact, 1.0)
    return tuple(map(tuple, exact.tolist()))


def _named(codes: Marginal) -> tuple[float, ...] | tuple[str, ...]:
    return codes.values if isinstance(codes, Numbers) else codes.levels  # noqa: PD011 - not a frame


def _codes(column: pd.Series) -> Marginal:
    # Codes are named in the schema, so that even a rare one gives nobody away.
    shares = column.value_counts(normalize=True).sort_index()
    if not pd.api.types.is_numeric_dtype(column):
        return Categories(levels=tuple(shares.index), shares=tuple(shares.round(6).tolist()))
    edges = np.round(np.append(0.0, np.cumsum(shares)), 6)
    return Numbers(
        at=tuple(np.repeat(edges, 2)[1:-1].tolist()),
        values=tuple(np.repeat(shares.index.to_numpy(dtype=np.float64), 2).tolist()),
        decimals=_MAX_DECIMALS,
    )


def _marginal(column: pd.Series, min_group: int, order_by: Floats) -> Marginal:
    if pd.api.types.is_numeric_dtype(column):
        values = np.sort(column.dropna().to_numpy(dtype=np.float64))
        return _numbers(values, min_group=min_group)
    return _categories(column, order_by, min_group=min_group)


def _categories(column: pd.Series, order_by: Floats, *, min_group: int) -> Categories:
    counts = column.value_counts()
    levels = column.mask(column.map(counts) < min_group, RARE).astype(object)
    shares = levels.value_counts(normalize=True).sort_index()
    # Shrunk towards the mean of all, so that a small level is not first or last by chance.
    sums = pd.Series(order_by).groupby(levels.to_numpy()).agg(["sum", "count"])
    mean = float(np.nanmean(order_by))
    order = ((sums["sum"] + min_group * mean) / (sums["count"] + min_group)).reindex(shares.index)
    shares = shares[order.sort_values(kind="stable").index]
    rounded = tuple(round(float(share), 6) for share in shares)
    return Categories(levels=tuple(map(str, shares.index)), shares=rounded)


def _numbers(values: Floats, *, min_group: int) -> Numbers:
    distinct, first, count = np.unique(values, return_index=True, return_counts=True)
    is_atom = count >= max(min_group, _ATOM_SHARE * len(values))
    starts, ends = first[is_atom], (first + count)[is_atom]
    at, knots = [], []
    low = 0
    for atom, start, end in zip(distinct[is_atom], starts, ends, strict=True):
        if start - low >= min_group:
            middles, means = _means(values[low:start], min_group)
            at.append(low + middles)
            knots.append(means)
            low = start
        # Too few rows to be told apart from this value take it.
        at.append(np.array([low, end], dtype=np.float64))
        knots.append(np.full(2, atom))
        low = int(end)
    if len(values) - low >= min_group or not at:
        middles, means = _means(values[low:], min_group)
        at.append(low + middles)
        knots.append(means)
    else:
        at[-1][1] = len(values)
    return Numbers(
        at=tuple(np.round(np.concatenate(at) / len(values), 7).tolist()),
        values=tuple(np.maximum.accumulate(np.concatenate(knots)).tolist()),
        decimals=_decimals(values),
    )


def _means(run: Floats, min_group: int) -> tuple[Floats, Floats]:
    # Means of neighbouring values, in smaller groups towards both ends, where tails are.
    n = len(run)
    edges = np.round(n * (1 - np.cos(np.pi * np.linspace(0, 1, _MAX_KNOTS + 1))) / 2)
    kept = [0]
    for edge in edges.astype(int).tolist():
        if edge - kept[-1] >= min_group and n - edge >= min_group:
            kept.append(edge)
    lows = np.array(kept)
    highs = np.append(lows[1:], n)
    means = np.add.reduceat(run, lows) / (highs - lows)
    digits = 5 - np.floor(np.log10(np.maximum(np.abs(means), 1e-300)))
    tidy = np.array([round(m, int(d)) for m, d in zip(means.tolist(), digits, strict=True)])
    return (
        np.concatenate([[0], (lows + highs) / 2, [n]]),
        np.concatenate([tidy[:1], tidy, tidy[-1:]]),
    )


def _decimals(values: Floats) -> int:
    tolerance = 1e-6 * np.maximum(np.abs(values), 1e-3)  # wide enough for 32-bit floats
    for decimals in range(_MAX_DECIMALS):
        if (np.abs(np.round(values, decimals) - values) <= tolerance).all():
            return decimals
    return _MAX_DECIMALS
