"""Who blocks the good customers, as a table and a picture that a manager reads."""

from collections.abc import Sequence

import pandas as pd
from rich import box

from riskkit._tables import Table
from riskkit.decisions import (
    Blame,
    Fairness,
    FairPoint,
    GapPrice,
    GateBlame,
    PolicyEffect,
    Reading,
)
from riskkit.reports.tables import percent

#: What each gate is called.
GATE_NAMES = {
    "system": "system",
    "profile": "profile",
    "credit_record": "credit record",
    "score": "score",
    "policy": "policy",
    "all": "all",
}
_NUMBERS = ("goods", "blocked_good_rate", "first_goods", "sole_goods", "bads", "loss_saved",
            "value_lost", "net")  # fmt: skip


def blame_frame(blame: Blame) -> pd.DataFrame:
    """Return blame as plain rows, one for each gate and the last for all.

    Parameters
    ----------
    blame : Blame
        What the gates cost and save.

    Returns
    -------
    DataFrame
        ``gate``, ``stopped_first`` and, for each number, its point (missing where there is none),
        ``_lower``, ``_upper`` and ``_how``.
    """
    rows = []
    for gate in (*blame.gates, blame.total):
        row: dict[str, object] = {"gate": gate.gate, "stopped_first": gate.n_first}
        for name in _NUMBERS:
            reading: Reading = getattr(gate, name)
            row |= {
                name: reading.point,
                f"{name}_lower": reading.lower,
                f"{name}_upper": reading.upper,
                f"{name}_how": reading.how,
            }
        rows.append(row)
    return pd.DataFrame(rows)


def blame_table(blame: Blame, *, title: str = "Who blocks the good customers") -> Table:
    """Return what each gate costs and saves.

    Parameters
    ----------
    blame : Blame
        What the gates cost and save.
    title : str
        Heading.

    Returns
    -------
    Table
        One row per gate, the last for all.
    """
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("gate")
    for heading in (
        "stopped first", "goods lost", "of all goods", "it alone", "loss saved", "net money"
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    table.add_column("known")
    for gate in blame.gates:
        table.add_row(*_cells(gate))
    table.add_section()
    table.add_row(*_cells(blame.total))
    return table


def blame_words(blame: Blame) -> list[str]:
    """Return what the numbers of a blame mean.

    Parameters
    ----------
    blame : Blame
        What the gates cost and save.

    Returns
    -------
    list of str
        Sentences.
    """
    words = [
        f"{blame.n_journeys:,} requests; the attempts of one request count once, as served if one "
        "of them was.",
        "Goods lost: where several gates stop a request they share it (Shapley value), so that the "
        "gates add up. It alone: goods whom lifting this gate alone would serve.",
        "Net money: loss saved on bads less what the goods would have brought, and what those who "
        "leave take with them; below 0 the gate costs more than it saves.",
    ]
    hows = {getattr(gate, name).how for gate in (*blame.gates, blame.total) for name in _NUMBERS}
    told = {
        "true": "True: counted, every outcome and verdict is known.",
        "estimated": f"Estimated: with an approximate {percent(blame.confidence, 0)} interval; the "
        "goods among the stopped from random approvals, by inverse propensity.",
        "bounded": "Bounded: the range holds whatever those never approved would have done, and "
        "whatever the gates that nobody asked would have said.",
    }
    return [*words, *(sentence for how, sentence in told.items() if how in hows)]


def fairness_table(fairness: Fairness) -> Table:
    """Return the false rejection rates of the groups of one column.

    Parameters
    ----------
    fairness : Fairness
        What was measured.

    Returns
    -------
    Table
        One row per group.
    """
    table = Table(
        title=f"False rejections by {fairness.by}", title_justify="left", box=box.SIMPLE_HEAD
    )
    table.add_column(fairness.by)
    for heading in (
        "at score gate",
        "approved",
        "goods rejected",
        "labelled rows only",
        "at worst",
    ):
        table.add_column(heading, justify="right")
    for group in fairness.groups:
        table.add_row(
            group.group,
            f"{group.n_applicants:,}",
            percent(group.approval_rate, 1),
            _rate(group.false_rejection_rate),
            percent(group.labelled_only, 1),
            f"{percent(group.worst[0], 1)} to {percent(group.worst[1], 1)}",
        )
    return table


def fairness_words(fairness: Fairness) -> list[str]:
    """Return what the gaps between groups are.

    Parameters
    ----------
    fairness : Fairness
        What was measured.

    Returns
    -------
    list of str
        Sentences.
    """
    highest, lowest = fairness.groups[-1].group, fairness.groups[0].group
    gap = fairness.gap
    size = (
        f"between {_points(gap.lower)} and {_points(gap.upper)} ({gap.how})"
        if gap.point is None
        else f"{_points(gap.point)}, {_points(gap.lower)} to {_points(gap.upper)} ({gap.how})"
    )
    words = [
        f"Gap between {highest} and {lowest}: {size}; "
        f"{percent(fairness.confidence, 0)} interval over all pairs of groups.",
    ]
    if fairness.labels != "everybody":
        words.append(_labelled_words(fairness))
    if fairness.too_few:
        words.append(f"Too few known goods to tell: {', '.join(fairness.too_few)}.")
    note = "" if fairness.approval_ratio >= 0.8 else "; below 0.8, which calls for reasons"  # noqa: PLR2004 - the four-fifths rule
    return [*words, f"Lowest over highest approval rate: {fairness.approval_ratio:.2f}{note}."]


def _labelled_words(fairness: Fairness) -> str:
    shown, gap = fairness.labelled_gap, fairness.gap
    if shown is None:
        return "Labelled rows only would show no gap: of some group they know no goods."
    misleads = "" if gap.lower <= shown <= gap.upper else ", outside these bounds; they mislead"
    return f"Labelled rows only would show a gap of {_points(shown)}{misleads}."


def fair_choice_words(
    price: GapPrice | None, alternatives: Sequence[FairPoint], best: FairPoint
) -> list[str]:
    """Return what less of a gap costs, and what discriminates less for nearly the same money.

    Parameters
    ----------
    price : GapPrice or None
        Of a limit on the gap.
    alternatives : sequence of FairPoint
        From the most profitable to the fairest.
    best : FairPoint
        The most profitable of all.

    Returns
    -------
    list of str
        Sentences.
    """
    words = [f"Most profitable: {_choice(best)}."]
    if price is not None:
        words.append(
            f"With a gap of at most {_points(price.at_most)}: {_choice(price.fair)}. It costs "
            f"{price.profit_lost:,.2f} per applicant and {_points(price.goods_lost)} of the goods "
            "(below 0: more goods are served)."
        )
    if not alternatives:
        return [*words, "Nothing with nearly the same profit has a smaller gap."]
    return [
        *words,
        *(
            f"Less discriminatory: {_choice(point)}; "
            f"{percent(1 - point.profit / best.profit if best.profit else 0.0)} less profit."
            for point in alternatives
        ),
    ]


def changes_table(effects: Sequence[PolicyEffect]) -> Table:
    """Return what each change of policy did.

    Parameters
    ----------
    effects : sequence of PolicyEffect
        One for each date.

    Returns
    -------
    Table
        Four rows per date.
    """
    table = Table(title="What each change did", title_justify="left", box=box.SIMPLE_HEAD)
    for heading, justify in (
        ("from", "left"), ("rate", "left"), ("before", "right"), ("after, same mix", "right"),
        ("change", "right"), ("interval", "right"), ("whoever applied", "right"),
    ):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for effect in effects:
        for name, title in _RATES.items():
            found = getattr(effect, name)
            if found is None:
                table.add_row(str(effect.date), title, "", "", "", "windows still open", "")
                continue
            shown = _money if name == "profit" else _points
            level = _money if name == "profit" else (lambda rate: percent(rate, 1))
            change = found.change
            table.add_row(
                str(effect.date),
                title,
                "?" if found.before is None else level(found.before),
                "?" if found.after is None else level(found.after),
                "?" if change.point is None else shown(change.point),
                f"{shown(change.lower)} to {shown(change.upper)}",
                "?" if found.naive is None else shown(found.naive),
            )
        table.add_section()
    return table


_RATES = {
    "approval_rate": "approved of all",
    "bad_rate": "bads of approved",
    "false_rejection_rate": "goods not approved",
    "profit": "profit each",
}


def _cells(gate: GateBlame) -> tuple[str, ...]:
    hows = {getattr(gate, name).how for name in ("blocked_good_rate", "goods")}
    return (
        GATE_NAMES[gate.gate],
        f"{gate.n_first:,}",
        _count(gate.goods),
        _rate(gate.blocked_good_rate),
        _count(gate.sole_goods),
        _count(gate.loss_saved),
        _count(gate.net),
        " / ".join(sorted(hows)),
    )


def _count(reading: Reading) -> str:
    span = f"{reading.lower:,.0f} to {reading.upper:,.0f}"
    if reading.point is None:
        return span
    exact = reading.upper == reading.lower
    return f"{reading.point:,.0f}" if exact else f"{reading.point:,.0f}\n({span})"


def _rate(reading: Reading) -> str:
    span = f"{percent(reading.lower, 1)} to {percent(reading.upper, 1)}"
    if reading.point is None:
        return span
    exact = reading.upper == reading.lower
    return percent(reading.point, 1) if exact else f"{percent(reading.point, 1)}\n({span})"


def _points(fraction: float) -> str:
    return f"{100 * fraction:.1f} points"


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _choice(point: FairPoint) -> str:
    return (
        f"{point.model}, PD cut-off {point.pd_cutoff:.4f}, gap {_points(point.gap)}, "
        f"{percent(point.approval_rate, 1)} approved, {percent(point.false_rejection_rate, 1)} of "
        f"the goods rejected, profit {point.profit:,.2f} per applicant"
    )
