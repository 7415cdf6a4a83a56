from .binning import information_value as information_value
from .binning import weight_of_evidence as weight_of_evidence
from .boosting import BoostedScorer as BoostedScorer
from .calibration import Line as Line
from .calibration import calibrated_line as calibrated_line
from .calibration import offset_line as offset_line
from .calibration import propensity_line as propensity_line
from .comparison import Comparison as Comparison
from .comparison import CrossValidation as CrossValidation
from .comparison import Scorer as Scorer
from .comparison import best_scorer as best_scorer
from .comparison import cross_validated as cross_validated
from .curves import BetaCurve as BetaCurve
from .curves import KnottedCurve as KnottedCurve
from .curves import beta_curve as beta_curve
from .curves import isotonic_curve as isotonic_curve
from .discrimination import auc as auc
from .discrimination import brier as brier
from .discrimination import gini as gini
from .discrimination import ks as ks
from .discrimination import log_loss as log_loss
from .files import load_scorer as load_scorer
from .files import save_scorer as save_scorer
from .files import scorer_hash as scorer_hash
from .recalibration import recalibrated as recalibrated
from .reliability import CalibrationTest as CalibrationTest
from .reliability import calibration_bands as calibration_bands
from .reliability import hosmer_lemeshow as hosmer_lemeshow
from .reliability import spiegelhalter as spiegelhalter
from .scorecard import Scorecard as Scorecard
from .tuning import AUC as AUC
from .tuning import LOG_LOSS as LOG_LOSS
from .tuning import Budget as Budget
from .tuning import Candidate as Candidate
from .tuning import HeldOut as HeldOut
from .tuning import Metric as Metric
from .tuning import TrialRecord as TrialRecord
from .tuning import Tuning as Tuning
from .tuning import boosted_candidate as boosted_candidate
from .tuning import expected_profit as expected_profit
from .tuning import scorecard_candidate as scorecard_candidate
from .tuning import tuned as tuned

__all__ = [
    "AUC",
    "LOG_LOSS",
    "BetaCurve",
    "BoostedScorer",
    "Budget",
    "CalibrationTest",
    "Candidate",
    "Comparison",
    "CrossValidation",
    "HeldOut",
    "KnottedCurve",
    "Line",
    "Metric",
    "Scorecard",
    "Scorer",
    "TrialRecord",
    "Tuning",
    "auc",
    "best_scorer",
    "beta_curve",
    "boosted_candidate",
    "brier",
    "calibrated_line",
    "calibration_bands",
    "cross_validated",
    "expected_profit",
    "gini",
    "hosmer_lemeshow",
    "information_value",
    "isotonic_curve",
    "ks",
    "load_scorer",
    "log_loss",
    "offset_line",
    "propensity_line",
    "recalibrated",
    "save_scorer",
    "scorecard_candidate",
    "scorer_hash",
    "spiegelhalter",
    "tuned",
    "weight_of_evidence",
]
