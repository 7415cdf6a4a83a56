from .answers import Answer as Answer
from .answers import answer as answer
from .journal import drawn_before as drawn_before
from .journal import entries_of as entries_of
from .journal import joint_confidence as joint_confidence
from .journal import journal_of as journal_of
from .journal import write_down as write_down
from .models import CalibratedFor as CalibratedFor
from .models import Choice as Choice
from .models import Folds as Folds
from .models import Model as Model
from .models import load_model as load_model
from .models import save_model as save_model
from .models import train_model as train_model
from .policies import Bundle as Bundle
from .policies import TunedPolicy as TunedPolicy
from .policies import load_bundle as load_bundle
from .policies import save_bundle as save_bundle
from .policies import tune_policy as tune_policy
from .seals import check_seal as check_seal
from .seals import seal as seal
from .seals import seal_hash as seal_hash

__all__ = [
    "Answer",
    "Bundle",
    "CalibratedFor",
    "Choice",
    "Folds",
    "Model",
    "TunedPolicy",
    "answer",
    "check_seal",
    "drawn_before",
    "entries_of",
    "joint_confidence",
    "journal_of",
    "load_bundle",
    "load_model",
    "save_bundle",
    "save_model",
    "seal",
    "seal_hash",
    "train_model",
    "tune_policy",
    "write_down",
]
