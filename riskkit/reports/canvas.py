"""What all figures share: the canvas, its colours, and how it is saved."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, NullLocator
from scipy.special import logit

from riskkit._checks import Floats
from riskkit._files import new_file

#: Dots per inch of saved figures.
DPI = 150
# Okabe and Ito's palette: told apart by colour-blind readers too.
BLUE, ORANGE, GREEN, INK, GREY = "#0072B2", "#D55E00", "#009E73", "#222222", "#7A7A7A"
SKY, YELLOW, PINK = "#56B4E9", "#E69F00", "#CC79A7"
SHADE = "#E4F1EB"
#: PDs that a log-odds axis may have ticks at: in turn, as long as they keep their distance.
_TICK_PDS = (
    0.5, 0.1, 0.01, 0.001, 0.0001, 0.9, 0.99, 0.999, 0.2, 0.05, 0.02, 0.005, 0.002, 0.0005, 0.8,
    0.95, 0.98, 0.3, 0.7, 0.03, 0.15, 0.07, 0.4, 0.6, 0.04, 0.06, 0.08, 0.12,
)  # fmt: skip
_TICK_DISTANCE = 0.075  # of the axis


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure [inches]."""
    # Without pyplot no figure is kept anywhere, and no window system is asked for.
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def plain_style(axes: Axes) -> None:
    """Draw a quiet grid and only the spines that carry a scale."""
    axes.grid(visible=True, color="#E3E3E3", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9)


def percents() -> FuncFormatter:
    """Return a formatter that writes fractions as percent."""
    return FuncFormatter(lambda fraction, _: as_percent(fraction))


def as_percent(fraction: float) -> str:
    """Return a fraction as percent, with three digits."""
    return f"{100 * fraction:.3g}%"


def log_odds_axis(axis: XAxis | YAxis, margins: Floats) -> None:
    """Give an axis of log-odds ticks at round PDs that keep their distance."""
    low, high = float(np.min(margins)), float(np.max(margins))
    room = 0.1 * (high - low) or 0.5
    low, high = low - room, high + room
    axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})
    ticks: list[float] = []
    for tick in logit(_TICK_PDS).tolist():
        distance = min((abs(tick - other) for other in ticks), default=np.inf)
        if low <= tick <= high and distance >= _TICK_DISTANCE * (high - low):
            ticks.append(tick)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([as_percent(pd_of_margin(tick)) for tick in ticks]))
    axis.set_minor_locator(NullLocator())


def pd_of_margin(margin: float) -> float:
    """Return the PD of a margin [fraction]."""
    return float(1 / (1 + np.exp(-margin)))


def save_figure(figure: Figure, path: Path, *, overwrite: bool = False) -> None:
    """Save a figure as PNG: the file is whole or absent.

    Parameters
    ----------
    figure : Figure
        What to save.
    path : Path
        The file to write.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    DataError
        If the file exists and may not be replaced, or cannot be written.
    """
    with new_file(path, overwrite=overwrite) as draft:
        figure.savefig(draft, format="png", dpi=DPI)
