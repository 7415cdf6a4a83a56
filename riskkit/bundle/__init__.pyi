from .amending import Amended as Amended
from .amending import Signature as Signature
from .amending import amend_policy as amend_policy
from .amending import with_exploration as with_exploration
from .answers import Agreement as Agreement
from .answers import Answer as Answer
from .answers import Audit as Audit
from .answers import answer as answer
from .answers import audit_of as audit_of
from .answers import recourse_of as recourse_of
from .bundles import Bundle as Bundle
from .bundles import load_bundle as load_bundle
from .bundles import save_bundle as save_bundle
from .comparing import Comparison as Comparison
from .comparing import compare_policies as compare_policies
from .comparing import read_truth as read_truth
from .deciding import Decided as Decided
from .deciding import DecideOrder as DecideOrder
from .deciding import check_order as check_order
from .deciding import decide_table as decide_table
from .deciding import n_passes as n_passes
from .decision_log import Decider as Decider
from .decision_log import input_hashes as input_hashes
from .decision_log import log_schema as log_schema
from .decision_log import log_table as log_table
from .evidence import evidence_problems as evidence_problems
from .evidence import evidence_tags as evidence_tags
from .examples import needed_columns as needed_columns
from .examples import synthetic_rows as synthetic_rows
from .journal import Attempt as Attempt
from .journal import counted as counted
from .journal import drawn_before as drawn_before
from .journal import entries_of as entries_of
from .journal import joint_confidence as joint_confidence
from .journal import journal_of as journal_of
from .journal import refused_entries as refused_entries
from .journal import write_down as write_down
from .measuring import CalibratedFor as CalibratedFor
from .measuring import CalibrationSample as CalibrationSample
from .measuring import calibration_sample as calibration_sample
from .models import Choice as Choice
from .models import Folds as Folds
from .models import Model as Model
from .models import load_model as load_model
from .models import save_model as save_model
from .models import train_model as train_model
from .policies import TunedPolicy as TunedPolicy
from .policies import kept_by_rules as kept_by_rules
from .policies import tune_policy as tune_policy
from .recipes import Recipe as Recipe
from .reinvite import expected_gain as expected_gain
from .reinvite import reinvited as reinvited
from .rejections import decided_with_reasons as decided_with_reasons
from .rejections import explain_rejections as explain_rejections
from .rejections import reason_frequencies as reason_frequencies
from .rejections import with_outcomes as with_outcomes
from .replay import Logged as Logged
from .replay import replay as replay
from .seals import check_seal as check_seal
from .seals import is_sealed as is_sealed
from .seals import kind_of as kind_of
from .seals import seal as seal
from .seals import seal_hash as seal_hash
from .seals import sealed_with as sealed_with
from .seals import versions as versions
from .shapes import PolicyShape as PolicyShape
from .shapes import Shaped as Shaped
from .verification import TOLERANCE as TOLERANCE
from .verification import Verification as Verification
from .verification import verified as verified

__all__ = [
    "TOLERANCE",
    "Agreement",
    "Amended",
    "Answer",
    "Attempt",
    "Audit",
    "Bundle",
    "CalibratedFor",
    "CalibrationSample",
    "Choice",
    "Comparison",
    "DecideOrder",
    "Decided",
    "Decider",
    "Folds",
    "Logged",
    "Model",
    "PolicyShape",
    "Recipe",
    "Shaped",
    "Signature",
    "TunedPolicy",
    "Verification",
    "amend_policy",
    "answer",
    "audit_of",
    "calibration_sample",
    "check_order",
    "check_seal",
    "compare_policies",
    "counted",
    "decide_table",
    "decided_with_reasons",
    "drawn_before",
    "entries_of",
    "evidence_problems",
    "evidence_tags",
    "expected_gain",
    "explain_rejections",
    "input_hashes",
    "is_sealed",
    "joint_confidence",
    "journal_of",
    "kept_by_rules",
    "kind_of",
    "load_bundle",
    "load_model",
    "log_schema",
    "log_table",
    "n_passes",
    "needed_columns",
    "read_truth",
    "reason_frequencies",
    "recourse_of",
    "refused_entries",
    "reinvited",
    "replay",
    "save_bundle",
    "save_model",
    "seal",
    "seal_hash",
    "sealed_with",
    "synthetic_rows",
    "train_model",
    "tune_policy",
    "verified",
    "versions",
    "with_exploration",
    "with_outcomes",
    "write_down",
]
