"""riskkit._tables"""

import pytest
from rich.console import Console

from riskkit._tables import Table

HASH = "0123456789abcdef" * 4


def printed(table, width):
    console = Console(width=width)
    with console.capture() as shown:
        console.print(table)
    return shown.get()


@pytest.fixture
def table():
    shown = Table()
    shown.add_column("gate", no_wrap=True)
    for heading in ("goods lost", "money saved", "applications"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("seal")
    shown.add_row("credit record and more", "12.34%", "-1,234,567", "9,876,543", HASH)
    return shown


class TestTable:
    @pytest.mark.parametrize("width", [80, 100, 200])
    def test_keeps_numbers_whole(self, table, width):
        shown = printed(table, width)

        assert "\u2026" not in shown
        for number in ("12.34%", "-1,234,567", "9,876,543"):
            assert number in shown
        assert max(map(len, shown.splitlines())) <= width

    @pytest.mark.parametrize("width", [30, 50, 80, 200])
    def test_loses_no_character(self, table, width):
        lines = [line for line in printed(table, width).splitlines() if line.count("\u2502") == 6]
        cells = [line.split("\u2502") for line in lines]

        assert "".join(row[5].strip() for row in cells) == HASH
        assert "".join(row[3].strip() for row in cells) == "-1,234,567"

    def test_is_as_wide_as_before_where_there_is_room(self, table):
        printed(table, 50)

        assert HASH in printed(table, 200)
