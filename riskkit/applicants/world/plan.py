"""What follows from a spec alone, computed once and used for every block of applicants."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants.world.arrears import ArrearsPlan
from riskkit.applicants.world.calendar import LOAN_MONTHS, CalendarPlan
from riskkit.applicants.world.journey import GatePlan
from riskkit.applicants.world.marginals import Codes
from riskkit.applicants.world.outcomes import RiskPlan
from riskkit.applicants.world.people import ColumnPlan, PeoplePlan
from riskkit.applicants.world.spec import WorldSpec
from riskkit.lending import fee_apr

#: Age bands, from their youngest age on.
AGE_BANDS = {18: "18-24", 25: "25-34", 35: "35-44", 45: "45-54", 55: "55+"}
#: APRs are rounded to a hundredth of a percent.
_APR_DECIMALS = 4


@dataclass(frozen=True, kw_only=True)
class WorldPlan:
    """A world, ready to be drawn from."""

    spec: WorldSpec
    calendar: CalendarPlan
    people: PeoplePlan
    request: dict[str, ColumnPlan]
    gates: GatePlan
    risk: RiskPlan
    arrears: ArrearsPlan

    @classmethod
    def of(cls, spec: WorldSpec) -> "WorldPlan":
        """Prepare a world."""
        supports = {name: marginal.support for name, marginal in spec.columns.items()}
        partners = tuple(str(name) for name in supports["partner"])
        calendar = CalendarPlan.of(spec.calendar, spec.days, partners)
        n_months = int(calendar.month[-1]) + 1
        first = spec.days[0].to_period("M")
        return cls(
            spec=spec,
            calendar=calendar,
            people=PeoplePlan.of(spec.people),
            request={
                name: ColumnPlan.of(column, spec.people.correlations)
                for name, column in spec.request.columns.items()
            },
            gates=GatePlan.of(spec.journey, supports, calendar),
            risk=RiskPlan.of(spec.risk, supports),
            arrears=ArrearsPlan.of(
                spec.arrears,
                loading=spec.macro.loading,
                macro=spec.macro.path(first, n_months + LOAN_MONTHS),
                terms=np.asarray(supports["term"], dtype=np.int64),
                window=spec.window_months,
                hidden=spec.risk.hidden,
            ),
        )

    @cached_property
    def values(self) -> "dict[str, pa.Array | Floats]":
        """What each code of a column stands for, the last of numbers for a missing one."""
        both = {**self.spec.people.columns, **self.spec.request.columns}
        tables = {}
        for name, column in both.items():
            support = column.marginal.support
            if isinstance(support, tuple):
                tables[name] = pa.array(support)
            elif column.may_be_missing or not np.all(support == np.round(support)):
                tables[name] = np.append(support, np.nan)
            else:
                tables[name] = support.astype(np.int32)
        return tables

    @cached_property
    def age_bands(self) -> NDArray[np.int8]:
        """The age band of each code of the age."""
        ages = np.asarray(self.spec.columns["age"].support)
        return (np.searchsorted(list(AGE_BANDS), ages, side="right") - 1).astype(np.int8)

    @cached_property
    def aprs(self) -> Floats:
        """The nominal APR of each code of term and fee, shape (n_terms, n_fees) [fraction]."""
        terms, fees = (self.spec.columns[name].support for name in ("term", "fee_rate"))
        rates = [[fee_apr(float(fee), int(term)).nominal for fee in fees] for term in terms]
        return np.round(rates, _APR_DECIMALS)

    def numbers(self, name: str, codes: Codes) -> Floats:
        """Return the values of a column of numbers that is known of everybody."""
        return np.asarray(self.values[name])[codes].astype(np.float64)

    def column(self, name: str, codes: Codes) -> "pa.Array":
        """Return the values of a drawn column."""
        return as_column(self.values[name], codes)


def as_column(values: "pa.Array | Floats", codes: "Codes | NDArray[np.int8]") -> "pa.Array":
    """Return what codes stand for; -1 is missing."""
    if isinstance(values, np.ndarray):
        return pa.array(values[codes], from_pandas=values.dtype.kind == "f")
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), values)
