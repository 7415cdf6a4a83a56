from .data import TableSource as TableSource
from .places import LOCAL_URI as LOCAL_URI
from .places import check_tracking as check_tracking
from .runs import EXPERIMENT as EXPERIMENT
from .runs import Run as Run
from .runs import tracked_run as tracked_run
from .served import Served as Served
from .served import load_served as load_served

__all__ = [
    "EXPERIMENT",
    "LOCAL_URI",
    "Run",
    "Served",
    "TableSource",
    "check_tracking",
    "load_served",
    "tracked_run",
]
