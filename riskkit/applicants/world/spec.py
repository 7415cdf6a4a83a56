"""WorldSpec: every assumption of a synthetic population in one readable record."""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, Field, model_validator

from riskkit._records import STRICT, as_record, read_record
from riskkit.applicants.world.calendar import Calendar, Macro
from riskkit.applicants.world.chain import Arrears
from riskkit.applicants.world.effects import Steps
from riskkit.applicants.world.journey import Journey
from riskkit.applicants.world.marginals import Choice, Levels, Marginal
from riskkit.applicants.world.outcomes import Money, Risk
from riskkit.applicants.world.people import Columns, People, check_loadings
from riskkit.applicants.world.words import is_computed
from riskkit.errors import DataError

#: Columns of the request that a loan is made of.
NEEDED_REQUEST = ("amount", "term", "fee_rate")
#: Loans may run over so many months.
_TERMS = range(1, 25)


class WorldSpec(BaseModel):
    """A synthetic population: who applies, when, what stops them, and what becomes of them.

    It stands in one YAML file. `preset` gives specs to start from, calibrated to published
    aggregates where there are some.

    Examples
    --------
    >>> from riskkit.applicants.world import preset
    >>> spec = preset("calm")
    >>> spec.journey.exploration
    0.05
    """

    model_config = STRICT

    summary: Mapping[str, str] = Field(default_factory=dict)  #: In a sentence, by language.
    observed_at: date  #: Day on which outcomes are read off, and after the last application.
    months: int = Field(ge=1, le=600)  #: Applications come in over so many [months].
    quiet_months: int = Field(0, ge=0)  #: The last comes in this long before that day [months].
    window_months: int = Field(ge=4, le=24)  #: Performance window after the application [months].
    calendar: Calendar  #: When people apply, and when the platform fails.
    macro: Macro  #: How the economy goes.
    people: People  #: Who they are.
    request: Columns  #: What they ask for.
    journey: Journey  #: What stops them.
    risk: Risk  #: How likely they are to default.
    arrears: Arrears  #: How loans fall behind, month by month.
    money: Money  #: What loans earn and lose.

    @model_validator(mode="after")
    def _check(self) -> "WorldSpec":
        if self.window_months >= self.months + self.quiet_months:
            raise ValueError(
                f"no window closes: window_months {self.window_months} must be below months + "
                f"quiet_months {self.months + self.quiet_months}"
            )
        self._check_request()
        self._check_effects()
        self._check_rules()
        return self

    def _check_request(self) -> None:
        self._check_loan()
        for name, column in self.request.columns.items():
            if column.unknown_if or column.lowest_if or column.grows or column.within_adult_life:
                raise ValueError(f"request.columns.{name} cannot depend on the person's state")
            check_loadings(name, column.loadings, self.people.correlations)
            if column.withheld is not None:
                loadings = column.withheld.loadings
                check_loadings(f"{name}.withheld", loadings, self.people.correlations)
        both = sorted(set(self.people.columns) & set(self.request.columns))
        if both:
            raise ValueError(f"people and request both have a column {both[0]}")
        taken = [name for name in self.columns if is_computed(name)]
        if taken:
            raise ValueError(f"a column cannot be called {taken[0]}, which follows from others")

    def _check_loan(self) -> None:
        for name in NEEDED_REQUEST:
            column = self.request.columns.get(name)
            if column is None or column.may_be_missing or isinstance(column.marginal, Levels):
                raise ValueError(f"request.columns.{name} must be a number known of everybody")
            if np.min(np.asarray(column.marginal.support, dtype=np.float64)) < 0:
                raise ValueError(f"request.columns.{name} must not be negative")
        term = self.request.columns["term"].marginal
        if not isinstance(term, Choice) or not all(n in _TERMS for n in term.support):
            raise ValueError(
                "request.columns.term must have kind: choice, of whole numbers from 1 to 24"
            )

    def _check_effects(self) -> None:
        for key, effects in (
            ("risk.effects", self.risk.effects),
            ("journey.incumbent.effects", self.journey.incumbent.effects),
        ):
            for name, effect in effects.items():
                marginal = self._marginal(f"{key}.{name}", name)
                if isinstance(marginal, Levels) != isinstance(effect, Steps):
                    wanted = "steps" if isinstance(marginal, Levels) else "slope"
                    raise ValueError(f"{key}.{name} must have kind: {wanted}")
                if isinstance(effect, Steps):
                    for level in effect.weights:
                        self._check_value(f"{key}.{name}.weights", name, level)

    def _check_rules(self) -> None:
        for name in self.journey.record_limits:
            if isinstance(self._marginal(f"journey.record_limits.{name}", name), Levels):
                raise ValueError(f"journey.record_limits.{name} must name a column of numbers")
        for product in self.journey.policy.not_offered:
            for name, value in product.items():
                key = f"journey.policy.not_offered.{name}"
                self._marginal(key, name)
                self._check_value(key, name, value)
        for change in self.calendar.interface_changes:
            self._check_value("calendar.interface_changes.partner", "partner", change.partner)

    def _marginal(self, key: str, name: str) -> Marginal:
        if name not in self.columns:
            raise ValueError(f"{key} is no column; take one of {', '.join(self.columns)}")
        return self.columns[name]

    def _check_value(self, key: str, name: str, value: object) -> None:
        there = list(self.columns[name].support)
        if value not in there:
            shown = ", ".join(map(str, there[:8]))
            raise ValueError(f"{key} names {value!r}, which is none of {shown}")

    @property
    def columns(self) -> dict[str, Marginal]:
        """The distribution of every drawn column, by name."""
        both = {**self.people.columns, **self.request.columns}
        return {name: column.marginal for name, column in both.items()}

    @property
    def days(self) -> pd.DatetimeIndex:
        """The local days on which people apply."""
        end = pd.Timestamp(self.observed_at) - pd.DateOffset(months=self.quiet_months)
        return pd.date_range(end - pd.DateOffset(months=self.months), end, inclusive="left")

    @property
    def last_closed(self) -> pd.Timestamp:
        """The last moment of an application whose window is closed when outcomes are read off."""
        return pd.Timestamp(self.observed_at) - pd.DateOffset(months=self.window_months)

    def with_settings(self, settings: Mapping[str, Any]) -> "WorldSpec":
        """Return the spec with some values changed.

        Parameters
        ----------
        settings : mapping of str to object
            New values by dotted key.

        Returns
        -------
        WorldSpec
            Checked anew.

        Raises
        ------
        DataError
            If there is no such key, or a value breaks a rule.

        Examples
        --------
        >>> from riskkit.applicants.world import preset
        >>> preset("calm").with_settings({"journey.exploration": 0.1}).journey.exploration
        0.1
        """
        content = self.model_dump(mode="json")
        for key, value in settings.items():
            _set(content, key, value)
        return as_record(WorldSpec, content, source="the changed world")

    @classmethod
    def read(cls, path: Path) -> "WorldSpec":
        """Read a spec from YAML.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        WorldSpec
            What it says.

        Raises
        ------
        DataError
            If the file is absent, is not YAML, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, path)

    def write(self, path: Path) -> None:
        """Write the spec as YAML, every assumption spelt out.

        Parameters
        ----------
        path : Path
            The file to write.
        """
        content = yaml.safe_dump(
            self.model_dump(mode="json"), sort_keys=False, width=100, allow_unicode=True
        )
        path.write_text(content, encoding="utf-8")


def _set(content: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    place: Any = content
    for i in range(len(parents)):
        place = place[_key_in(place, key, i)]
    if place == {}:  # such as people.drift, where there is nothing yet
        place[last] = value
    else:
        place[_key_in(place, key, len(parents))] = value


def _key_in(place: Any, key: str, depth: int) -> str | int:
    parts = key.split(".")
    part, parent = parts[depth], ".".join(parts[:depth])
    if isinstance(place, list) and part.isdecimal() and int(part) < len(place):
        return int(part)
    if isinstance(place, dict) and part in place:
        return part
    if isinstance(place, dict):
        near = get_close_matches(part, list(place), n=1)
        hint = f"the nearest is {near[0]}" if near else f"take one of {', '.join(place)}"
    else:
        hint = f"set {parent} as a whole, such as {parent}={{...}}"
    raise DataError(f"{key}: there is no {'.'.join(parts[: depth + 1])}; {hint}.")
