"""Exact interventional Shapley values of trees for few applicants, leaf by leaf.

A leaf asks of some features that each lie in a range. Beside one background row, these fall into
those that only the applicant satisfies (P), those that only the row satisfies (N), and those that
both do, which do not matter; where neither satisfies one, the leaf is never reached. The Shapley
value of the game "the leaf is reached" has a closed form [1]_. With p in P and n in N, each of P
gets (p - 1)! n! / (p + n)! times the leaf's value, each of N loses p! (n - 1)! / (p + n)!
times it.

What depends on the background alone is prepared once: rows that satisfy the same features of a leaf
are counted together [2]_, which leaves a few operations on arrays per applicant.

References
----------
.. [1] Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67, supplement.
.. [2] Nadel and Wettenstein (2025), From Decision Trees to Boolean Logic, arXiv 2511.09376.
"""

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.errors import DataError

#: The features of a leaf are bits of one whole number.
_MOST_FEATURES = 62
#: So many leaves are prepared at a time, so that memory does not grow with the trees.
_LEAVES_AT_ONCE = 2048

Bits = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """What each leaf asks; slots that a leaf does not need ask nothing."""

    values: Floats  #: What a leaf adds to the raw score, shape (n_leaves,).
    features: NDArray[np.intp]  #: Encoded column of each slot, shape (n_leaves, n_slots).
    low: Floats  #: Satisfied above this, same shape.
    high: Floats  #: Satisfied up to this, same shape.
    missing: NDArray[np.bool_]  #: Satisfied by a missing value, same shape.

    def satisfied(self, row: Floats) -> NDArray[np.bool_]:
        """Return what a row of encoded columns satisfies, shape (n_leaves, n_slots)."""
        values = row[self.features]
        inside = (values > self.low) & (values <= self.high)  # False where missing
        return np.where(np.isnan(values), self.missing, inside)


@functools.lru_cache(maxsize=8)  # the same trees are often set beside several backgrounds
def read_leaves(booster: Any) -> Leaves:
    """Return the leaves of all trees.

    Raises
    ------
    DataError
        If a path asks for more than 62 features.
    RuntimeError
        If a split is none of the kinds that riskkit grows.
    """
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    leaves = [leaf for tree in trees for leaf in _paths(tree, {})]
    n_slots = max((len(asked) for _, asked in leaves), default=0)
    if n_slots > _MOST_FEATURES:
        raise DataError(
            f"A path of the trees asks for {n_slots} features, and at most {_MOST_FEATURES} can be "
            "explained against a background; train with smaller n_leaves."
        )
    shape = (len(leaves), n_slots)
    features, missing = np.zeros(shape, dtype=np.intp), np.ones(shape, dtype=bool)
    low, high = np.full(shape, -np.inf), np.full(shape, np.inf)
    for i, (_, asked) in enumerate(leaves):
        for slot, (feature, range_) in enumerate(asked.items()):
            features[i, slot] = feature
            low[i, slot], high[i, slot], missing[i, slot] = range_
    values = np.array([value for value, _ in leaves], dtype=np.float64)
    return Leaves(values=values, features=features, low=low, high=high, missing=missing)


def by_leaves(booster: Any, background: Floats) -> Callable[[Floats], Floats]:
    """Return what maps encoded applicants to contributions to the raw score.

    Parameters
    ----------
    booster : lightgbm.Booster
        Trees with numeric splits.
    background : array of float, shape (n_background, n_encoded)
        Whom applicants are compared with; every row is used.

    Returns
    -------
    callable
        Maps an array of shape (n_applicants, n_encoded) to one of the same shape.

    Raises
    ------
    DataError
        If a path asks for more than 62 features.
    RuntimeError
        If a split is none of the kinds that riskkit grows.
    """
    leaves = read_leaves(booster)
    n_leaves, n_slots = leaves.features.shape
    patterns = _patterns(leaves, background)
    bit = np.int64(1) << np.arange(n_slots, dtype=np.int64)
    full = bit.sum(dtype=np.int64)
    gains, losses = _weights(n_slots)
    n_columns = background.shape[1]

    # For each pattern and each feature it does not satisfy, 1: where such gains go.
    unsatisfied = (patterns.bits[:, None] & bit) == 0
    rows, slots = np.nonzero(unsatisfied)
    columns = leaves.features[patterns.leaf[rows], slots]
    to_column = scipy.sparse.csr_array(
        (np.ones(len(rows)), (columns, rows)), shape=(n_columns, len(patterns.bits))
    )
    p = unsatisfied.sum(axis=1)
    weight = leaves.values[patterns.leaf] * patterns.share

    def one(row: Floats) -> Floats:
        satisfied = leaves.satisfied(row)
        own = satisfied @ bit
        reached = np.flatnonzero((patterns.bits | own[patterns.leaf]) == full)
        leaf = patterns.leaf[reached]
        n = (n_slots - satisfied.sum(axis=1))[leaf]
        gained = np.zeros(len(weight))
        gained[reached] = weight[reached] * gains[p[reached], n]
        lost = np.bincount(leaf, weight[reached] * losses[p[reached], n], minlength=n_leaves)
        at, slot = np.nonzero(~satisfied & (lost != 0)[:, None])
        less = np.bincount(leaves.features[at, slot], lost[at], minlength=n_columns)
        return np.asarray(to_column @ gained - less)

    return lambda rows: np.array([one(row) for row in rows]).reshape(len(rows), n_columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patterns:
    # Which features of a leaf background rows satisfy, each pattern of a leaf once.
    leaf: NDArray[np.intp]
    bits: Bits
    share: Floats  # of the background's rows


def _patterns(leaves: Leaves, background: Floats) -> _Patterns:
    n_leaves, n_slots = leaves.features.shape
    bit = np.int64(1) << np.arange(n_slots, dtype=np.int64)
    parts = []
    for start in range(0, n_leaves, _LEAVES_AT_ONCE):
        some = slice(start, start + _LEAVES_AT_ONCE)
        block = Leaves(
            values=leaves.values[some],
            features=leaves.features[some],
            low=leaves.low[some],
            high=leaves.high[some],
            missing=leaves.missing[some],
        )
        bits = np.array([block.satisfied(row) @ bit for row in background])
        ordered = np.sort(bits, axis=0).T  # one row per leaf
        new = np.ones(ordered.shape, dtype=bool)
        new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
        leaf, first = np.nonzero(new)
        counts = np.diff(np.append(leaf * len(background) + first, new.size))
        parts.append((leaf + start, ordered[leaf, first], counts / len(background)))
    leaf, bits, share = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _Patterns(leaf=leaf, bits=bits, share=share)


def _weights(n_slots: int) -> tuple[Floats, Floats]:
    # By p and n: what each of P gains and each of N loses.
    size = n_slots + 1
    gains, losses = np.zeros((size, size)), np.zeros((size, size))
    for p in range(size):
        for n in range(size - p):
            ways = math.comb(p + n, n)
            gains[p, n] = 1 / (ways * p) if p else 0.0
            losses[p, n] = 1 / (ways * n) if n else 0.0
    return gains, losses


Range = tuple[float, float, bool]


def _paths(
    node: Mapping[str, Any], asked: dict[int, Range]
) -> Iterator[tuple[float, dict[int, Range]]]:
    if "leaf_value" in node:
        yield node["leaf_value"], asked
        return
    if node["decision_type"] != "<=" or node["missing_type"] not in {"None", "NaN"}:
        raise RuntimeError(
            f"A tree splits by {node['decision_type']} with missing values as "
            f"{node['missing_type']}; riskkit grows no such trees."
        )
    feature, threshold = node["split_feature"], node["threshold"]
    # LightGBM reads a missing value as 0 where training had none.
    to_left = node["default_left"] if node["missing_type"] == "NaN" else threshold >= 0
    low, high, missing = asked.get(feature, (-np.inf, np.inf, True))
    left = (low, min(high, threshold), missing and to_left)
    right = (max(low, threshold), high, missing and not to_left)
    yield from _paths(node["left_child"], asked | {feature: left})
    yield from _paths(node["right_child"], asked | {feature: right})
