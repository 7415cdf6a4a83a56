"""How near a drawn table comes to the real one, and whether it comes too near."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import NearestNeighbors

from riskkit._checks import Flags, Floats
from riskkit.applicants.history import History, as_history
from riskkit.applicants.world.borrowed_draw import BorrowedDraw
from riskkit.applicants.world.copula import rank_correlations
from riskkit.errors import DataError

#: Each half of the real rows needs so many known outcomes of both kinds, to train and to test.
_MIN_EACH = 10
_MOST_LEVELS = 200
#: Rows nearer than real rows are to each other in all but this share count as near.
_NEAR = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFidelity:
    """One column, drawn and real."""

    name: str  #: Its name.
    similarity: float  #: 1 - Kolmogorov-Smirnov distance, or 1 - total variation for categories.
    missing: float  #: Share missing among the drawn [fraction].
    missing_in_real: float  #: Share missing among the real [fraction].


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How near drawn rows come to real ones; 1 is best unless said otherwise."""

    columns: tuple[ColumnFidelity, ...]  #: Marginals, column by column.
    marginals: float  #: Mean similarity of the columns.
    correlations: float  #: Mean of 1 - |difference of Spearman correlations| / 2 over the pairs.
    worst_pair: tuple[str, str]  #: The pair that differs most; a column alone has itself.
    worst_correlation: float  #: Its similarity.
    auc_real: float  #: Trained on one half of the labelled real rows, tested on the other.
    auc_synthetic: float  #: Trained on as many labelled drawn rows, tested on the same half.
    discriminator_auc: float  #: AUC of telling drawn from real rows, cross-fitted; 0.5 is best.
    exact_copies: float  #: Share of drawn rows that equal a real row in every feature.
    exact_copies_in_real: float  #: The same for real rows not looked at.
    near_copies: float  #: Share nearer to a real row than all but 5 % of real rows not looked at.

    @property
    def auc_ratio(self) -> float:
        """``auc_synthetic`` over ``auc_real``."""
        return self.auc_synthetic / self.auc_real


def comparable(real: History, draw: BorrowedDraw) -> History:
    """Return drawn applicants with as much known of them as of the real ones.

    Parameters
    ----------
    real : History
        The user's own table.
    draw : BorrowedDraw
        Applicants of a world borrowed from it.

    Returns
    -------
    History
        With the outcomes of everybody where the real table has them, else as a lender sees them.
    """
    applications = draw.applications
    if real.labelled.all():
        known = {"approved": 1, "stopped_by": np.nan, "propensity": 1.0}
        applications = applications.assign(**known, bad=draw.truth["truth_bad"])
    return as_history(applications, draw.schema)


def fidelity(real: History, synthetic: History, *, seed: int, n_rows: int = 10_000) -> Fidelity:
    """Compare the features and known outcomes of drawn applicants with the real ones.

    Marginals and correlations are measured as SDMetrics does (KSComplement, TVComplement,
    CorrelationSimilarity [1]_); copies by the distance to the nearest of one half of the real
    rows, beside that of the other half: where drawn rows are copies they are nearer than fresh
    real rows would be. Distances are between ranks, 1 for another level or a missing value.

    Parameters
    ----------
    real, synthetic : History
        Tables with the same features.
    seed : int
        For the rows taken and the models trained.
    n_rows : int
        So many rows of each are compared at most, and so many labelled ones; at least 100.

    Returns
    -------
    Fidelity
        The comparison.

    Raises
    ------
    DataError
        If ``n_rows`` is below 100, features differ, or a half has too few known goods or bads.

    References
    ----------
    .. [1] DataCebo, SDMetrics: metrics to evaluate the quality and efficacy of synthetic data.
    """
    _check(real, synthetic, n_rows)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    auc_real, auc_synthetic = _aucs(real, synthetic, n_rows=n_rows, seed=seed)
    real, synthetic = (h.take(rng.permutation(len(h))[:n_rows]) for h in (real, synthetic))
    features = real.applications.features, synthetic.applications.features
    columns = tuple(_column(*(table[name] for table in features)) for name in features[0])
    encoded = _encoded(*features)
    pairs = _pairs(*encoded)
    worst = min(pairs, key=lambda pair: pairs[pair])
    names = [str(name) for name in features[0]]
    return Fidelity(
        columns=columns,
        marginals=float(np.mean([column.similarity for column in columns])),
        correlations=float(np.mean(list(pairs.values()))),
        worst_pair=(names[worst[0]], names[worst[1]]),
        worst_correlation=pairs[worst],
        auc_real=auc_real,
        auc_synthetic=auc_synthetic,
        discriminator_auc=_discriminator(*encoded, seed=seed),
        **_copies(*features, encoded),
    )


def _check(real: History, synthetic: History, n_rows: int) -> None:
    if n_rows < 100:  # noqa: PLR2004 - the bound stands in the sentence
        raise DataError(f"n_rows must be at least 100, but is {n_rows}.")
    names = [list(h.applications.features) for h in (real, synthetic)]
    if names[0] != names[1]:
        odd = sorted({*names[0]} ^ {*names[1]}) or names[1]
        raise DataError(
            f"real and synthetic must have the same features in the same order, but differ in "
            f"{', '.join(map(repr, odd))}."
        )


def _column(real: pd.Series, drawn: pd.Series) -> ColumnFidelity:
    present = real.dropna(), drawn.dropna()
    if not len(present[0]) or not len(present[1]):
        similarity = float(len(present[0]) == len(present[1]))
    elif pd.api.types.is_numeric_dtype(real):
        similarity = 1 - float(ks_2samp(*present, method="asymp").statistic)
    else:
        shares = [values.value_counts(normalize=True) for values in present]
        similarity = 1 - float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
    return ColumnFidelity(
        name=str(real.name),
        similarity=similarity,
        missing=float(drawn.isna().mean()),
        missing_in_real=float(real.isna().mean()),
    )


def _encoded(real: pd.DataFrame, drawn: pd.DataFrame) -> tuple[Floats, Floats]:
    # Numbers as they are; levels by their frequency among the real, rarest first, -1 if unknown.
    columns: list[tuple[Floats, Floats]] = []
    for name in real:
        pair = real[name], drawn[name]
        if not pd.api.types.is_numeric_dtype(pair[0]):
            order = pair[0].value_counts(ascending=True).index[-_MOST_LEVELS:]
            codes = {level: float(code) for code, level in enumerate(order)}
            pair = tuple(c.map(codes).where(c.isin(order) | c.isna(), -1.0) for c in pair)
        columns.append(tuple(c.to_numpy(dtype=np.float64) for c in pair))
    first, second = zip(*columns, strict=True)
    return np.column_stack(first), np.column_stack(second)


def _pairs(real: Floats, drawn: Floats) -> dict[tuple[int, int], float]:
    both = [
        rank_correlations(pd.DataFrame(values).rank().to_numpy(dtype=np.float64))
        for values in (real, drawn)
    ]
    similarity = 1 - np.abs(both[0] - both[1]) / 2
    n = len(similarity)
    return {pair: float(similarity[pair]) for pair in combinations(range(n), 2)} or {(0, 0): 1.0}


def _aucs(real: History, synthetic: History, *, n_rows: int, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    known = [
        h.take(rng.permutation(np.flatnonzero(h.labelled))[:n_rows]) for h in (real, synthetic)
    ]
    half = len(known[0]) // 2
    real_inputs, drawn_inputs = _encoded(*(h.applications.features for h in known))
    real_bad, drawn_bad = (h.bad for h in known)
    for name, bad in {
        "real rows to train on": real_bad[:half],
        "real rows to test on": real_bad[half:],
        "synthetic rows to train on": drawn_bad[:half],
    }.items():
        fewest = int(min((bad == 1).sum(), (bad == 0).sum()))
        if fewest < _MIN_EACH:
            raise DataError(
                f"Fidelity needs at least {_MIN_EACH} known goods and bads among the {name}, but "
                f"has {fewest}; compare more rows."
            )

    def tested(inputs: Floats, bad: Floats) -> float:
        model = _model(seed).fit(inputs, bad)
        return float(roc_auc_score(real_bad[half:], model.predict_proba(real_inputs[half:])[:, 1]))

    return (
        tested(real_inputs[:half], real_bad[:half]),
        tested(drawn_inputs[:half], drawn_bad[:half]),
    )


def _discriminator(real: Floats, drawn: Floats, *, seed: int) -> float:
    is_drawn = np.repeat([0, 1], [len(real), len(drawn)])
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    guesses = cross_val_predict(
        _model(seed), np.vstack([real, drawn]), is_drawn, cv=folds, method="predict_proba"
    )
    return float(roc_auc_score(is_drawn, guesses[:, 1]))


def _model(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=80, max_leaf_nodes=15, learning_rate=0.08, early_stopping=False, random_state=seed
    )


def _copies(
    real: pd.DataFrame, drawn: pd.DataFrame, encoded: tuple[Floats, Floats]
) -> dict[str, float]:
    half = len(real) // 2
    contents = [pd.util.hash_pandas_object(t, index=False).to_numpy() for t in (real, drawn)]
    numeric = np.array([pd.api.types.is_numeric_dtype(real[name]) for name in real])
    tables = [encoded[0][:half], encoded[0][half:], encoded[1]]
    seen, fresh, new = _points(encoded[0][:half], tables, numeric)
    index = NearestNeighbors(n_neighbors=1, metric="manhattan").fit(seen)
    to_fresh, to_new = (index.kneighbors(points)[0][:, 0] for points in (fresh, new))
    return {
        "exact_copies": float(np.isin(contents[1], contents[0][:half]).mean()),
        "exact_copies_in_real": float(np.isin(contents[0][half:], contents[0][:half]).mean()),
        "near_copies": float((to_new < np.quantile(to_fresh, _NEAR)).mean()),
    }


def _points(reference: Floats, tables: list[Floats], numeric: Flags) -> list[Floats]:
    # Manhattan distance: ranks of numbers, 1/2 on two places for another level or missing.
    order = [np.sort(column[~np.isnan(column)]) for column in reference.T]
    points = []
    for table in tables:
        parts: list[Floats] = []
        for values, ordered, is_number in zip(table.T, order, numeric, strict=True):
            absent = np.isnan(values)
            if is_number:
                ranks = np.searchsorted(ordered, values) / max(len(ordered), 1)
                parts += [np.where(absent, 0.5, ranks)[:, None], absent[:, None].astype(np.float64)]
            else:
                levels = np.append(np.unique(ordered), -2.0)  # -2 stands for missing
                codes = np.where(absent, -2.0, values)
                parts.append((codes[:, None] == levels) / 2)
        points.append(np.hstack(parts))
    return points
