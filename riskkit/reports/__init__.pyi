from .blame_figures import blame_figure as blame_figure
from .blaming import blame_frame as blame_frame
from .blaming import blame_table as blame_table
from .blaming import blame_words as blame_words
from .blaming import changes_table as changes_table
from .blaming import fair_choice_words as fair_choice_words
from .blaming import fairness_table as fairness_table
from .blaming import fairness_words as fairness_words
from .canvas import save_figure as save_figure
from .comparing import comparison_record as comparison_record
from .comparing import comparison_tables as comparison_tables
from .comparing import comparison_words as comparison_words
from .comparing_figures import comparison_figure as comparison_figure
from .deciding import decided_table as decided_table
from .deciding import reinvite_table as reinvite_table
from .exploring import certificate_words as certificate_words
from .exploring import exploration_frame as exploration_frame
from .exploring import exploration_table as exploration_table
from .exploring import exploration_words as exploration_words
from .figures import calibration_figure as calibration_figure
from .figures import history_figure as history_figure
from .figures import importance_figure as importance_figure
from .frontier_figures import frontier_figure as frontier_figure
from .frontier_figures import tuning_figures as tuning_figures
from .page._lookup import Lookup as Lookup
from .page.report import Report as Report
from .page.report import new_report as new_report
from .page.report import render_report as render_report
from .reasons_figures import reasons_figure as reasons_figure
from .report_figures import report_figures as report_figures
from .segments import review_table as review_table
from .segments import review_words as review_words
from .segments import segments_table as segments_table
from .segments import segments_words as segments_words
from .support import SupportView as SupportView
from .support import recourse_words as recourse_words
from .support import support_view as support_view
from .tables import answer_table as answer_table
from .tables import answer_words as answer_words
from .tables import comparison_table as comparison_table
from .tables import evaluation_notes as evaluation_notes
from .tables import evaluation_table as evaluation_table
from .tables import guarantee_notes as guarantee_notes
from .tables import model_table as model_table
from .tables import percent as percent
from .tables import tradeoff_table as tradeoff_table
from .tradeoff_figures import profit_figure as profit_figure
from .tradeoff_figures import tradeoff_figure as tradeoff_figure
from .training import calibration_words as calibration_words
from .training import finding_words as finding_words
from .tuned import frontier_table as frontier_table
from .tuned import limits_table as limits_table
from .tuned import tuned_words as tuned_words
from .world_figures import world_figure as world_figure
from .worlds import world_words as world_words

__all__ = [
    "Lookup",
    "Report",
    "SupportView",
    "answer_table",
    "answer_words",
    "blame_figure",
    "blame_frame",
    "blame_table",
    "blame_words",
    "calibration_figure",
    "calibration_words",
    "certificate_words",
    "changes_table",
    "comparison_figure",
    "comparison_record",
    "comparison_table",
    "comparison_tables",
    "comparison_words",
    "decided_table",
    "evaluation_notes",
    "evaluation_table",
    "exploration_frame",
    "exploration_table",
    "exploration_words",
    "fair_choice_words",
    "fairness_table",
    "fairness_words",
    "finding_words",
    "frontier_figure",
    "frontier_table",
    "guarantee_notes",
    "history_figure",
    "importance_figure",
    "limits_table",
    "model_table",
    "new_report",
    "percent",
    "profit_figure",
    "reasons_figure",
    "recourse_words",
    "reinvite_table",
    "render_report",
    "report_figures",
    "review_table",
    "review_words",
    "save_figure",
    "segments_table",
    "segments_words",
    "support_view",
    "tradeoff_figure",
    "tradeoff_table",
    "tuned_words",
    "tuning_figures",
    "world_figure",
    "world_words",
]
