"""WorldSpec: every assumption of a synthetic population in one readable record."""

from datetime import date
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, Field, model_validator

from riskkit._records import STRICT, read_record
from riskkit.applicants.world.calendar import Calendar
from riskkit.applicants.world.effects import Effect, Steps
from riskkit.applicants.world.journey import Journey
from riskkit.applicants.world.marginals import Levels
from riskkit.applicants.world.outcomes import Risk
from riskkit.applicants.world.people import People


class WorldSpec(BaseModel):
    """A synthetic population: who applies, when, what stops them, and what becomes of them.

    Its defaults are calibrated to plausible, published aggregates where one is named: a pool of
    approved loans with 3 to 4.6 % bads, terms of 3, 6, 12 and 24 instalments, balances around
    2,000 CNY, sales festivals ending on 18 June and 11 November.

    Examples
    --------
    >>> spec = WorldSpec()
    >>> spec.journey.exploration
    0.05
    """

    model_config = STRICT

    observed_at: date = date(2026, 10, 1)  #: Day on which outcomes are read off.
    months: int = Field(36, ge=1, le=600)  #: Applications come in over so many [months].
    quiet_months: int = Field(12, ge=0)  #: The last comes in this long before that day [months].
    window_months: int = Field(12, ge=1)  #: Performance window after the application [months].
    calendar: Calendar = Calendar()  #: When people apply.
    people: People = People()  #: Who they are and what they ask for.
    journey: Journey = Journey()  #: What stops them.
    risk: Risk = Risk()  #: What becomes of them.

    @model_validator(mode="after")
    def _check(self) -> "WorldSpec":
        if self.window_months >= self.months + self.quiet_months:
            raise ValueError(
                f"no window closes: window_months {self.window_months} must be below months + "
                f"quiet_months {self.months + self.quiet_months}"
            )
        for key, effects in (
            ("risk.effects", self.risk.effects),
            ("journey.incumbent.effects", self.journey.incumbent.effects),
        ):
            for name, effect in effects.items():
                self._check_effect(f"{key}.{name}", name, effect)
        for pair in self.risk.interactions:
            for name in (pair.first, pair.second):
                if name not in self.risk.effects:
                    raise ValueError(f"risk.interactions: {name} has no effect of its own")
        return self

    def _check_effect(self, key: str, name: str, effect: Effect) -> None:
        columns = self.people.observed
        if name not in columns:
            raise ValueError(f"{key} is no column; take one of {', '.join(columns)}")
        marginal = columns[name].marginal
        if isinstance(marginal, Levels) != isinstance(effect, Steps):
            wanted = "steps" if isinstance(marginal, Levels) else "slope"
            raise ValueError(f"{key} must have kind: {wanted}")
        if isinstance(marginal, Levels) and isinstance(effect, Steps):
            unknown = [level for level in effect.weights if level not in marginal.shares]
            if unknown:
                raise ValueError(f"{key}.{unknown[0]} is none of {', '.join(marginal.shares)}")

    @property
    def days(self) -> pd.DatetimeIndex:
        """The local days on which people apply."""
        end = pd.Timestamp(self.observed_at) - pd.DateOffset(months=self.quiet_months)
        return pd.date_range(end - pd.DateOffset(months=self.months), end, inclusive="left")

    @property
    def last_closed(self) -> pd.Timestamp:
        """The last moment of an application whose window is closed when outcomes are read off."""
        return pd.Timestamp(self.observed_at) - pd.DateOffset(months=self.window_months)

    @classmethod
    def read(cls, path: Path) -> "WorldSpec":
        """Read a spec from YAML; what it leaves out is as in ``WorldSpec()``.

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
        content = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, width=100)
        path.write_text(content, encoding="utf-8")
