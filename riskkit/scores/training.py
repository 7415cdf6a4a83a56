"""What both scorers ask of their input."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from riskkit._checks import Flags, Floats, as_finite, as_flags
from riskkit.errors import DataError
from riskkit.scores.columns import Special, as_table, check_columns, kinds_of
from riskkit.scores.features import Direction, Feature, category_feature, number_feature


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A checked training sample."""

    table: pd.DataFrame  #: The features.
    bad: Flags  #: Outcomes, shape (n_rows,).
    weight: Floats  #: Positive weights, shape (n_rows,).


def checked_sample(X: Any, y: ArrayLike, sample_weight: ArrayLike | None) -> Sample:
    """Check a training sample.

    Raises
    ------
    DataError
        If X is not a table, y is not as long and 0 or 1, or a weight is not positive and finite.
    """
    table = as_table(X)
    if y is None:
        raise DataError("A scorer requires y to be passed, but the target y is None.")
    (bad,) = as_flags(y=y)
    weight = (
        np.ones(len(bad)) if sample_weight is None else as_finite(sample_weight=sample_weight)[0]
    )
    for name, column in (("y", bad), ("sample_weight", weight)):
        if len(column) != len(table):
            raise DataError(
                f"{name} must have one value per row of X, but has {len(column)} for "
                f"{len(table)} rows."
            )
    if not (weight > 0).all():
        first = int(np.flatnonzero(weight <= 0)[0])
        raise DataError(
            f"sample_weight must not be zero or negative, but is {weight[first]} in row {first}."
        )
    return Sample(table=table, bad=bad, weight=weight)


def fitted(
    scorer: Any, sample: Sample, rows: NDArray[np.intp], *, time: ArrayLike | None = None
) -> Any:
    """Fit a scorer on some rows of a sample, with their weights, and their times if it takes them.

    Weights that are all one are left out: not every classifier takes any.
    """
    weight = sample.weight[rows]
    extra: dict[str, Any] = {} if (weight == 1).all() else {"sample_weight": weight}
    if time is not None and has_fit_parameter(scorer, "time"):
        extra["time"] = np.asarray(time)[rows]
    return scorer.fit(sample.table.iloc[rows], sample.bad[rows].astype(np.intp), **extra)


def other_sample(
    X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, scorer: Any
) -> Sample | None:
    """Check another sample than that of training; None where none is given.

    Raises
    ------
    DataError
        If outcomes are not given along with X, or the sample breaks its contract.
    NotFittedError
        If the scorer is not fitted.
    """
    check_is_fitted(scorer)
    if X is None:
        return None
    if y is None:
        raise DataError("y must be given along with X: a bin table counts goods and bads.")
    return checked_sample(checked_table(X, scorer), y, sample_weight)


def checked_table(X: Any, scorer: Any) -> pd.DataFrame:
    """Return a table that has the columns a scorer was trained on.

    Raises
    ------
    DataError
        If X is not a table or lacks one of them, or has no names and another number of columns.
    NotFittedError
        If the scorer is not fitted.
    """
    if hasattr(scorer, "fit"):  # models of all applicants are fitted from the start
        check_is_fitted(scorer)
    table, names = as_table(X), scorer.feature_names_in_
    has_names = isinstance(X, pd.DataFrame) or hasattr(X, "to_pandas")
    if not has_names and table.shape[1] != len(names):
        raise DataError(
            f"X has {table.shape[1]} features, but {type(scorer).__name__} is expecting "
            f"{len(names)} features as input; name them to have them found among others."
        )
    check_columns(table, tuple(names))
    return table


def features_of(
    table: pd.DataFrame,
    directions: Mapping[str, Direction] | None,
    special: Mapping[str, Special] | None,
    edges: Mapping[str, ArrayLike] | None = None,
    *,
    number: Callable[..., Feature] = number_feature,
) -> tuple[Feature, ...]:
    """Return every feature of the training sample, told number or category by its type.

    What a number needs depends on the scorer: `number` makes a feature of its column, direction
    and special codes.

    Raises
    ------
    DataError
        If a column is all missing or holds what a feature may not, or a direction, special code
        or edge is given for a column that is not there, or a direction or edge for a category.
    """
    kinds, worse, codes = kinds_of(table), directions or {}, special or {}
    fixed = edges or {}
    check_named(table, directions=worse, special=codes, edges=fixed)
    for name in fixed:
        if kinds[name] == "category":
            refuse_edges(name)
    for name, direction in worse.items():
        if direction not in {"higher", "lower", "none"}:
            raise DataError(
                f'directions must be "higher", "lower" or "none", but is {direction!r} for '
                f"{name!r}."
            )
        if direction != "none" and kinds[name] == "category":
            raise DataError(
                f"directions names {name!r}, which holds text; only numbers have a direction."
            )
    return tuple(
        number(
            table[name],
            worse.get(name, "none"),
            tuple(codes.get(name, ())),
            *([fixed[name]] if name in fixed else []),
        )
        if kind == "number"
        else category_feature(table[name], tuple(codes.get(name, ())))
        for name, kind in kinds.items()
    )


def check_named(names: Container[str], **parameters: Mapping[str, Any]) -> None:
    """Refuse a parameter that names a column which is not there.

    Raises
    ------
    DataError
        If one does.
    """
    for argument, mapping in parameters.items():
        absent = [name for name in mapping if name not in names]
        if absent:
            raise DataError(f"{argument} names {absent[0]!r}, which is not a column of X.")


def refuse_edges(name: str) -> NoReturn:
    """Refuse edges for a category.

    Raises
    ------
    DataError
        Always.
    """
    raise DataError(f"edges names {name!r}, which holds text; only numbers have edges.")


def risk_tags(tags: Tags) -> Tags:
    """Return scikit-learn's tags of a scorer: two classes, missing values and text welcome."""
    tags.classifier_tags.multi_class = False
    return columns_tags(tags)


def columns_tags(tags: Tags) -> Tags:
    """Return scikit-learn's tags of what takes columns of any kind, with missing values."""
    tags.input_tags.allow_nan = True
    tags.input_tags.categorical = True
    tags.input_tags.string = True
    return tags
