"""What all figures share: the canvas, its colours, and how it is saved."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from riskkit._files import new_file

#: Dots per inch of saved figures.
DPI = 150
# Okabe and Ito's palette: told apart by colour-blind readers too.
BLUE, ORANGE, GREEN, INK, GREY = "#0072B2", "#D55E00", "#009E73", "#222222", "#7A7A7A"
SKY, YELLOW, PINK = "#56B4E9", "#E69F00", "#CC79A7"
SHADE = "#E4F1EB"


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
