from .bands import default_edges as default_edges
from .bands import edge_above as edge_above
from .betting import betting_p_value as betting_p_value
from .betting import betting_upper_bound as betting_upper_bound
from .binomial import binomial_p_values as binomial_p_values
from .binomial import clopper_pearson_lower as clopper_pearson_lower
from .binomial import clopper_pearson_upper as clopper_pearson_upper
from .binomial import zero_default_sample_size as zero_default_sample_size
from .certificates import Certificate as Certificate
from .certificates import Grid as Grid
from .certificates import OutcomeSample as OutcomeSample
from .certificates import SelectedSample as SelectedSample
from .certificates import certified_index as certified_index
from .certificates import certify_binomial as certify_binomial
from .certificates import certify_inverse_propensity as certify_inverse_propensity
from .certificates import certify_thinned as certify_thinned
from .certificates import cutoff_grid as cutoff_grid
from .certificates import one_per_group as one_per_group
from .certificates import starting_point as starting_point
from .cutoff import Goal as Goal
from .cutoff import Labels as Labels
from .cutoff import Objective as Objective
from .cutoff import TunedCutoff as TunedCutoff
from .cutoff import TuningPlan as TuningPlan
from .cutoff import rates_at as rates_at
from .cutoff import tune_cutoff as tune_cutoff
from .cutoff import tuning_plan as tuning_plan
from .estimates import incumbent_rates as incumbent_rates
from .estimates import tradeoff_curve as tradeoff_curve
from .ledger import LedgerBuilder as LedgerBuilder
from .ledger import ScoredOutcomes as ScoredOutcomes
from .ledger import ScoreLedger as ScoreLedger
from .ledger import score_ledger as score_ledger
from .ledger_tables import LedgerColumns as LedgerColumns
from .ledger_tables import read_ledger as read_ledger
from .ledger_tables import table_ledger as table_ledger
from .ledger_tables import write_ledger as write_ledger
from .policy import Decisions as Decisions
from .policy import Policy as Policy
from .policy import decide as decide
from .policy import recorded_gates as recorded_gates

__all__ = [
    "Certificate",
    "Decisions",
    "Goal",
    "Grid",
    "Labels",
    "LedgerBuilder",
    "LedgerColumns",
    "Objective",
    "OutcomeSample",
    "Policy",
    "ScoreLedger",
    "ScoredOutcomes",
    "SelectedSample",
    "TunedCutoff",
    "TuningPlan",
    "betting_p_value",
    "betting_upper_bound",
    "binomial_p_values",
    "certified_index",
    "certify_binomial",
    "certify_inverse_propensity",
    "certify_thinned",
    "clopper_pearson_lower",
    "clopper_pearson_upper",
    "cutoff_grid",
    "decide",
    "default_edges",
    "edge_above",
    "incumbent_rates",
    "one_per_group",
    "rates_at",
    "read_ledger",
    "recorded_gates",
    "score_ledger",
    "starting_point",
    "table_ledger",
    "tradeoff_curve",
    "tune_cutoff",
    "tuning_plan",
    "write_ledger",
    "zero_default_sample_size",
]
