from .attribution import Attribution as Attribution
from .attribution import Explainer as Explainer
from .attribution import attribute as attribute
from .attribution import just_approved as just_approved
from .attribution import new_explainer as new_explainer
from .attribution import new_path_explainer as new_path_explainer
from .reasons import LANGUAGES as LANGUAGES
from .reasons import MAX_REASONS as MAX_REASONS
from .reasons import Language as Language
from .reasons import Reason as Reason
from .reasons import Words as Words
from .reasons import gate_reason as gate_reason
from .reasons import in_language as in_language
from .reasons import rank_reasons as rank_reasons
from .reasons import unlabelled as unlabelled

__all__ = [
    "LANGUAGES",
    "MAX_REASONS",
    "Attribution",
    "Explainer",
    "Language",
    "Reason",
    "Words",
    "attribute",
    "gate_reason",
    "in_language",
    "just_approved",
    "new_explainer",
    "new_path_explainer",
    "rank_reasons",
    "unlabelled",
]
