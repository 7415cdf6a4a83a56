from .binning import information_value as information_value
from .binning import information_value_error as information_value_error
from .binning import weight_of_evidence as weight_of_evidence
from .binning import weight_of_evidence_error as weight_of_evidence_error
from .bins import FeatureBins as FeatureBins
from .bivariate import BivariateProbitModel as BivariateProbitModel
from .bivariate import bivariate_probit as bivariate_probit
from .boosting import BoostedScorer as BoostedScorer
from .calibration import Line as Line
from .calibration import calibrated_line as calibrated_line
from .calibration import offset_line as offset_line
from .calibration import propensity_line as propensity_line
from .candidates import Candidate as Candidate
from .candidates import boosted_candidate as boosted_candidate
from .candidates import scorecard_candidate as scorecard_candidate
from .cards import PointsCard as PointsCard
from .cards import points_card as points_card
from .cards import read_points_card as read_points_card
from .cards import write_points_card as write_points_card
from .comparison import Comparison as Comparison
from .comparison import CrossValidation as CrossValidation
from .comparison import Learner as Learner
from .comparison import Scorer as Scorer
from .comparison import best_scorer as best_scorer
from .comparison import cross_validated as cross_validated
from .counting import ValueCounts as ValueCounts
from .curves import BetaCurve as BetaCurve
from .curves import KnottedCurve as KnottedCurve
from .curves import beta_curve as beta_curve
from .curves import isotonic_curve as isotonic_curve
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
from .findings import Finding as Finding
from .findings import model_findings as model_findings
from .heldout import AUC as AUC
from .heldout import LOG_LOSS as LOG_LOSS
from .heldout import HeldOut as HeldOut
from .heldout import Metric as Metric
from .heldout import expected_profit as expected_profit
from .intervals import AucDifference as AucDifference
from .intervals import Interval as Interval
from .intervals import auc_difference as auc_difference
from .intervals import auc_interval as auc_interval
from .intervals import bootstrap_interval as bootstrap_interval
from .monotonicity import direction_check as direction_check
from .monotonicity import keeps_directions as keeps_directions
from .monotonicity import keeps_interactions as keeps_interactions
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
from .recalibration import recalibrated as recalibrated
from .refits import refitted as refitted
from .reject_inference import Inferred as Inferred
from .reject_inference import RejectInference as RejectInference
from .reject_inference import fuzzy as fuzzy
from .reject_inference import inverse_propensity as inverse_propensity
from .reject_inference import known_only as known_only
from .reject_inference import parcelled as parcelled
from .reject_inference import reweighted as reweighted
from .reliability import CalibrationTest as CalibrationTest
from .reliability import calibration_bands as calibration_bands
from .reliability import hosmer_lemeshow as hosmer_lemeshow
from .reliability import spiegelhalter as spiegelhalter
from .scale import PointsScale as PointsScale
from .scorecard import Scorecard as Scorecard
from .self_learning import SelfLearningPlan as SelfLearningPlan
from .self_learning import self_learning as self_learning
from .stability import BinStability as BinStability
from .stability import psi as psi
from .stability import psi_by_chance as psi_by_chance
from .studies import Budget as Budget
from .studies import TrialRecord as TrialRecord
from .studies import check_budget as check_budget
from .tuning import Tuning as Tuning
from .tuning import tuned as tuned
from .two_stream import TwoStreamModel as TwoStreamModel
from .two_stream import two_stream as two_stream
from .unseen import UnseenValues as UnseenValues
from .unseen import unseen_values as unseen_values
from .woe_binning import WoeBinning as WoeBinning

__all__ = [
    "AUC",
    "LOG_LOSS",
    "MEASURES",
    "AucDifference",
    "BetaCurve",
    "BinStability",
    "BivariateProbitModel",
    "BoostedScorer",
    "Budget",
    "CalibrationTest",
    "Candidate",
    "Comparison",
    "CostPrior",
    "CrossValidation",
    "Evaluation",
    "FeatureBins",
    "Finding",
    "HMeasure",
    "HeldOut",
    "Inferred",
    "Interval",
    "KnottedCurve",
    "Learner",
    "Line",
    "LossPrior",
    "MaximumProfit",
    "Metric",
    "PairedComparison",
    "PastApplicants",
    "PointsCard",
    "PointsScale",
    "RejectInference",
    "Scorecard",
    "Scorer",
    "SelfLearningPlan",
    "TrialRecord",
    "Tuning",
    "TwoStreamModel",
    "UnseenValues",
    "ValueCounts",
    "WoeBinning",
    "Worth",
    "auc",
    "auc_difference",
    "auc_interval",
    "best_scorer",
    "beta_curve",
    "bivariate_probit",
    "boosted_candidate",
    "bootstrap_interval",
    "brier",
    "calibrated_line",
    "calibration_bands",
    "check_budget",
    "corrected_t_test",
    "cross_validated",
    "direction_check",
    "evaluated",
    "expected_maximum_profit",
    "expected_profit",
    "fuzzy",
    "gini",
    "h_measure",
    "hosmer_lemeshow",
    "information_value",
    "information_value_error",
    "inverse_propensity",
    "isotonic_curve",
    "keeps_directions",
    "keeps_interactions",
    "known_only",
    "ks",
    "load_scorer",
    "log_loss",
    "maximum_profit",
    "model_findings",
    "offset_line",
    "parcelled",
    "points_card",
    "propensity_line",
    "psi",
    "psi_by_chance",
    "read_points_card",
    "recalibrated",
    "refitted",
    "reweighted",
    "save_scorer",
    "scorecard_candidate",
    "scorer_hash",
    "self_learning",
    "spiegelhalter",
    "tuned",
    "two_stream",
    "unseen_values",
    "weight_of_evidence",
    "weight_of_evidence_error",
    "with_past_decision",
    "write_points_card",
]
