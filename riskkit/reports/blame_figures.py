"""The goods that each gate costs, and the money, as a picture."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from riskkit.decisions import Blame, Reading
from riskkit.reports.blaming import GATE_NAMES
from riskkit.reports.canvas import BLUE, GREY, INK, ORANGE, new_figure, percents, plain_style


def blame_figure(blame: Blame) -> Figure:
    """Draw the goods that each gate costs, and the money.

    Parameters
    ----------
    blame : Blame
        What the gates cost and save.

    Returns
    -------
    Figure
        Bars for estimates, pale ones where only bounds are known; lines for intervals and bounds.
    """
    figure = new_figure(9.0, 3.8)
    left, right = figure.subplots(1, 2, sharey=True)
    gates = blame.gates[::-1]
    panels = (
        (left, "blocked_good_rate", BLUE, "Good customers lost, of all good customers"),
        (right, "net", ORANGE, "Loss saved less value lost [currency]"),
    )
    for axes, name, colour, title in panels:
        plain_style(axes)
        axes.grid(visible=False, axis="y")
        axes.axvline(0, color=GREY, linewidth=1)
        for place, gate in enumerate(gates):
            reading: Reading = getattr(gate, name)
            if reading.point is not None:
                axes.barh(place, reading.point, height=0.55, color=colour)
            else:
                axes.barh(place, reading.upper - reading.lower, left=reading.lower, height=0.55,
                          color=colour, alpha=0.35)  # fmt: skip
            if reading.upper > reading.lower:
                axes.plot([reading.lower, reading.upper], [place, place], color=INK,
                          linewidth=1.6, marker="|", markersize=9)  # fmt: skip
        axes.set_title(title, loc="left", fontsize=10, color=INK)
    left.set_yticks(range(len(gates)), [GATE_NAMES[gate.gate] for gate in gates])
    left.xaxis.set_major_formatter(percents())
    right.xaxis.set_major_locator(MaxNLocator(5))
    right.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return figure
