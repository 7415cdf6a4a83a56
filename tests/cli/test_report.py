"""riskkit.cli.report"""

import pytest

from riskkit.cli import _report


@pytest.fixture
def report(riskkit, road):
    return lambda *words: riskkit("report", road.table, "--policy", road.policy, *words)


class TestReport:
    @pytest.mark.slow
    def test_writes_one_page(self, report, tmp_path):
        done = report("--out", tmp_path / "report.html", "--lang", "zh-CN", "--json")

        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert done.exit_code == 0
        assert done.json["bytes"] == len(page.encode()) < 8_000_000
        assert done.json["stops"] <= 500
        assert page.startswith("<!DOCTYPE html>")
        assert '<html lang="zh-CN"' in page

    @pytest.mark.slow
    def test_says_what_it_found_and_warns_of_personal_data(self, report, tmp_path):
        (tmp_path / "ids.txt").write_text("A00000001\n\nA00000002\n")

        done = report(
            "--out", tmp_path / "report.html", "--with-applicants", tmp_path / "ids.txt"
        )  # fmt: skip

        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "The policy approves whoever passes" in done.out
        assert "decisions and reasons of 2 applicants: treat it as" in done.out
        assert "A00000001" not in page

    def test_refuses_another_ending(self, report, tmp_path):
        done = report("--out", tmp_path / "report.pdf")

        assert done.exit_code == 2
        assert "--out must end in .html" in done.err

    def test_refuses_to_replace_a_file_unasked(self, report, tmp_path):
        (tmp_path / "report.html").write_text("mine")

        done = report("--out", tmp_path / "report.html")

        assert done.exit_code == 2
        assert (tmp_path / "report.html").read_text() == "mine"

    def test_refuses_plain_ids_of_nobody(self, report, tmp_path):
        done = report("--out", tmp_path / "report.html", "--plain-ids")

        assert done.exit_code == 2
        assert "--plain-ids goes with --with-applicants" in done.err

    def test_refuses_an_empty_list_of_ids(self, report, tmp_path):
        (tmp_path / "ids.txt").write_text("\n")

        done = report("--out", tmp_path / "r.html", "--with-applicants", tmp_path / "ids.txt")

        assert done.exit_code == 2
        assert "must hold one application id a line" in done.err

    def test_refuses_an_absent_list_of_ids(self, report, tmp_path):
        done = report("--out", tmp_path / "r.html", "--with-applicants", tmp_path / "ids.txt")

        assert done.exit_code == 2
        assert "cannot be read as text" in done.err


class TestOpenPage:
    @pytest.fixture
    def opened(self, monkeypatch):
        seen = []
        monkeypatch.setattr(_report.webbrowser, "open", seen.append)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(_report.sys, "platform", "linux")
        return seen

    def test_opens_the_page_where_there_is_a_screen(self, opened, monkeypatch, tmp_path):
        monkeypatch.setenv("DISPLAY", ":0")

        _report.open_page(tmp_path / "report.html")

        assert opened == [(tmp_path / "report.html").as_uri()]

    def test_says_so_where_there_is_none(self, opened, tmp_path, capsys):
        _report.open_page(tmp_path / "report.html")

        assert opened == []
        assert "There is no screen here" in capsys.readouterr().err
