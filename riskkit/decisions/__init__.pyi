from ._explorable import ExplorationBands as ExplorationBands
from .averages import conformal_selection as conformal_selection
from .averages import false_rejection_cutoff as false_rejection_cutoff
from .averages import risk_control_cutoff as risk_control_cutoff
from .bands import default_edges as default_edges
from .bands import edge_above as edge_above
from .betting import betting_p_value as betting_p_value
from .betting import betting_upper_bound as betting_upper_bound
from .binomial import binomial_p_values as binomial_p_values
from .binomial import clopper_pearson_lower as clopper_pearson_lower
from .binomial import clopper_pearson_upper as clopper_pearson_upper
from .binomial import zero_default_sample_size as zero_default_sample_size
from .blame import Beliefs as Beliefs
from .blame import BlameSums as BlameSums
from .blame import blame_sums as blame_sums
from .blame import estimated_blame as estimated_blame
from .blame import true_blame as true_blame
from .blame_readings import Blame as Blame
from .blame_readings import GateBlame as GateBlame
from .blame_readings import How as How
from .blame_readings import Reading as Reading
from .certificates import Certificate as Certificate
from .certificates import OutcomeSample as OutcomeSample
from .certificates import SelectedSample as SelectedSample
from .certificates import certify_binomial as certify_binomial
from .concentration import dkw_half_width as dkw_half_width
from .concentration import hoeffding_bentkus_upper as hoeffding_bentkus_upper
from .concentration import hoeffding_upper as hoeffding_upper
from .concentration import kl_hoeffding_upper as kl_hoeffding_upper
from .concentration import maurer_pontil_upper as maurer_pontil_upper
from .cutoff import history_ledger as history_ledger
from .cutoff import rates_at as rates_at
from .cutoff import tune_cutoff as tune_cutoff
from .deciding import Decisions as Decisions
from .deciding import arrivals_of as arrivals_of
from .deciding import decide as decide
from .deciding import settle as settle
from .estimates import incumbent_rates as incumbent_rates
from .estimates import simultaneous_bands as simultaneous_bands
from .estimates import tradeoff_curve as tradeoff_curve
from .exploration import ExplorationPlan as ExplorationPlan
from .exploration import UniformExploration as UniformExploration
from .exploration import Wish as Wish
from .exploration import plan_exploration as plan_exploration
from .exploration_certificates import CertificateExploration as CertificateExploration
from .exploration_certificates import CertificateWish as CertificateWish
from .exploration_certificates import exploration_for_certificate as exploration_for_certificate
from .fair_choices import FairPoint as FairPoint
from .fair_choices import GapPrice as GapPrice
from .fair_choices import fair_frontier as fair_frontier
from .fair_choices import less_discriminatory as less_discriminatory
from .fair_choices import price_of_gap as price_of_gap
from .fairness import PAST_CUTOFF as PAST_CUTOFF
from .fairness import Fairness as Fairness
from .fairness import GroupRates as GroupRates
from .fairness import fairness as fairness
from .fairness import past_rule as past_rule
from .feasibility import LimitedCurve as LimitedCurve
from .feasibility import ShadowPrice as ShadowPrice
from .feasibility import feasible_cutoffs as feasible_cutoffs
from .feasibility import shadow_prices as shadow_prices
from .frontier import Frontier as Frontier
from .frontier import FrontierPoint as FrontierPoint
from .frontier import frontier as frontier
from .frontier import retune as retune
from .gate_verdicts import GateVerdicts as GateVerdicts
from .gate_verdicts import policy_verdicts as policy_verdicts
from .gate_verdicts import recorded_verdicts as recorded_verdicts
from .goals import CertifiedBy as CertifiedBy
from .goals import Goal as Goal
from .goals import Labels as Labels
from .goals import Objective as Objective
from .goals import TuningPlan as TuningPlan
from .goals import tuning_plan as tuning_plan
from .grids import Grid as Grid
from .grids import certified_index as certified_index
from .grids import cutoff_grid as cutoff_grid
from .grids import one_per_group as one_per_group
from .grids import starting_point as starting_point
from .incumbent import IncumbentComparison as IncumbentComparison
from .incumbent import against_incumbent as against_incumbent
from .joint import JointCutoffs as JointCutoffs
from .joint import joint_cutoffs as joint_cutoffs
from .journeys import Journeys as Journeys
from .journeys import journeys_of as journeys_of
from .ledger import ScoredOutcomes as ScoredOutcomes
from .ledger import ScoreLedger as ScoreLedger
from .ledger_builder import LedgerBuilder as LedgerBuilder
from .ledger_builder import score_ledger as score_ledger
from .ledger_tables import LedgerColumns as LedgerColumns
from .ledger_tables import read_ledger as read_ledger
from .ledger_tables import table_ledger as table_ledger
from .ledger_tables import write_ledger as write_ledger
from .offsets import SegmentOffsets as SegmentOffsets
from .offsets import segment_bad_rates as segment_bad_rates
from .offsets import segment_offsets as segment_offsets
from .partial_certificates import certify_labelled as certify_labelled
from .partial_certificates import certify_sensitivity as certify_sensitivity
from .policy import Policy as Policy
from .policy import ReviewTerms as ReviewTerms
from .policy import SegmentCutoff as SegmentCutoff
from .policy import recorded_gates as recorded_gates
from .policy_changes import Effect as Effect
from .policy_changes import Mix as Mix
from .policy_changes import PolicyEffect as PolicyEffect
from .policy_changes import policy_effects as policy_effects
from .propensity_certificates import certify_approximately as certify_approximately
from .propensity_certificates import certify_inverse_propensity as certify_inverse_propensity
from .propensity_certificates import certify_thinned as certify_thinned
from .random_approvals import Exploration as Exploration
from .random_approvals import ExplorationBand as ExplorationBand
from .recalibration import BandModel as BandModel
from .recalibration import band_model as band_model
from .recalibration import pd_model as pd_model
from .review import ReviewBand as ReviewBand
from .review import TunedReview as TunedReview
from .review import busy_day as busy_day
from .review import tune_review as tune_review
from .review import tune_review_by_segment as tune_review_by_segment
from .review_queue import Arrivals as Arrivals
from .review_queue import ReviewQueue as ReviewQueue
from .robust_certificates import certify_doubly_robust as certify_doubly_robust
from .segment_economics import economics_groups as economics_groups
from .segment_economics import listed_segments as listed_segments
from .segment_economics import values_of as values_of
from .segment_path import SegmentPath as SegmentPath
from .segment_path import economics_of as economics_of
from .segment_path import segment_names as segment_names
from .segment_path import segment_path as segment_path
from .segments import WORTH_IT as WORTH_IT
from .segments import SegmentCase as SegmentCase
from .segments import SegmentGains as SegmentGains
from .segments import TunedSegments as TunedSegments
from .segments import ledger_by as ledger_by
from .segments import segments_of as segments_of
from .segments import tune_segments as tune_segments
from .size_certificates import Sizes as Sizes
from .size_certificates import certify_by_size as certify_by_size
from .swap_set import SWAP_SETS as SWAP_SETS
from .swap_set import Contender as Contender
from .swap_set import Outcomes as Outcomes
from .swap_set import SwapSet as SwapSet
from .swap_set import swap_set as swap_set
from .tuned_cutoff import TunedCutoff as TunedCutoff

__all__ = [
    "PAST_CUTOFF",
    "SWAP_SETS",
    "WORTH_IT",
    "Arrivals",
    "BandModel",
    "Beliefs",
    "Blame",
    "BlameSums",
    "Certificate",
    "CertificateExploration",
    "CertificateWish",
    "CertifiedBy",
    "Contender",
    "Decisions",
    "Effect",
    "Exploration",
    "ExplorationBand",
    "ExplorationBands",
    "ExplorationPlan",
    "FairPoint",
    "Fairness",
    "Frontier",
    "FrontierPoint",
    "GapPrice",
    "GateBlame",
    "GateVerdicts",
    "Goal",
    "Grid",
    "GroupRates",
    "How",
    "IncumbentComparison",
    "JointCutoffs",
    "Journeys",
    "Labels",
    "LedgerBuilder",
    "LedgerColumns",
    "LimitedCurve",
    "Mix",
    "Objective",
    "OutcomeSample",
    "Outcomes",
    "Policy",
    "PolicyEffect",
    "Reading",
    "ReviewBand",
    "ReviewQueue",
    "ReviewTerms",
    "ScoreLedger",
    "ScoredOutcomes",
    "SegmentCase",
    "SegmentCutoff",
    "SegmentGains",
    "SegmentOffsets",
    "SegmentPath",
    "SelectedSample",
    "ShadowPrice",
    "Sizes",
    "SwapSet",
    "TunedCutoff",
    "TunedReview",
    "TunedSegments",
    "TuningPlan",
    "UniformExploration",
    "Wish",
    "against_incumbent",
    "arrivals_of",
    "band_model",
    "betting_p_value",
    "betting_upper_bound",
    "binomial_p_values",
    "blame_sums",
    "busy_day",
    "certified_index",
    "certify_approximately",
    "certify_binomial",
    "certify_by_size",
    "certify_doubly_robust",
    "certify_inverse_propensity",
    "certify_labelled",
    "certify_sensitivity",
    "certify_thinned",
    "clopper_pearson_lower",
    "clopper_pearson_upper",
    "conformal_selection",
    "cutoff_grid",
    "decide",
    "default_edges",
    "dkw_half_width",
    "economics_groups",
    "economics_of",
    "edge_above",
    "estimated_blame",
    "exploration_for_certificate",
    "fair_frontier",
    "fairness",
    "false_rejection_cutoff",
    "feasible_cutoffs",
    "frontier",
    "history_ledger",
    "hoeffding_bentkus_upper",
    "hoeffding_upper",
    "incumbent_rates",
    "joint_cutoffs",
    "journeys_of",
    "kl_hoeffding_upper",
    "ledger_by",
    "less_discriminatory",
    "listed_segments",
    "maurer_pontil_upper",
    "one_per_group",
    "past_rule",
    "pd_model",
    "plan_exploration",
    "policy_effects",
    "policy_verdicts",
    "price_of_gap",
    "rates_at",
    "read_ledger",
    "recorded_gates",
    "recorded_verdicts",
    "retune",
    "risk_control_cutoff",
    "score_ledger",
    "segment_bad_rates",
    "segment_names",
    "segment_offsets",
    "segment_path",
    "segments_of",
    "settle",
    "shadow_prices",
    "simultaneous_bands",
    "starting_point",
    "swap_set",
    "table_ledger",
    "tradeoff_curve",
    "true_blame",
    "tune_cutoff",
    "tune_review",
    "tune_review_by_segment",
    "tune_segments",
    "tuning_plan",
    "values_of",
    "write_ledger",
    "zero_default_sample_size",
]
