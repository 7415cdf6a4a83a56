from .batches import TableBatches as TableBatches
from .batches import in_rows as in_rows
from .batches import table_batches as table_batches
from .derivations import Derivation as Derivation
from .derivations import following as following
from .derivations import rederived as rederived
from .history import History as History
from .history import as_history as as_history
from .history import read_history as read_history
from .inference import Given as Given
from .inference import Inference as Inference
from .inference import InferredColumn as InferredColumn
from .inference import infer_schema as infer_schema
from .profiles import SpecialCode as SpecialCode
from .samples import SAMPLES as SAMPLES
from .samples import Sample as Sample
from .samples import Split as Split
from .samples import content_hash as content_hash
from .samples import hashed_fractions as hashed_fractions
from .samples import new_split as new_split
from .samples import sample_of as sample_of
from .schema import Column as Column
from .schema import Role as Role
from .schema import Schema as Schema
from .tables import Applications as Applications
from .tables import as_applications as as_applications
from .tables import feature_frame as feature_frame
from .tables import read_applications as read_applications
from .tables import read_table as read_table
from .values import as_levels as as_levels
from .values import as_numbers as as_numbers

__all__ = [
    "SAMPLES",
    "Applications",
    "Column",
    "Derivation",
    "Given",
    "History",
    "Inference",
    "InferredColumn",
    "Role",
    "Sample",
    "Schema",
    "SpecialCode",
    "Split",
    "TableBatches",
    "as_applications",
    "as_history",
    "as_levels",
    "as_numbers",
    "content_hash",
    "feature_frame",
    "following",
    "hashed_fractions",
    "in_rows",
    "infer_schema",
    "new_split",
    "read_applications",
    "read_history",
    "read_table",
    "rederived",
    "sample_of",
    "table_batches",
]
