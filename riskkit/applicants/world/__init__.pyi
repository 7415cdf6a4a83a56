from .borrowed import Borrowed as Borrowed
from .borrowed import BorrowedFit as BorrowedFit
from .borrowed import BorrowedSpec as BorrowedSpec
from .borrowed import borrow_world as borrow_world
from .borrowed_draw import BorrowedDraw as BorrowedDraw
from .borrowed_draw import draw_borrowed as draw_borrowed
from .borrowed_draw import write_borrowed as write_borrowed
from .calendar import Calendar as Calendar
from .calendar import Festival as Festival
from .dictionary import data_dictionary as data_dictionary
from .dictionary import world_schema as world_schema
from .draw import BLOCK_ROWS as BLOCK_ROWS
from .draw import World as World
from .draw import draw_applicants as draw_applicants
from .draw import write_world as write_world
from .effects import Slope as Slope
from .effects import Steps as Steps
from .fidelity import ColumnFidelity as ColumnFidelity
from .fidelity import Fidelity as Fidelity
from .fidelity import fidelity as fidelity
from .headline import headline_rates as headline_rates
from .hidden import DIALS as DIALS
from .hidden import HiddenFactor as HiddenFactor
from .journey import Incumbent as Incumbent
from .journey import Journey as Journey
from .journey import Timeouts as Timeouts
from .marginals import Choice as Choice
from .marginals import Count as Count
from .marginals import Levels as Levels
from .marginals import LogNormal as LogNormal
from .marginals import Share as Share
from .outcomes import Interaction as Interaction
from .outcomes import Risk as Risk
from .people import Flag as Flag
from .people import Observed as Observed
from .people import People as People
from .people import TraitCorrelations as TraitCorrelations
from .spec import WorldSpec as WorldSpec

__all__ = [
    "BLOCK_ROWS",
    "DIALS",
    "Borrowed",
    "BorrowedDraw",
    "BorrowedFit",
    "BorrowedSpec",
    "Calendar",
    "Choice",
    "ColumnFidelity",
    "Count",
    "Festival",
    "Fidelity",
    "Flag",
    "HiddenFactor",
    "Incumbent",
    "Interaction",
    "Journey",
    "Levels",
    "LogNormal",
    "Observed",
    "People",
    "Risk",
    "Share",
    "Slope",
    "Steps",
    "Timeouts",
    "TraitCorrelations",
    "World",
    "WorldSpec",
    "borrow_world",
    "data_dictionary",
    "draw_applicants",
    "draw_borrowed",
    "fidelity",
    "headline_rates",
    "world_schema",
    "write_borrowed",
    "write_world",
]
