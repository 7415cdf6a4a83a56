"""Synthetic rows that stand in a model's or policy's folder: scored when it was made, and again.

They tell whether another machine gives the same PDs and decisions, show users of the model what it
takes, and are nobody's: every column is drawn by itself, away from its rare values.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import Applications, Schema, feature_frame
from riskkit.decisions import Policy, decide
from riskkit.scores import Scorer

EXAMPLE_FILE = "example.parquet"
SCORED_FILE = "scored.parquet"

#: Rows to draw, and to keep of them: spread over all PDs, and the closest to a cut-off.
_N_DRAWN, _N_SPREAD, _N_CLOSE = 2000, 48, 16
#: A value that fewer rows have might be somebody's.
_FEW = 5
#: A number column with at most so many values is drawn as a category is.
_MANY = 20
#: Numbers lie between these shares of the column, so that nobody's extremes are shown.
_TAIL = 0.02
_DIGITS = 3  # significant, of numbers that are not whole


def needed_columns(policy: Policy, schema: Schema) -> tuple[str, ...]:
    """Return what a table must hold for a policy to decide on it.

    Parameters
    ----------
    policy : Policy
        Its gates compare columns, and a segment may have a cut-off of its own.
    schema : Schema
        Names the features.

    Returns
    -------
    tuple of str
        Features first, then what only gates compare, then the segment.
    """
    gates = [gate.column for gate in policy.gates]
    segment = [] if policy.by is None else [policy.by]
    return tuple(dict.fromkeys([*schema.features, *gates, *segment]))


def cutoffs_of(policy: Policy) -> tuple[float, ...]:
    """Return every PD at which a policy's decision turns.

    Parameters
    ----------
    policy : Policy
        With or without segments and review bands.

    Returns
    -------
    tuple of float
        Of all and of every segment, ascending [fraction].
    """
    turns = [policy.pd_cutoff, policy.review_up_to]
    for segment in policy.segments.values():
        turns += [segment.pd_cutoff, segment.review_up_to]
    return tuple(sorted({pd_ for pd_ in turns if pd_ is not None}))


def synthetic_rows(
    table: pd.DataFrame, *, n: int = _N_DRAWN, seed: int, special: Iterable[object] = ()
) -> pd.DataFrame:
    """Draw rows that are nobody's, every column by itself.

    Parameters
    ----------
    table : DataFrame
        Rows whose columns are imitated, without ids or protected columns.
    n : int
        How many to draw.
    seed : int
        Draws them.
    special : iterable of object
        Codes that mean "missing because ...": they are kept as they are.

    Returns
    -------
    DataFrame
        Numbers between the 2 % and 98 % quantiles, rounded; categories, codes and missing values
        that at least five rows have, as often as in the table: a column without any is missing
        throughout. No row of the table is among them, unless so few different rows are possible
        that hardly any other was drawn: then those that at least five rows of the table are, or one
        in which everything is missing.

    Examples
    --------
    >>> jobs = ["cook", "nurse"] * 499 + ["x"] * 2
    >>> table = pd.DataFrame({"income": np.arange(1000.0), "job": jobs})
    >>> rows = synthetic_rows(table, n=100, seed=0)
    >>> sorted(rows["job"].unique()), bool(rows["income"].between(19, 980).all())
    (['cook', 'nurse'], True)
    """
    rng = np.random.default_rng(seed)
    codes = list(special)
    rows = pd.DataFrame({str(name): _drawn(table[name], codes, n, rng) for name in table})
    holding = n_holding(rows, table)
    others = rows[holding == 0]
    nobodys = others if len(others) >= min(n, _N_SPREAD) / 2 else rows[~is_few(holding)]
    return _or_blank(nobodys, table)


def n_holding(rows: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.int64]:
    """Return how many rows of a table are equal to each of some rows.

    Parameters
    ----------
    rows : DataFrame, length n
        With the table's columns, and perhaps more, which are not looked at.
    table : DataFrame
        Any.

    Returns
    -------
    ndarray of int, shape (n,)
        Numbers of rows; missing values are equal to each other.

    Examples
    --------
    >>> table = pd.DataFrame({"job": ["cook", "cook", None], "age": [30, 30, 40]})
    >>> rows = pd.DataFrame({"age": [40.0, 30.0, 30.0], "job": [None, "cook", "nurse"]})
    >>> n_holding(rows, table)
    array([1, 2, 0])
    """
    counts = _hashes(table).value_counts()
    return counts.reindex(_hashes(rows[list(table)]), fill_value=0).to_numpy("int64")


def is_few(holding: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return where so few rows of a table are equal to a row that it might be somebody's."""
    return (holding > 0) & (holding < _FEW)


def model_example(
    features: pd.DataFrame, schema: Schema, scorer: Scorer, *, seed: int
) -> pd.DataFrame:
    """Return synthetic rows for a model, spread over all PDs.

    Parameters
    ----------
    features : DataFrame
        What the scorer reads, of many applications.
    schema : Schema
        Names special codes.
    scorer : Scorer
        Gives PDs.
    seed : int
        Draws them.

    Returns
    -------
    DataFrame
        At most 48 rows.
    """
    rows = synthetic_rows(features, seed=seed, special=_codes(schema))
    return _kept(rows, scorer.predict_proba(rows)[:, 1], None)


def policy_example(
    applications: Applications,
    bundle_parts: tuple[Scorer, Policy, Schema],
    *,
    background: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Return synthetic rows for a policy.

    Parameters
    ----------
    applications : Applications
        Many, with what the gates compare.
    bundle_parts : tuple of Scorer, Policy and Schema
        What will decide.
    background : DataFrame
        Features of the applicants that are stored beside the rows: none of them is among these.
    seed : int
        Draws them.

    Returns
    -------
    DataFrame
        At most 64 rows, spread over all PDs and close to the cut-off.
    """
    scorer, policy, schema = bundle_parts
    read = applications.features
    names = needed_columns(policy, schema)
    table = pd.DataFrame({n: read[n] if n in read else applications.table[n] for n in names})
    rows = synthetic_rows(table, seed=seed, special=_codes(schema))
    rows = _or_blank(rows[n_holding(rows, background) != 1], table)
    pds = scorer.predict_proba(rows[list(schema.features)])[:, 1]
    return _kept(rows, pds, policy.pd_cutoff)


def _hashes(frame: pd.DataFrame) -> pd.Series:
    # Whole numbers and floats are equal where they say the same.
    plain = {
        name: column.to_numpy("float64", na_value=np.nan)
        if pd.api.types.is_numeric_dtype(column)
        else column.astype(object).to_numpy()
        for name, column in frame.items()
    }
    return pd.util.hash_pandas_object(pd.DataFrame(plain), index=False)


def _kept(rows: pd.DataFrame, pds: Floats, pd_cutoff: float | None) -> pd.DataFrame:
    kept = _closest_and_spread(pds, pd_cutoff)
    return rows.iloc[kept].reset_index(drop=True)


def _codes(schema: Schema) -> list[object]:
    return [code for codes in schema.special.values() for code in codes]


def _closest_and_spread(pds: Floats, pd_cutoff: float | None) -> NDArray[np.intp]:
    order = np.argsort(pds, kind="stable")
    places = np.linspace(0, len(pds) - 1, _N_SPREAD).astype(int)
    close = () if pd_cutoff is None else np.argsort(np.abs(pds - pd_cutoff))[:_N_CLOSE]
    return np.unique([*order[places], *close])


def scored_by_model(scorer: Scorer, example: pd.DataFrame) -> pd.DataFrame:
    """Return the PD of each synthetic row."""
    if example.empty:
        return pd.DataFrame()
    return pd.DataFrame({"pd": scorer.predict_proba(example)[:, 1]})


def scored_by_policy(
    scorer: Scorer, policy: Policy, schema: Schema, example: pd.DataFrame
) -> pd.DataFrame:
    """Return PD, decision and stopping gate of each synthetic row, and its distance to a cut-off.

    The distance is that of the PD to the nearest cut-off of anybody [fraction].
    """
    if example.empty:
        return pd.DataFrame()
    pds = scorer.predict_proba(feature_frame(example, schema))[:, 1]
    decisions = decide(policy, pds, example)
    stopped_by = pd.Series(decisions.stopped_by, dtype=object)
    away = np.abs(pds[:, None] - np.array(cutoffs_of(policy)))
    return pd.DataFrame(
        {
            "pd": pds,
            "decision": decisions.decision,
            "stopped_by": stopped_by.where(stopped_by.notna(), None),
            "distance": away.min(axis=1),
        }
    )


def write_example(example: pd.DataFrame, scored: pd.DataFrame, folder: Path) -> None:
    """Write synthetic rows and what was made of them."""
    if not example.empty:
        example.to_parquet(folder / EXAMPLE_FILE, index=False)
        scored.to_parquet(folder / SCORED_FILE, index=False)


def read_example(folder: Path) -> pd.DataFrame:
    """Return the synthetic rows of a folder; none where it is older than they are."""
    path = folder / EXAMPLE_FILE
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def _drawn(column: pd.Series, codes: list[object], n: int, rng: np.random.Generator) -> pd.Series:
    numbers = column[column.notna() & ~column.isin(codes)]
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return _of_levels(column, n, rng)
    if numbers.nunique() <= _MANY:
        return _of_levels(column, n, rng)
    shares = rng.uniform(_TAIL, 1 - _TAIL, size=n)
    drawn = _rounded(np.quantile(numbers.to_numpy("float64"), shares), numbers)
    others = column.drop(numbers.index)  # missing values and codes
    if not len(others):
        return pd.Series(drawn)
    is_number = rng.random(n) < len(numbers) / len(column)
    levels = _of_levels(others.astype("float64"), n, rng)
    return pd.Series(np.where(is_number, drawn, levels.to_numpy()))


def _of_levels(column: pd.Series, n: int, rng: np.random.Generator) -> pd.Series:
    counts = column.value_counts(dropna=False)
    common = counts[counts >= _FEW]
    if common.empty:
        return _blank(column, n)
    places = rng.choice(len(common), size=n, p=common.to_numpy() / common.sum())
    levels = pd.Series(common.index)
    return levels.iloc[places].reset_index(drop=True).astype(column.dtype)


def _or_blank(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    # Where all that can be drawn might be somebody's, a row that says nothing is left to score.
    blank = {str(name): _blank(table[name], 1) for name in table} if rows.empty else {}
    return pd.DataFrame(blank) if blank else rows.reset_index(drop=True)


def _blank(column: pd.Series, n: int) -> pd.Series:
    # Missing, or False where nothing can be missing: nobody's value.
    if pd.api.types.is_bool_dtype(column):
        return pd.Series(np.zeros(n, dtype=bool))
    is_number = pd.api.types.is_numeric_dtype(column)
    return pd.Series(np.full(n, np.nan)).astype("float64" if is_number else column.dtype)


def _rounded(values: Floats, like: pd.Series) -> Floats:
    if (like == like.round()).all():
        return values.round()
    with np.errstate(divide="ignore"):
        size = np.floor(np.log10(np.abs(values)))
    unit = 10.0 ** (np.where(np.isfinite(size), size, 0) - _DIGITS + 1)
    return np.round(values / unit) * unit
