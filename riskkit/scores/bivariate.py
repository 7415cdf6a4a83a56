"""Bivariate probit: decision and outcome at once, where a column moves only the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import log_ndtr, ndtr, owens_t
from scipy.stats import chi2

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.calibration import pds_of_margins
from riskkit.scores.columns import check_columns
from riskkit.scores.designs import Design, learn_design
from riskkit.scores.exclusion import checked_exclusion
from riskkit.scores.past import Past, PastApplicants, checked_past
from riskkit.scores.reject_inference import Inferred
from riskkit.selection import Assumption, Population, effective_weights

#: Correlations for which the likelihood is maximised; beyond the outer ones it is not looked at.
_RHOS = np.concatenate([[-0.99], np.round(np.arange(-0.95, 0.96, 0.1), 2), [0.99]])
_RIDGE = 1e-3  # per coefficient: keeps separated levels finite
_TINY = 1e-12
_MOST_RHO = float(np.arctanh(0.99))
_NEAR = 1e-3  # how exactly a limit of rho is sought
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BivariateProbitModel:
    """PD = Phi(x'b), in a world where the past policy passes with Phi(z'g) and errors correlate."""

    design: Design  #: Turns features into numbers.
    coefficients: Floats  #: Of the PD's probit, intercept first.
    rho: float  #: Correlation of what moves bad and pass and no column shows; negative: it saw.
    rho_interval: tuple[float, float]  #: Where the profile likelihood supports rho at 95 %.

    @property
    def identified(self) -> bool:
        """Whether neither limit of the correlation is a bound: the data hold it on both sides."""
        low, high = self.rho_interval
        return low > -1 and high < 1

    @property
    def feature_names_in_(self) -> NDArray[np.object_]:
        """The features of the PD, in their order: the excluded ones are none of them."""
        return np.array(self.design.names, dtype=object)

    @property
    def classes_(self) -> NDArray[np.int_]:
        """0 = good, 1 = bad."""
        return np.array([0, 1])

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of good and bad of all applicants.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training; the excluded ones are not needed.

        Returns
        -------
        array of float, shape (n_applicants, 2)
            1 - PD and PD.

        Raises
        ------
        DataError
            If a number column holds text or an infinite value.
        """
        pds = pds_of_margins(self.margin(X))
        return np.column_stack([1 - pds, pds])

    def margin(self, X: Any) -> Floats:
        """Return the log-odds of bad of all applicants.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training; the excluded ones are not needed.

        Returns
        -------
        array of float, shape (n_applicants,)
            What `predict_proba` says, on the scale on which it is explained [log-odds].

        Raises
        ------
        DataError
            If a column is absent, or a number column holds text or an infinite value.
        """
        probit = _with_ones(self.design(X)) @ self.coefficients
        return np.asarray(log_ndtr(probit) - log_ndtr(-probit))

    def pd_of(self, applicant: Mapping[str, Any]) -> float:
        """Return the PD of one applicant.

        Parameters
        ----------
        applicant : mapping of str to any
            The features by name, missing as None or NaN; other keys are ignored.

        Returns
        -------
        float
            The PD [fraction].

        Raises
        ------
        DataError
            If a feature is absent, a number is text, or a number is infinite.
        """
        check_columns(applicant, self.design.names)
        row = pd.DataFrame({name: [applicant[name]] for name in self.design.names})
        return float(self.predict_proba(row)[0, 1])

    def get_params(self, *, deep: bool = True) -> dict[str, Any]:
        """Return what was found of the correlation: there is nothing else to set.

        Parameters
        ----------
        deep : bool
            Ignored: there are no parts.

        Returns
        -------
        dict of str to anything
            The correlation, its limits and whether it is identified.
        """
        del deep
        low, high = self.rho_interval
        return {
            "rho": self.rho,
            "rho_lower": low,
            "rho_upper": high,
            "identified": self.identified,
        }


def bivariate_probit(applicants: PastApplicants, *, excluded: Sequence[str]) -> Inferred:
    """Fit decision and outcome together by maximum likelihood.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them. Explored applicants, where propensities tell them,
        count as stopped with a known outcome.
    excluded : sequence of str
        Features that moved the past decision and have nothing to do with the risk: the officer on
        duty, a cut-off that changed, a capacity limit. They stand in the decision's equation only.
        Without one, correlation and curvature cannot be told apart.

    Returns
    -------
    Inferred
        With a `BivariateProbitModel` [1]_ whose correlation the data identify: its profile
        interval ends on both sides. Unequal weights count for their effective number of rows
        (Kish), the fewer the wider. As parametric as it gets: it believes normal errors and
        linear effects of normal scores.

    Raises
    ------
    DataError
        If the correlation is not identified: nothing is excluded, or a column that is the same
        for everybody, repeats what other features say or is not shown to have moved the decision,
        or too little (`checked_exclusion`), or the data support a correlation up to a bound. If
        something excluded is no feature or all features are, nobody or everybody was passed, or
        the applicants break their contract.

    References
    ----------
    .. [1] Meng and Schmidt (1985), On the cost of partial observability in the bivariate probit
       model, International Economic Review 26, 71-85.
    .. [2] Owen (1956), Tables for computing bivariate normal probabilities, Annals of Mathematical
       Statistics 27, 1075-1090.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, officer, v, e = rng.standard_normal((4, 4000))
    >>> approved = 0.5 - x + officer + v > 0
    >>> bad = np.where(approved, -0.5 + 0.8 * x - 0.6 * v + 0.8 * e > 0, np.nan)
    >>> X = pd.DataFrame({"x": x, "officer": officer})
    >>> past = PastApplicants(X=X, bad=bad, approved=approved)
    >>> found = bivariate_probit(past, excluded=["officer"])
    >>> found.model.identified, round(found.model.rho, 1)
    (True, -0.6)
    """
    past = checked_past(applicants)
    kept = checked_exclusion(past, excluded)
    design, passing = learn_design(past.table[kept]), learn_design(past.table)
    sample = _Sample.of(past, _with_ones(design(past.table)), _with_ones(passing(past.table)))
    profile = _profile(sample)
    best = int(np.argmax(profile.log_likelihoods))
    start = np.append(profile.coefficients[best], np.arctanh(_RHOS[best]))
    free: list[tuple[float | None, float | None]] = [(None, None)] * (start.size - 1)
    fit = minimize(
        sample.loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[*free, (-_MOST_RHO, _MOST_RHO)],
        options={"maxiter": _MAX_STEPS},
    )
    rho = float(np.tanh(fit.x[-1]))
    least = -float(fit.fun) - float(chi2.ppf(0.95, 1)) / 2
    low, high = (
        _limit(sample, profile, _Edge(rho=rho, coefficients=fit.x[:-1], least=least, side=side))
        for side in (-1, 1)
    )
    model = BivariateProbitModel(
        design=design,
        coefficients=fit.x[: sample.x.shape[1]],
        rho=rho,
        rho_interval=(low, high),
    )
    named = ", ".join(map(repr, excluded))
    if not model.identified:
        raise DataError(
            f"excluded must tell the correlation of decision and outcome, but with {named} the "
            f"data support all from {low:+.2f} to {high:+.2f}, a bound: the bivariate probit is "
            "not identified. More rows, random approvals or a column that moves the decision more "
            "would tell it."
        )
    return Inferred(
        model=model,
        method="bivariate probit",
        assumption=Assumption.INSTRUMENT,
        population=Population.EVERYBODY,
        n_known=int(past.known.sum()),
        n_inferred=int((~past.known).sum()),
        note=f"Correlation {rho:+.2f}, supported from {low:+.2f} to {high:+.2f}: identified by "
        f"{named}.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    # Signs are +1 for bad and passed, -1 for good and stopped.
    x: Floats
    z: Floats
    known: Flags
    bad_sign: Floats  # of the known
    pass_sign: Floats  # of all
    weight: Floats

    @classmethod
    def of(cls, past: Past, x: Floats, z: Floats) -> "_Sample":
        return cls(
            x=x,
            z=z,
            known=past.known,
            bad_sign=2 * past.bad[past.known] - 1,
            pass_sign=np.where(past.passed, 1.0, -1.0),
            weight=effective_weights(past.weight),
        )

    def loss_given(self, beta: Floats, rho: float) -> tuple[float, Floats]:
        """Return the loss at one correlation, and its gradient in all coefficients."""
        value, gradient = self.loss(np.append(beta, np.arctanh(rho)))
        return value, gradient[:-1]

    def loss(self, beta: Floats) -> tuple[float, Floats]:
        """Return the penalised negative log-likelihood and its gradient.

        The last parameter is the inverse hyperbolic tangent of the correlation.
        """
        beta, rho = beta[:-1], float(np.tanh(beta[-1]))
        b, g = beta[: self.x.shape[1]], beta[self.x.shape[1] :]
        at_gate = self.pass_sign * (self.z @ g)
        known, w = self.known, self.weight
        q_gate = np.empty(known.size)
        value = -float(w[~known] @ log_ndtr(at_gate[~known]))
        q_gate[~known] = _mills(at_gate[~known])
        h, k = self.bad_sign * (self.x[known] @ b), at_gate[known]
        r = self.bad_sign * self.pass_sign[known] * rho
        joint = np.maximum(bivariate_normal_cdf(h, k, r), _TINY)
        value -= float(w[known] @ np.log(joint))
        root = np.sqrt(1 - r**2)
        q_bad = _density(h) * ndtr((k - r * h) / root) / joint
        q_gate[known] = _density(k) * ndtr((h - r * k) / root) / joint
        of_b = -(self.x[known].T @ (w[known] * self.bad_sign * q_bad))
        of_g = -(self.z.T @ (w * self.pass_sign * q_gate))
        both = np.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * root**2)) / (2 * np.pi * root)
        of_rho = -float(w[known] @ (self.bad_sign * self.pass_sign[known] * both / joint))
        penalty = _RIDGE * beta
        penalty[[0, b.size]] = 0  # intercepts
        gradient = np.append(np.concatenate([of_b, of_g]) + penalty, of_rho * (1 - rho**2))
        return value + float(penalty @ beta) / 2, gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    log_likelihoods: Floats  # by correlation
    coefficients: list[Floats]


def bivariate_normal_cdf(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return P(U <= h, V <= k) of standard normals with correlation rho, element by element.

    By Owen's T function; rho lies strictly between -1 and 1.
    """
    # Owen's formula divides by h and k; at 0 the limit is taken a hair beside it.
    h, k = (np.where(np.abs(v) < _TINY, _TINY, v) for v in (h, k))
    root = np.sqrt(1 - rho**2)
    apart = np.where(h * k > 0, 0.0, 0.5)
    tails = owens_t(h, (k - rho * h) / (h * root)) + owens_t(k, (h - rho * k) / (k * root))
    return np.clip((ndtr(h) + ndtr(k)) / 2 - tails - apart, 0.0, 1.0)


def _profile(sample: _Sample) -> _Profile:
    # From the middle outwards, each correlation begins where its neighbour ended.
    n = sample.x.shape[1] + sample.z.shape[1]
    found: dict[int, tuple[float, Floats]] = {}
    middle = len(_RHOS) // 2
    for walk in (range(middle, len(_RHOS)), range(middle - 1, -1, -1)):
        start = np.zeros(n) if not found else found[middle][1]
        for i in walk:
            found[i] = _highest(sample, float(_RHOS[i]), start)
            start = found[i][1]
    ordered = [found[i] for i in range(len(_RHOS))]
    return _Profile(
        log_likelihoods=np.array([value for value, _ in ordered]),
        coefficients=[beta for _, beta in ordered],
    )


def _highest(sample: _Sample, rho: float, start: Floats) -> tuple[float, Floats]:
    # The highest log-likelihood at one correlation, and its coefficients.
    fit = minimize(
        sample.loss_given,
        start,
        args=(rho,),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MAX_STEPS},
    )
    return -float(fit.fun), fit.x


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    # Where the profile likelihood falls below what supports a correlation.
    rho: float  # the best correlation
    coefficients: Floats  # at it
    least: float  # log-likelihood
    side: int  # -1 below the best, 1 above it


def _limit(sample: _Sample, profile: _Profile, edge: _Edge) -> float:
    # The grid brackets the limit; within the bracket it is sought, not rounded to the grid.
    beyond = np.flatnonzero(edge.side * _RHOS > edge.side * edge.rho)[:: edge.side]
    supported, start = edge.rho, edge.coefficients
    outside = None
    for i in beyond:
        if profile.log_likelihoods[i] >= edge.least:
            supported, start, outside = float(_RHOS[i]), profile.coefficients[i], None
        elif outside is None:
            outside = float(_RHOS[i])
    if outside is None:
        return float(edge.side)  # nothing up to the end is excluded

    def excess(rho: float) -> float:
        return _highest(sample, rho, start)[0] - edge.least

    if excess(supported) <= 0:  # within the precision of the optimiser
        return supported
    return float(brentq(excess, supported, outside, xtol=_NEAR))


def _with_ones(numbers: Floats) -> Floats:
    return np.column_stack([np.ones(len(numbers)), numbers])


def _density(x: Floats) -> Floats:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def _mills(x: Floats) -> Floats:
    return np.exp(-(x**2) / 2 - log_ndtr(x)) / np.sqrt(2 * np.pi)
