from .binning import information_value as information_value
from .binning import information_value_error as information_value_error
from .binning import weight_of_evidence as weight_of_evidence
from .binning import weight_of_evidence_error as weight_of_evidence_error
from .bins import FeatureBins as FeatureBins
from .bivariate import BivariateProbitModel as BivariateProbitModel
from .bivariate import bivariate_probit as bivariate_probit
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
from .evaluation import MEASURES as MEASURES
from .evaluation import Evaluation as Evaluation
from .evaluation import Worth as Worth
from .evaluation import evaluated as evaluated
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
from .past import PastApplicants as PastApplicants
from .past import with_past_decision as with_past_decision
from .profit import CostPrior as CostPrior
from .profit import HMeasure as HMeasure
from .profit import LossPrior as LossPrior
from .profit import MaximumProfit as MaximumProfit
from .profit import expected_maximum_profit as expected_maximum_profit
from .profit import h_measure as h_measure
from .profit import maximum_profit as maximum_profit
from .reject_inference import Inferred as Inferred
from .reject_inference import RejectInference as RejectInference
from .reject_inference import fuzzy as fuzzy
from .reject_inference import inverse_propensity as inverse_propensity
from .reject_inference import known_only as known_only
from .reject_inference import parcelled as parcelled
from .reject_inference import reweighted as reweighted
from .scale import PointsScale as PointsScale
from .scorecard import Scorecard as Scorecard
from .self_learning import SelfLearningPlan as SelfLearningPlan
from .self_learning import self_learning as self_learning
from .stability import BinStability as BinStability
from .stability import psi as psi
from .stability import psi_by_chance as psi_by_chance
from .two_stream import TwoStreamModel as TwoStreamModel
from .two_stream import two_stream as two_stream
from .unseen import UnseenValues as UnseenValues
from .unseen import unseen_values as unseen_values
from .woe_binning import WoeBinning as WoeBinning

__all__ = [
    "MEASURES",
    "AucDifference",
    "BinStability",
    "BivariateProbitModel",
    "BoostedScorer",
    "Comparison",
    "CostPrior",
    "CrossValidation",
    "Evaluation",
    "FeatureBins",
    "HMeasure",
    "Inferred",
    "Interval",
    "LossPrior",
    "MaximumProfit",
    "PairedComparison",
    "PastApplicants",
    "PointsCard",
    "PointsScale",
    "RejectInference",
    "Scorecard",
    "Scorer",
    "SelfLearningPlan",
    "TwoStreamModel",
    "UnseenValues",
    "ValueCounts",
    "WoeBinning",
    "Worth",
    "auc",
    "auc_difference",
    "auc_interval",
    "best_scorer",
    "bivariate_probit",
    "bootstrap_interval",
    "brier",
    "calibrated_line",
    "corrected_t_test",
    "cross_validated",
    "evaluated",
    "expected_maximum_profit",
    "fuzzy",
    "gini",
    "h_measure",
    "information_value",
    "information_value_error",
    "inverse_propensity",
    "known_only",
    "ks",
    "load_scorer",
    "log_loss",
    "maximum_profit",
    "parcelled",
    "points_card",
    "psi",
    "psi_by_chance",
    "read_points_card",
    "reweighted",
    "save_scorer",
    "scorer_hash",
    "self_learning",
    "two_stream",
    "unseen_values",
    "weight_of_evidence",
    "weight_of_evidence_error",
    "with_past_decision",
    "write_points_card",
]
