from .estimators import Cell as Cell
from .estimators import Estimate as Estimate
from .estimators import effective_cell as effective_cell
from .estimators import horvitz_thompson_bad_rate as horvitz_thompson_bad_rate
from .estimators import labelled_bad_rate as labelled_bad_rate
from .estimators import rejected_good_rate as rejected_good_rate
from .estimators import self_normalised_bad_rate as self_normalised_bad_rate
from .estimators import stratified_bad_rate as stratified_bad_rate
from .estimators import wilson_interval as wilson_interval
from .propensity import Overlap as Overlap
from .propensity import effective_sample_size as effective_sample_size
from .propensity import inverse_propensity_weights as inverse_propensity_weights
from .propensity import overlap as overlap

__all__ = [
    "Cell",
    "Estimate",
    "Overlap",
    "effective_cell",
    "effective_sample_size",
    "horvitz_thompson_bad_rate",
    "inverse_propensity_weights",
    "labelled_bad_rate",
    "overlap",
    "rejected_good_rate",
    "self_normalised_bad_rate",
    "stratified_bad_rate",
    "wilson_interval",
]
