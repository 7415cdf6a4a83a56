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
from .intervals import AucDifference as AucDifference
from .intervals import Interval as Interval
from .intervals import auc_difference as auc_difference
from .intervals import auc_interval as auc_interval
from .intervals import bootstrap_interval as bootstrap_interval
from .paired import PairedComparison as PairedComparison
from .paired import corrected_t_test as corrected_t_test
from .profit import CostPrior as CostPrior
from .profit import HMeasure as HMeasure
from .profit import LossPrior as LossPrior
from .profit import MaximumProfit as MaximumProfit
from .profit import expected_maximum_profit as expected_maximum_profit
from .profit import h_measure as h_measure
from .profit import maximum_profit as maximum_profit
from .scorecard import Scorecard as Scorecard

__all__ = [
    "AucDifference",
    "BoostedScorer",
    "Comparison",
    "CostPrior",
    "CrossValidation",
    "HMeasure",
    "Interval",
    "LossPrior",
    "MaximumProfit",
    "PairedComparison",
    "Scorecard",
    "Scorer",
    "auc",
    "auc_difference",
    "auc_interval",
    "best_scorer",
    "bootstrap_interval",
    "brier",
    "calibrated_line",
    "corrected_t_test",
    "cross_validated",
    "expected_maximum_profit",
    "gini",
    "h_measure",
    "information_value",
    "ks",
    "load_scorer",
    "log_loss",
    "maximum_profit",
    "save_scorer",
    "scorer_hash",
    "weight_of_evidence",
]
