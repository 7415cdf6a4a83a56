"""What a lender would have seen of a world on another day."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from riskkit.applicants.world.draw import World
from riskkit.errors import DataError


def seen_on(world: World, day: date) -> World:
    """Return a world as a lender would have seen it at the beginning of a day.

    Parameters
    ----------
    world : World
        Drawn applicants.
    day : date
        When outcomes are read off; earlier or later than the world's own day [UTC].

    Returns
    -------
    World
        The applications made before that day, with the outcomes of those approved whose window had
        closed by then: an early default in an open window is not known yet.

    Raises
    ------
    DataError
        If nobody had applied by then.

    Examples
    --------
    >>> from riskkit.applicants.world import draw_applicants, preset
    >>> world = draw_applicants(preset("calm"), 2_000, seed=1)
    >>> earlier = seen_on(world, date(2025, 4, 1))
    >>> len(earlier.applications) < 2_000
    True
    >>> earlier.applications["bad"].notna().sum() < world.applications["bad"].notna().sum()
    np.True_
    """
    moment = pd.Timestamp(day)
    there = (world.applications["applied_at"] < moment).to_numpy()
    if not there.any():
        raise DataError(f"day must come after the first application, but is {day}.")
    applications = world.applications[there].reset_index(drop=True)
    truth = world.truth[there].reset_index(drop=True)
    last_closed = moment - pd.DateOffset(months=world.schema.window_months)
    known = (applications["approved"] == 1) & (applications["applied_at"] <= last_closed)
    return replace(
        world,
        applications=applications.assign(bad=np.where(known, truth["truth_bad"], np.nan)),
        truth=truth,
        schema=world.schema.model_copy(update={"observed_at": day}),
    )
