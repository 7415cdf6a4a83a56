"""The report in a real browser: Debian's chromium, without a network."""

import json
import re
import shutil
from base64 import b64decode

import pytest

from riskkit.reports import Lookup, new_report, render_report
from riskkit.reports.page._samples import samples_of, scored

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which(CHROMIUM) and shutil.which(DRIVER)),
        reason="no chromium with a driver here: apt-get install chromium chromium-driver",
    ),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """Start a browser with a profile of its own."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
        "--window-size=1280,900",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def stopped(tuned, history):
    """Return the id of an applicant whom the score gate rejects."""
    part = samples_of(tuned.bundle, scored(tuned.bundle, history))["out_of_time"].matured()
    rejected = part.take(part.pds > tuned.bundle.policy.pd_cutoff)
    return str(rejected.history.applications.ids[0])


@pytest.fixture(scope="module")
def report(tuned, history, stopped):
    return new_report(tuned.bundle, history, table="loans.csv", lookup=Lookup(ids=[stopped]))


@pytest.fixture(scope="module")
def address(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_report(report), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(chromium, address):
    resize(chromium, 1280, mobile=False)
    chromium.get_log("performance")
    chromium.get(address)
    return chromium


def resize(chromium, width, *, mobile):
    chromium.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": mobile},
    )


def text_of(page, element):
    return page.find_element("id", element).text


def move_to(page, stop):
    page.execute_script(
        "const s = document.getElementById('slider'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input'))",
        stop,
    )


def speak(page, language):
    page.find_element("css selector", f"button[data-language='{language}']").click()


def percent(rate, digits):
    return f"{rate:.{digits}%}"


def test_is_silent_and_sends_nothing(page):
    for stop in (0, 50, 100):
        move_to(page, stop)
    speak(page, "zh-CN")

    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    ]
    assert asked  # the file itself: the log does log
    assert all(url.startswith(("file://", "data:")) for url in asked)
    assert page.get_log("browser") == []


def test_slider_moves_the_numbers_to_those_of_the_python_api(page, report):
    groups = report.data["samples"][0]["groups"]
    curve = groups[0]["curve"]

    for stop in (40, report.data["chosen"], len(report.data["stops"]) - 20):
        move_to(page, stop)

        assert text_of(page, "cutoff") == f"{100 * report.data['stops'][stop]:.3g}%"
        for rate, digits in (("bad_rate", 2), ("false_rejection_rate", 1)):
            shown = text_of(page, f"read-{rate}").splitlines()
            limits = (percent(curve[f"{rate}_{end}"][stop], digits) for end in ("lower", "upper"))
            assert shown == [percent(curve[rate][stop], digits), " to ".join(limits)]
            labelled = percent(curve[f"labelled_{rate}"][stop], digits)
            worst = (
                percent(curve[f"worst_{rate}_{end}"][stop], digits) for end in ("lower", "upper")
            )
            assert text_of(page, f"read-labelled_{rate}").endswith(labelled)
            assert text_of(page, f"read-worst_{rate}").endswith(" to ".join(worst))
        profit = f"{curve['profit'][stop]:,.2f}".replace("-", "\N{MINUS SIGN}")
        assert text_of(page, "read-profit").startswith(profit)
        assert text_of(page, "read-goods_blocked").startswith(
            f"{curve['goods_blocked'][stop]:,.0f}"
        )


def test_slider_moves_the_segments(page, report):
    groups = report.data["samples"][0]["groups"]
    stop = len(report.data["stops"]) - 20

    move_to(page, stop)

    rows = page.find_elements("css selector", "#segments-table tbody tr:not(.group)")
    assert len(rows) == len(groups)
    for row, group in zip(rows, groups, strict=True):
        cells = [cell.text.splitlines()[0] for cell in row.find_elements("css selector", "td")]
        assert cells[0] == f"{group['n']:,}"
        assert cells[1] == percent(group["curve"]["approval_rate"][stop], 1)


def test_keyboard_moves_the_slider(page, report):
    from selenium.webdriver.common.keys import Keys

    slider = page.find_element("id", "slider")

    slider.send_keys(Keys.ARROW_RIGHT)

    stop = report.data["chosen"] + 1
    assert text_of(page, "cutoff") == f"{100 * report.data['stops'][stop]:.3g}%"
    assert text_of(page, "cutoff") in slider.get_attribute("aria-valuetext")


def test_other_applicants_and_samples_can_be_chosen(page, report):
    tuning = report.data["samples"][1]["groups"]

    page.find_element("css selector", "#sample option[value='1']").click()
    page.find_element("css selector", "#group option[value='2']").click()

    shown = text_of(page, "read-approval_rate").splitlines()[0]
    assert shown == percent(tuning[2]["curve"]["approval_rate"][report.data["chosen"]], 1)


def test_no_group_is_called_certified(chromium, certified, known_history, tmp_path):
    found = new_report(certified.bundle, known_history[0])
    assert found.data["certified"][found.data["chosen"]] == 1
    path = tmp_path / "report.html"
    path.write_text(render_report(found), encoding="utf-8")
    resize(chromium, 1280, mobile=False)
    chromium.get(path.as_uri())

    def shown():
        badge = chromium.find_element("id", "badge")
        cells = "return [...document.querySelectorAll('#tradeoff-table tbody td:last-child')]"
        said = chromium.find_element("id", "slider").get_attribute("aria-valuetext")
        column = set(chromium.execute_script(cells + ".map((td) => td.textContent)"))
        return badge.text, badge.get_attribute("class"), said.split(", ", 2)[2], column

    assert shown() == ("certified", "badge yes", "certified", {"yes", "no"})

    chromium.find_element("css selector", "#group option:nth-child(2)").click()

    only = "certified for all applicants, not for this group"
    assert shown() == (only, "badge", only, {""})


def test_past_policy_is_one_click_away(page, report):
    past = report.data["samples"][0]["groups"][0]["incumbent"]["approval_rate"]

    page.find_element("id", "to-past").click()

    shown = float(text_of(page, "read-approval_rate").splitlines()[0].rstrip("%"))
    assert shown == pytest.approx(100 * past, abs=1)


def test_language_can_be_switched(page):
    assert page.find_element("css selector", "h1").text == "Credit policy report"

    speak(page, "zh-CN")

    body = page.find_element("css selector", "main").text
    assert page.find_element("css selector", "h1").text == "信贷策略报告"
    assert page.find_element("css selector", "html").get_attribute("lang") == "zh-CN"
    assert "误拒率" in body
    assert "False rejection rate" not in body
    assert page.title == "信贷策略报告"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_has_no_barrier_that_axe_finds(page, language):
    from axe_core_python.selenium import Axe

    speak(page, language)

    found = Axe().run(page)
    broken = {rule["id"]: rule["nodes"][0]["html"] for rule in found["violations"]}
    assert broken == {}
    assert len(found["passes"]) > 20  # it did look


def test_axe_would_find_a_barrier(page):
    from axe_core_python.selenium import Axe

    page.execute_script("document.querySelector('label[for=slider]').remove()")

    assert "label" in {rule["id"] for rule in Axe().run(page)["violations"]}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_fits_the_width(chromium, address, width):
    resize(chromium, width, mobile=width < 800)
    chromium.get(address)

    wide = chromium.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
    drawn = chromium.find_element("css selector", "#chart-bad_rate svg").size["width"]
    assert 240 < drawn <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_leaves_room_for_the_names_of_gates(chromium, address, width):
    resize(chromium, width, mobile=width < 800)
    chromium.get(address)

    names = chromium.find_elements("css selector", "#blame tbody th, #gates tbody th")
    assert len(names) > 6
    assert min(name.size["width"] for name in names) > 100
    if width > 800:
        hidden = "return Array.from(document.querySelectorAll('#blame .scroll')).map("
        assert chromium.execute_script(hidden + "(x) => x.scrollWidth - x.clientWidth)") == [0]


def test_prints_without_controls_on_a_few_pages(page):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    hidden = ("nav", ".tools", "#slider", "#to-past", "#lookup-form")
    shown = [name for name in hidden if page.find_element("css selector", name).is_displayed()]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    pdf = b64decode(page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])

    n_pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert shown == []
    assert pdf.startswith(b"%PDF")
    assert 4 <= n_pages <= 14


class TestLookup:
    def look_up(self, page, application_id):
        page.find_element("id", "lookup-id").send_keys(application_id + "\n")
        return text_of(page, "lookup-found")

    def test_finds_a_hashed_id(self, page, report, stopped):
        (entry,) = report.data["lookup"]["entries"].values()

        shown = self.look_up(page, stopped)

        assert stopped in shown
        assert all(reason["words"]["en"] in shown for reason in entry["reasons"])
        assert entry["say"]["en"] in shown
        assert entry["steps"]["heading"]["en"] in shown
        assert all(change["en"] in shown for plan in entry["steps"]["plans"] for change in plan)

    def test_says_when_there_is_none(self, page):
        assert "holds no application with that number" in self.look_up(page, "__proto__")
