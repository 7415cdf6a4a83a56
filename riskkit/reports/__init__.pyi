from .canvas import save_figure as save_figure
from .figures import calibration_figure as calibration_figure
from .figures import history_figure as history_figure
from .figures import importance_figure as importance_figure
from .figures import reasons_figure as reasons_figure
from .figures import tradeoff_figure as tradeoff_figure
from .tables import answer_table as answer_table
from .tables import answer_words as answer_words
from .tables import comparison_table as comparison_table
from .tables import evaluation_notes as evaluation_notes
from .tables import evaluation_table as evaluation_table
from .tables import model_table as model_table
from .tables import percent as percent
from .tables import tradeoff_table as tradeoff_table
from .world_figures import world_figure as world_figure
from .worlds import world_words as world_words

__all__ = [
    "answer_table",
    "answer_words",
    "calibration_figure",
    "comparison_table",
    "evaluation_notes",
    "evaluation_table",
    "history_figure",
    "importance_figure",
    "model_table",
    "percent",
    "reasons_figure",
    "save_figure",
    "tradeoff_figure",
    "tradeoff_table",
    "world_figure",
    "world_words",
]
