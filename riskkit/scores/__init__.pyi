from .binning import information_value as information_value
from .binning import information_value_error as information_value_error
from .binning import weight_of_evidence as weight_of_evidence
from .binning import weight_of_evidence_error as weight_of_evidence_error
from .bins import FeatureBins as FeatureBins
from .boosting import BoostedScorer as BoostedScorer
from .calibration import calibrated_line as calibrated_line
from .cards import PointsCard as PointsCard
from .cards import points_card as points_card
from .cards import read_points_card as read_points_card
from .cards import write_points_card as write_points_card
from .comparison import Comparison as Comparison
from .comparison import CrossValidation as CrossValidation
from .comparison import Scorer as Scorer
from .comparison import best_scorer as best_scorer
from .comparison import cross_validated as cross_validated
from .counting import ValueCounts as ValueCounts
from .discrimination import auc as auc
from .discrimination import brier as brier
from .discrimination import gini as gini
from .discrimination import ks as ks
from .discrimination import log_loss as log_loss
from .files import load_scorer as load_scorer
from .files import save_scorer as save_scorer
from .files import scorer_hash as scorer_hash
from .scale import PointsScale as PointsScale
from .scorecard import Scorecard as Scorecard
from .stability import BinStability as BinStability
from .stability import psi as psi
from .stability import psi_by_chance as psi_by_chance
from .unseen import UnseenValues as UnseenValues
from .unseen import unseen_values as unseen_values
from .woe_binning import WoeBinning as WoeBinning

__all__ = [
    "BinStability",
    "BoostedScorer",
    "Comparison",
    "CrossValidation",
    "FeatureBins",
    "PointsCard",
    "PointsScale",
    "Scorecard",
    "Scorer",
    "UnseenValues",
    "ValueCounts",
    "WoeBinning",
    "auc",
    "best_scorer",
    "brier",
    "calibrated_line",
    "cross_validated",
    "gini",
    "information_value",
    "information_value_error",
    "ks",
    "load_scorer",
    "log_loss",
    "points_card",
    "psi",
    "psi_by_chance",
    "read_points_card",
    "save_scorer",
    "scorer_hash",
    "unseen_values",
    "weight_of_evidence",
    "weight_of_evidence_error",
    "write_points_card",
]
