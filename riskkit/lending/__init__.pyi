from .apr import AnnualRate as AnnualRate
from .apr import fee_apr as fee_apr
from .economics import LoanEconomics as LoanEconomics
from .economics import LoanValues as LoanValues
from .gates import CAUSES as CAUSES
from .gates import Cause as Cause
from .gates import Gate as Gate
from .gates import first_failing as first_failing
from .gates import passes as passes
from .limits import Limit as Limit
from .limits import LimitedRate as LimitedRate
from .limits import parse_limit as parse_limit
from .rates import DecisionRates as DecisionRates
from .rates import decision_rates as decision_rates

__all__ = [
    "CAUSES",
    "AnnualRate",
    "Cause",
    "DecisionRates",
    "Gate",
    "Limit",
    "LimitedRate",
    "LoanEconomics",
    "LoanValues",
    "decision_rates",
    "fee_apr",
    "first_failing",
    "parse_limit",
    "passes",
]
