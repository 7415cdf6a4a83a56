"""A scorecard in whole points: to print, to look up, and to carry into other systems."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator
from sklearn.utils.validation import check_is_fitted

from riskkit._files import new_file
from riskkit._records import STRICT, read_json_record
from riskkit.scores.coding_records import CodingRecord
from riskkit.scores.columns import Coding, as_table, check_columns, refuse_unseen
from riskkit.scores.scale import PointsScale
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.sql import FeatureSql, select_statement

Points = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsColumn:
    """The points of one feature."""

    coding: Coding  #: Its bins or levels.
    points: Points  #: Whole points by code, shape (n_codes,).


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsCard:
    """A scorecard in whole points.

    The score of an applicant is the sum of the base points and of one entry per feature: whole
    numbers, so the sum is exact wherever it is computed. Each entry is rounded, so a score lies
    within half a point per feature and base of `PointsScale.scores` of the PD; where the order of
    two near applicants matters, the PD decides. A larger `double_odds` rounds less.
    """

    scale: PointsScale  #: How log-odds became points.
    base: int  #: Points of everybody.
    columns: tuple[PointsColumn, ...]  #: The features, in training order.
    refuses: bool = False  #: Whether levels never seen in training have no points.

    @property
    def names(self) -> tuple[str, ...]:
        """The features."""
        return tuple(column.coding.name for column in self.columns)

    def points(self, X: Any) -> pd.DataFrame:
        """Return what every feature gives each applicant.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        DataFrame of int, shape (n_applicants, 1 + n_features)
            Points: ``(base)`` and one column per feature; a row adds up to the score.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, a number is infinite, or a level is
            new where that is refused.
        """
        table = as_table(X)
        check_columns(table, self.names)
        points = np.empty((len(table), 1 + len(self.columns)), dtype=np.int64, order="F")
        points[:, 0] = self.base
        for i, column in enumerate(self.columns, start=1):
            codes = column.coding.codes(table[column.coding.name])
            if self.refuses:
                refuse_unseen(table[column.coding.name], column.coding, codes)
            points[:, i] = column.points[codes]
        return pd.DataFrame(points, columns=["(base)", *self.names], index=table.index)

    def scores(self, X: Any) -> Points:
        """Return the score of each applicant.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of int, shape (n_applicants,)
            Scores [points]: higher is safer.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, a number is infinite, or a level is
            new where that is refused.
        """
        return self.points(X).to_numpy().sum(axis=1)

    def table(self) -> pd.DataFrame:
        """Return the card as it is printed.

        Returns
        -------
        DataFrame
            `feature`, `bin` and `points`: the base points, then every bin of every feature.
        """
        parts = [pd.DataFrame({"feature": ["(base)"], "bin": [""], "points": [self.base]})]
        parts += [
            pd.DataFrame({"feature": c.coding.name, "bin": c.coding.labels, "points": c.points})
            for c in self.columns
        ]
        return pd.concat(parts, ignore_index=True)

    def sql(self, table: str, keys: Sequence[str] = ()) -> str:
        """Return one SELECT that scores a table in a database, as standard SQL.

        Tried in SQLite and DuckDB. Number columns must hold numbers or NULL, text columns what
        the training table held; what Python refuses (an infinite value or NaN, a new level where
        that is refused) gets NULL points and a NULL score. Rows come in no order: name their keys.

        Parameters
        ----------
        table : str
            Table with one column per feature.
        keys : sequence of str, optional
            Columns to pass on, such as the application id.

        Returns
        -------
        str
            The statement: keys, ``score``, and ``points: <feature>`` for each feature.

        Raises
        ------
        DataError
            If a name holds a NUL character.

        Examples
        --------
        >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
        >>> scorecard = Scorecard(edges={"income": (1.5,)}).fit(X, [1, 0, 1, 0] * 50)
        >>> lines = points_card(scorecard).sql("applications", keys=["id"]).splitlines()
        >>> lines[:4], lines[-1]
        (['SELECT', '  "id",', '  478', '    + CASE'], 'FROM "applications"')
        """
        features = [
            FeatureSql(coding=c.coding, points=c.points, refuses=self.refuses) for c in self.columns
        ]
        return select_statement(features, base=self.base, table=table, keys=tuple(keys))


def points_card(scorecard: Scorecard, scale: PointsScale | None = None) -> PointsCard:
    """Return a scorecard in whole points.

    Parameters
    ----------
    scorecard : Scorecard
        A fitted scorecard.
    scale : PointsScale, optional
        How log-odds become points; by default 600 points at 50 goods per bad, and 20 points
        double the odds.

    Returns
    -------
    PointsCard
        The card.

    Raises
    ------
    NotFittedError
        If the scorecard is not fitted.

    References
    ----------
    .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 6.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> card = points_card(Scorecard(edges={"income": (1.5,)}).fit(X, [1, 0, 1, 0] * 50))
    >>> bool((card.points(X).sum(axis=1) == card.scores(X)).all())
    True
    """
    check_is_fitted(scorecard)
    scale = scale or PointsScale()
    base = scale.base_points - scale.per_log_odds * (scorecard.intercept_ + np.log(scale.base_odds))
    return PointsCard(
        scale=scale,
        base=round(base),
        columns=tuple(
            PointsColumn(
                coding=column.coding,
                points=np.rint(-scale.per_log_odds * column.log_odds).astype(np.int64),
            )
            for column in scorecard.columns_
        ),
        refuses=scorecard.unseen == "refuse",
    )


class _ScaleRecord(BaseModel):
    model_config = STRICT

    base_points: float
    base_odds: float
    double_odds: float


class _ColumnRecord(BaseModel):
    model_config = STRICT

    coding: CodingRecord
    bins: tuple[str, ...]  # for readers; what counts is the coding
    points: tuple[int, ...]

    @model_validator(mode="after")
    def _check(self) -> "_ColumnRecord":
        n_codes = self.coding.coding().n_codes
        if not len(self.points) == len(self.bins) == n_codes:
            raise ValueError("points and bins must have one value per code")
        return self


class _CardRecord(BaseModel):
    model_config = STRICT

    points_card: Literal[1]
    scale: _ScaleRecord
    base: int
    refuses: bool
    columns: tuple[_ColumnRecord, ...] = Field(min_length=1)


def write_points_card(card: PointsCard, path: Path, *, overwrite: bool = False) -> None:
    """Write a points card as JSON.

    Parameters
    ----------
    card : PointsCard
        The card.
    path : Path
        The file.
    overwrite : bool, default=False
        Whether a file of that name may be replaced.

    Raises
    ------
    DataError
        If the file exists and may not be replaced, or cannot be written.
    """
    record = _CardRecord(
        points_card=1,
        scale=_ScaleRecord(
            base_points=card.scale.base_points,
            base_odds=card.scale.base_odds,
            double_odds=card.scale.double_odds,
        ),
        base=card.base,
        refuses=card.refuses,
        columns=tuple(
            _ColumnRecord(
                coding=CodingRecord.of(column.coding),
                bins=column.coding.labels,
                points=tuple(column.points.tolist()),
            )
            for column in card.columns
        ),
    )
    with new_file(path, overwrite=overwrite) as draft:
        draft.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_points_card(path: Path) -> PointsCard:
    """Read a points card; nothing in the file is executed.

    Parameters
    ----------
    path : Path
        What `write_points_card` wrote.

    Returns
    -------
    PointsCard
        The card.

    Raises
    ------
    DataError
        If the file is absent or is not a points card.

    Examples
    --------
    >>> import tempfile
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> card = points_card(Scorecard().fit(X, [1, 0, 1, 0] * 50))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_points_card(card, Path(folder) / "card.json")
    ...     again = read_points_card(Path(folder) / "card.json")
    >>> bool((again.scores(X) == card.scores(X)).all())
    True
    """
    record = read_json_record(_CardRecord, path)
    return PointsCard(
        scale=PointsScale(**record.scale.model_dump()),
        base=record.base,
        columns=tuple(
            PointsColumn(coding=c.coding.coding(), points=np.array(c.points, dtype=np.int64))
            for c in record.columns
        ),
        refuses=record.refuses,
    )
