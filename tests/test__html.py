"""riskkit._html"""

from riskkit._html import html_table


class TestHtmlTable:
    def test_holds_every_row(self):
        table = html_table("Rates", [("bad rate", 0.02), ("approved", 7)], header=("", "value"))

        assert table.count("<tr>") == 3
        assert "<caption>Rates</caption>" in table
        assert "<td>0.02</td>" in table

    def test_escapes_all_it_is_given(self):
        table = html_table("<i>", [("<b>", "<u>")], header=("<s>",), note="<script>")

        assert not any(tag in table for tag in ("<i>", "<b>", "<u>", "<s>", "<script>"))
