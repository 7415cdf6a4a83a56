from .binning import information_value as information_value
from .binning import weight_of_evidence as weight_of_evidence
from .boosting import BoostedScorer as BoostedScorer
from .calibration import calibrated_line as calibrated_line
from .comparison import Comparison as Comparison
from .comparison import CrossValidation as CrossValidation
from .comparison import Scorer as Scorer
from .comparison import best_scorer as best_scorer
from .comparison import cross_validated as cross_validated
from .discrimination import auc as auc
from .discrimination import brier as brier
from .discrimination import gini as gini
from .discrimination import ks as ks
from .discrimination import log_loss as log_loss
from .files import load_scorer as load_scorer
from .files import save_scorer as save_scorer
from .files import scorer_hash as scorer_hash
from .scorecard import Scorecard as Scorecard

__all__ = [
    "BoostedScorer",
    "Comparison",
    "CrossValidation",
    "Scorecard",
    "Scorer",
    "auc",
    "best_scorer",
    "brier",
    "calibrated_line",
    "cross_validated",
    "gini",
    "information_value",
    "ks",
    "load_scorer",
    "log_loss",
    "save_scorer",
    "scorer_hash",
    "weight_of_evidence",
]
