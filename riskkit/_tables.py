"""Tables for terminals: no cell is cut off, however narrow the terminal."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from rich import table
from rich.console import Console, ConsoleOptions, RenderResult

_WIDE = 10_000  # columns of a terminal in which every cell has its place
_WORD = 14  # columns within which words of a text are kept whole, as long as there is room
_LEAST = 6  # columns that a text is left with, for the sake of numbers


class Table(table.Table):
    """Rich's table, which gives numbers the room they need, and folds words that find none.

    Numbers are the columns that are set to the right or not to be wrapped.

    Examples
    --------
    >>> shown = Table("hash", box=None)
    >>> shown.add_column("n", justify="right")
    >>> shown.add_row("0123456789abcdef", "1,234,567")
    >>> console = Console(width=21)
    >>> with console.capture() as printed:
    ...     console.print(shown)
    >>> printed.get().split()
    ['hash', 'n', '01234567', '1,234,567', '89abcdef']
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it, with its columns fitted to the terminal."""
        yield from table.Table.__rich_console__(self._fitted(console, options), console, options)

    def _fitted(self, console: Console, options: ConsoleOptions) -> "Table":
        anywhere = options.update_width(_WIDE)
        sizes = [self._measure_column(console, anywhere, column) for column in self.columns]
        room = options.max_width - self._extra_width
        if sum(size.maximum for size in sizes) <= room:
            return self
        whole = [column.no_wrap or column.justify == "right" for column in self.columns]
        needed = [
            size.minimum if kept else min(size.minimum, _WORD)
            for size, kept in zip(sizes, whole, strict=True)
        ]
        least = [size if kept else _LEAST for size, kept in zip(needed, whole, strict=True)]
        widths = _widths(needed, least, room)
        widths = _widened(widths, [size.maximum for size in sizes], room)
        fitted = copy(self)
        fitted.columns = [
            replace(
                column,
                width=max(1, width - self._get_padding_width(place)),
                no_wrap=False,
                overflow="fold",
            )
            for place, (column, width) in enumerate(zip(self.columns, widths, strict=True))
        ]
        return fitted


def _widths(needed: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    widths = list(needed)
    while sum(widths) > max(room, len(widths)):
        # Words are folded first; numbers only where even then there is no room.
        words = [place for place, width in enumerate(widths) if width > least[place]]
        widths[max(words or range(len(widths)), key=lambda place: widths[place])] -= 1
    return widths


def _widened(widths: list[int], wanted: Sequence[int], room: int) -> list[int]:
    widths = list(widths)
    while sum(widths) < min(room, sum(wanted)):
        poor = [place for place, width in enumerate(widths) if width < wanted[place]]
        widths[min(poor, key=lambda place: widths[place])] += 1
    return widths
