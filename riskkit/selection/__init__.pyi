from .bands import merged_bands as merged_bands
from .bands import quantile_bands as quantile_bands
from .bayesian import Drawing as Drawing
from .bayesian import bayesian_bad_rate as bayesian_bad_rate
from .bayesian import bayesian_measure as bayesian_measure
from .bayesian import completed_samples as completed_samples
from .bounds import Bounds as Bounds
from .bounds import OutcomeBounds as OutcomeBounds
from .bounds import outcome_bounds as outcome_bounds
from .bounds import sensitivity_bad_rate as sensitivity_bad_rate
from .bounds import shifted_pds as shifted_pds
from .bounds import worst_case_bad_rate as worst_case_bad_rate
from .breakdown import Breakdown as Breakdown
from .breakdown import breakdown_gamma as breakdown_gamma
from .breakdown import conditional_breakdown_gamma as conditional_breakdown_gamma
from .cells import Cell as Cell
from .cells import effective_cell as effective_cell
from .cells import rejected_good_rate as rejected_good_rate
from .cells import stratified_bad_rate as stratified_bad_rate
from .estimated import EstimatedPropensities as EstimatedPropensities
from .estimated import PropensityBand as PropensityBand
from .estimated import estimated_propensities as estimated_propensities
from .estimated import propensity_bands as propensity_bands
from .intervals import wilson_interval as wilson_interval
from .leniency import Contraction as Contraction
from .leniency import contraction as contraction
from .leniency import leniency_bounds as leniency_bounds
from .means import doubly_robust_bad_rate as doubly_robust_bad_rate
from .means import horvitz_thompson_bad_rate as horvitz_thompson_bad_rate
from .means import labelled_bad_rate as labelled_bad_rate
from .means import poststratified_bad_rate as poststratified_bad_rate
from .means import self_normalised_bad_rate as self_normalised_bad_rate
from .propensity import Overlap as Overlap
from .propensity import effective_sample_size as effective_sample_size
from .propensity import effective_weights as effective_weights
from .propensity import inverse_propensity_weights as inverse_propensity_weights
from .propensity import overlap as overlap
from .records import Assumption as Assumption
from .records import Estimate as Estimate
from .records import Population as Population

__all__ = [
    "Assumption",
    "Bounds",
    "Breakdown",
    "Cell",
    "Contraction",
    "Drawing",
    "Estimate",
    "EstimatedPropensities",
    "OutcomeBounds",
    "Overlap",
    "Population",
    "PropensityBand",
    "bayesian_bad_rate",
    "bayesian_measure",
    "breakdown_gamma",
    "completed_samples",
    "conditional_breakdown_gamma",
    "contraction",
    "doubly_robust_bad_rate",
    "effective_cell",
    "effective_sample_size",
    "effective_weights",
    "estimated_propensities",
    "horvitz_thompson_bad_rate",
    "inverse_propensity_weights",
    "labelled_bad_rate",
    "leniency_bounds",
    "merged_bands",
    "outcome_bounds",
    "overlap",
    "poststratified_bad_rate",
    "propensity_bands",
    "quantile_bands",
    "rejected_good_rate",
    "self_normalised_bad_rate",
    "sensitivity_bad_rate",
    "shifted_pds",
    "stratified_bad_rate",
    "wilson_interval",
    "worst_case_bad_rate",
]
