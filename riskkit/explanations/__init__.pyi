from .attribution import Attribution as Attribution
from .attribution import Explainer as Explainer
from .attribution import attribute as attribute
from .attribution import just_approved as just_approved
from .attribution import new_explainer as new_explainer
from .attribution import new_path_explainer as new_path_explainer
from .catalogue import Catalogue as Catalogue
from .catalogue import Entry as Entry
from .catalogue import check_catalogue as check_catalogue
from .catalogue import new_catalogue as new_catalogue
from .gates import gate_reason as gate_reason
from .languages import LANGUAGES as LANGUAGES
from .languages import Language as Language
from .languages import Words as Words
from .languages import in_language as in_language
from .levers import Lever as Lever
from .levers import Movement as Movement
from .levers import new_levers as new_levers
from .notices import NOTICE_KINDS as NOTICE_KINDS
from .notices import TOGETHER as TOGETHER
from .notices import Notice as Notice
from .notices import NoticeKind as NoticeKind
from .notices import NoticeReason as NoticeReason
from .notices import Sender as Sender
from .notices import new_notice as new_notice
from .notices import plan_words as plan_words
from .notices import render_notice as render_notice
from .ranking import INQUIRIES as INQUIRIES
from .ranking import MAX_REASONS as MAX_REASONS
from .ranking import Ranking as Ranking
from .ranking import rank_groups as rank_groups
from .reasons import Reason as Reason
from .reasons import rank_reasons as rank_reasons
from .reasons import unlabelled as unlabelled
from .recourse import MAX_PLANS as MAX_PLANS
from .recourse import Plan as Plan
from .recourse import Recourse as Recourse
from .recourse import find_recourse as find_recourse
from .stability import STABLE as STABLE
from .stability import Stability as Stability
from .stability import bootstrap_stability as bootstrap_stability
from .stability import reason_stability as reason_stability
from .stability import refit_stability as refit_stability
from .wording import value_words as value_words

__all__ = [
    "INQUIRIES",
    "LANGUAGES",
    "MAX_PLANS",
    "MAX_REASONS",
    "NOTICE_KINDS",
    "STABLE",
    "TOGETHER",
    "Attribution",
    "Catalogue",
    "Entry",
    "Explainer",
    "Language",
    "Lever",
    "Movement",
    "Notice",
    "NoticeKind",
    "NoticeReason",
    "Plan",
    "Ranking",
    "Reason",
    "Recourse",
    "Sender",
    "Stability",
    "Words",
    "attribute",
    "bootstrap_stability",
    "check_catalogue",
    "find_recourse",
    "gate_reason",
    "in_language",
    "just_approved",
    "new_catalogue",
    "new_explainer",
    "new_levers",
    "new_notice",
    "new_path_explainer",
    "plan_words",
    "rank_groups",
    "rank_reasons",
    "reason_stability",
    "refit_stability",
    "render_notice",
    "unlabelled",
    "value_words",
]
