from .data import TableSource as TableSource
from .folders import SCORER_TAG as SCORER_TAG
from .folders import SEAL_TAG as SEAL_TAG
from .folders import log_folder as log_folder
from .folders import log_trials as log_trials
from .heads import audit_head_of as audit_head_of
from .heads import audit_logs_named as audit_logs_named
from .heads import tag_audit_head as tag_audit_head
from .past import Difference as Difference
from .past import PastRun as PastRun
from .past import differences as differences
from .past import past_run as past_run
from .past import past_runs as past_runs
from .past import run_files as run_files
from .places import LOCAL_URI as LOCAL_URI
from .places import check_tracking as check_tracking
from .places import is_place as is_place
from .registry import CHALLENGER as CHALLENGER
from .registry import CHAMPION as CHAMPION
from .registry import Version as Version
from .registry import bundle_of as bundle_of
from .registry import crown as crown
from .registry import register as register
from .registry import version_of as version_of
from .registry import versions_of as versions_of
from .runs import EXPERIMENT as EXPERIMENT
from .runs import Run as Run
from .runs import tracked_run as tracked_run
from .served import Served as Served
from .served import load_served as load_served

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "EXPERIMENT",
    "LOCAL_URI",
    "SCORER_TAG",
    "SEAL_TAG",
    "Difference",
    "PastRun",
    "Run",
    "Served",
    "TableSource",
    "Version",
    "audit_head_of",
    "audit_logs_named",
    "bundle_of",
    "check_tracking",
    "crown",
    "differences",
    "is_place",
    "load_served",
    "log_folder",
    "log_trials",
    "past_run",
    "past_runs",
    "register",
    "run_files",
    "tag_audit_head",
    "tracked_run",
    "version_of",
    "versions_of",
]
