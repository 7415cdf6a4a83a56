from .block import BLOCK_ROWS as BLOCK_ROWS
from .block import Block as Block
from .book import loan_book as loan_book
from .borrowed import Borrowed as Borrowed
from .borrowed import BorrowedFit as BorrowedFit
from .borrowed import BorrowedSpec as BorrowedSpec
from .borrowed import borrow_world as borrow_world
from .borrowed_draw import BorrowedDraw as BorrowedDraw
from .borrowed_draw import draw_borrowed as draw_borrowed
from .borrowed_draw import write_borrowed as write_borrowed
from .calendar import Breakdown as Breakdown
from .calendar import Calendar as Calendar
from .calendar import Festival as Festival
from .calendar import InterfaceChange as InterfaceChange
from .calendar import Macro as Macro
from .calendar import Shock as Shock
from .calendar import Timeouts as Timeouts
from .calendar import day_loads as day_loads
from .calendar import festival_days as festival_days
from .chain import Arrears as Arrears
from .chain import Chain as Chain
from .chain import Roll as Roll
from .dictionary import data_dictionary as data_dictionary
from .dictionary import world_schema as world_schema
from .draw import World as World
from .draw import draw_applicants as draw_applicants
from .draw import draw_blocks as draw_blocks
from .effects import Slope as Slope
from .effects import Steps as Steps
from .fidelity import ColumnFidelity as ColumnFidelity
from .fidelity import Fidelity as Fidelity
from .fidelity import comparable as comparable
from .fidelity import fidelity as fidelity
from .headline import headline_rates as headline_rates
from .hidden import DIALS as DIALS
from .hidden import Dial as Dial
from .hidden import HiddenFactor as HiddenFactor
from .journey import Appetite as Appetite
from .journey import Incumbent as Incumbent
from .journey import Journey as Journey
from .journey import PolicyRules as PolicyRules
from .marginals import Choice as Choice
from .marginals import Count as Count
from .marginals import Levels as Levels
from .marginals import LogNormal as LogNormal
from .marginals import Share as Share
from .maturity import seen_on as seen_on
from .outcomes import Interaction as Interaction
from .outcomes import Money as Money
from .outcomes import Risk as Risk
from .people import Columns as Columns
from .people import Flag as Flag
from .people import Observed as Observed
from .people import People as People
from .people import TraitCorrelations as TraitCorrelations
from .plan import WorldPlan as WorldPlan
from .presets import PRESETS as PRESETS
from .presets import preset as preset
from .presets import with_hidden_selection as with_hidden_selection
from .spec import WorldSpec as WorldSpec
from .write import write_world as write_world

__all__ = [
    "BLOCK_ROWS",
    "DIALS",
    "PRESETS",
    "Appetite",
    "Arrears",
    "Block",
    "Borrowed",
    "BorrowedDraw",
    "BorrowedFit",
    "BorrowedSpec",
    "Breakdown",
    "Calendar",
    "Chain",
    "Choice",
    "ColumnFidelity",
    "Columns",
    "Count",
    "Dial",
    "Festival",
    "Fidelity",
    "Flag",
    "HiddenFactor",
    "Incumbent",
    "Interaction",
    "InterfaceChange",
    "Journey",
    "Levels",
    "LogNormal",
    "Macro",
    "Money",
    "Observed",
    "People",
    "PolicyRules",
    "Risk",
    "Roll",
    "Share",
    "Shock",
    "Slope",
    "Steps",
    "Timeouts",
    "TraitCorrelations",
    "World",
    "WorldPlan",
    "WorldSpec",
    "borrow_world",
    "comparable",
    "data_dictionary",
    "day_loads",
    "draw_applicants",
    "draw_blocks",
    "draw_borrowed",
    "festival_days",
    "fidelity",
    "headline_rates",
    "loan_book",
    "preset",
    "seen_on",
    "with_hidden_selection",
    "world_schema",
    "write_borrowed",
    "write_world",
]
