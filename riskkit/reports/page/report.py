"""The report of a policy as one HTML file: no network, nothing that is not escaped."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from riskkit import __version__
from riskkit._checks import Floats
from riskkit.applicants import History
from riskkit.bundle import Bundle
from riskkit.errors import DataError
from riskkit.explanations import LANGUAGES, Catalogue, Language, Words, new_catalogue
from riskkit.reports.page import (
    _blame,
    _card,
    _pictures,
    _quality,
    _rejections,
    _sentences,
    _sliders,
    _swap,
)
from riskkit.reports.page._lookup import Lookup, lookup_of
from riskkit.reports.page._plain import embedded
from riskkit.reports.page._samples import Scored, samples_of, scored, shown_samples
from riskkit.reports.page._words import catalogue as all_words
from riskkit.reports.page._words import listed, marked, say
from riskkit.reports.tables import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a page shows, as plain data; `render_report` makes the page."""

    data: Mapping[str, Any]  #: What the page computes with, embedded as JSON.
    page: Mapping[str, Any]  #: What the template fills in.
    sections: Sequence[str] = field(default_factory=tuple)  #: What there are data for, in order.


def new_report(  # noqa: PLR0913 - what is reported, under which name, for whom
    bundle: Bundle,
    history: History,
    *,
    table: str = "",
    champion: Bundle | None = None,
    lookup: Lookup | None = None,
    catalogue: Catalogue | None = None,
    on_explained: Callable[[int], object] = lambda _: None,
) -> Report:
    """Gather what a risk committee wants to know of a policy on a table.

    Parameters
    ----------
    bundle : Bundle
        The policy.
    history : History
        Past applications that match the bundle's schema.
    table : str
        What the table is called.
    champion : Bundle, optional
        The policy in force, to compare with.
    lookup : Lookup, optional
        Applications that support staff can look up; without it, the report holds no applicant's
        data.
    catalogue : Catalogue, optional
        Words for the reasons; without it, those of `new_catalogue`.
    on_explained : callable
        Told how many more applications are explained, to show progress.

    Returns
    -------
    Report
        All numbers of the page. Rates are read off the out-of-time rows where the bundle tells
        which these are, else off the tuning rows or all; the slider has each of its samples.

    Raises
    ------
    DataError
        If nobody at the score gate has a known outcome, a column breaks its rule, or an id of
        `lookup` is not in the table.
    """
    everybody = scored(bundle, history)
    samples = samples_of(bundle, everybody)
    shown = shown_samples(samples)
    if not shown:
        raise DataError(
            "No application of the table has a known outcome at the score gate outside the "
            "development sample, so there is nothing to report; give a table with outcomes."
        )
    sample = next(iter(shown.values()))
    segments = [n for n in bundle.schema.having("segment") if n in history.applications.table]
    catalogue = catalogue or new_catalogue(bundle.schema)
    rejections = _rejections.explained(bundle, sample, on_explained=on_explained)
    data = {
        **_tradeoff(bundle, shown, segments),
        "labels": {segment: _quality.label_of(bundle, segment) for segment in segments},
        "gates": _rejections.gates_of(bundle, sample),
        "reasons": _rejections.reasons_of(rejections, catalogue, segments),
        "distribution": _pictures.distribution_of(sample),
        "calibration": _pictures.calibration_of(sample, bundle.evidence["model"]["calibrated_for"]),
        "vintages": _pictures.vintages_of(
            everybody, samples, _pictures.approved_by_score(bundle, everybody)
        ),
        "lookup": None
        if lookup is None
        else lookup_of(
            bundle,
            history.applications,
            lookup,
            catalogue=catalogue,
            on_explained=on_explained,
        ),
    }
    base = samples.get("development")
    quality = [] if base is None else _quality.quality_of(bundle, base, sample)
    unseen = "tuning" not in shown or sample is not shown["tuning"]
    data["blame"], refused = _blame.blame_or_refusal(
        bundle, sample, unseen=unseen and "all" not in shown
    )
    data["fairness"] = _blame.fairness_of(bundle, sample)
    swap = None if champion is None else _swap.swap_of(champion, bundle, sample, segments)
    return _assembled(
        bundle,
        data,
        quality,
        shown,
        table=table,
        n=len(history),
        lookup=lookup,
        swap=swap,
        refused=refused,
    )


def render_report(report: Report, *, language: Language = "en") -> str:
    """Return a report as one HTML page that needs no network.

    Everything that comes from data is escaped: in the markup by the template, in the embedded data
    by its encoding; scripts only ever set text. The page's own security policy forbids to load or
    send anything.

    Parameters
    ----------
    report : Report
        What to show.
    language : {"en", "zh-CN"}
        Shown first; the page can be switched.

    Returns
    -------
    str
        The page.

    Raises
    ------
    DataError
        If the language is not there.
    """
    if language not in LANGUAGES:
        raise DataError(f"language must be one of {', '.join(LANGUAGES)}, but is {language!r}.")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("riskkit.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    script, css = (_template(name) for name in ("report.js", "report.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("report.html.j2").render(
        report.page,
        sections=report.sections,
        data=embedded({**report.data, "language": language, "words": all_words()}),
        language=language,
        words=all_words(),
        css=Markup(css),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=f"sha256-{digest}",
        t=lambda key: marked(all_words()[key]),
        m=marked,
        headed=lambda key, value: marked(say("headed", heading=all_words()[key], value=value)),
        percent=percent,
        count=_count,
        money=_sentences.money,
        cell=lambda row, rate, digits: percent(row[rate], digits),
        limits=lambda row, rate, digits: marked(
            _between(*(percent(row[f"{rate}_{end}"], digits) for end in ("lower", "upper")))
        ),
        between=_between,
        worth_cell=_card.worth_cell,
        reading_cell=_blame.reading_cell,
        known_by=_blame.known_by,
        fairness_words=_blame.fairness_words,
        too_few=_blame.too_few_words,
        label_of=lambda name: report.page["labels"][name],
        swap_cell=_swap.swap_cell,
        swap_group=lambda row: _swap.group_name(row, report.data["labels"]),
        set_name=_swap.set_name,
        unseen=lambda found: say(f"unseen_{found['what'].split()[0]}", n=f"{found['n']:,}"),
    )


def _tradeoff(bundle: Bundle, shown: dict[str, Scored], segments: list[str]) -> dict[str, Any]:
    stops = _sliders.stops_of(bundle, next(iter(shown.values())).at_gate().pds)
    return {
        "stops": stops.tolist(),
        "chosen": int(np.flatnonzero(stops == _sliders.chosen_stop(bundle))[0]),
        "certified": _certified(bundle, stops),
        "gamma": bundle.evidence["gamma"],
        "samples": [
            {
                "name": name,
                "everybody": not sample.matured().history.is_selective,
                "groups": _sliders.slider_sample(sample, stops, bundle, segments),
            }
            for name, sample in shown.items()
        ],
    }


def _assembled(  # noqa: PLR0913 - the parts of one page
    bundle: Bundle,
    data: dict[str, Any],
    quality: list[dict[str, Any]],
    shown: dict[str, Scored],
    *,
    table: str,
    n: int,
    lookup: Lookup | None,
    swap: dict[str, Any] | None,
    refused: list[Words],
) -> Report:
    everybody = data["samples"][0]["groups"][0]
    chosen = {name: values[data["chosen"]] for name, values in everybody["curve"].items()}
    sample = next(iter(shown))
    shifted = [row for row in quality if row["shifted"] or row["unseen"]]
    features, findings = _card.features_of(bundle), _card.findings_of(bundle)
    protected = [row["name"] for row in features if row["protected"]]
    page = {
        "labels": {
            found["by"]: _quality.label_of(bundle, found["by"]) for found in data["fairness"]
        },
        "made_of": say(
            "made_of",
            table=table or "-",
            n=f"{n:,}",
            created=f"{bundle.policy.created:%Y-%m-%d}",
            version=__version__,
        ),
        "sample": sample,
        "n_stops": len(data["stops"]),
        "chosen_stop": data["chosen"],
        "chosen": chosen,
        "incumbent": everybody["incumbent"],
        "summary": _sentences.summary_of(
            bundle, sample, everybody["n"], chosen, everybody["incumbent"]
        ),
        "verdict": _sentences.verdict_of(bundle),
        "certificates": _sentences.certificates_of(bundle),
        "certified": data["certified"] is not None,
        "caveats": _sentences.limits_of(
            bundle,
            list(shown),
            more=[*refused, *_blame.no_fairness(bundle, data["fairness"]), _privacy(lookup)],
        ),
        "gates": data["gates"],
        "gates_intro": listed(
            (
                all_words()["gates_intro"],
                all_words()["gates_blamed_below" if data["blame"] else "gates_estimated"],
            ),
            by="gap",
        ),
        "reasons": data["reasons"],
        "reasons_intro": say("reasons_intro", n=_count(data["reasons"][0]["n"]))
        if data["reasons"]
        else "",
        "calibration": data["calibration"],
        "calibration_intro": _pictures.calibration_intro(
            shown[sample], bundle.evidence["model"]["calibrated_for"]
        ),
        "vintages": data["vintages"],
        "quality": quality,
        "quality_intro": say("quality_intro", sample=all_words()[f"short_{sample}"]),
        "n_shifted": len(shifted),
        "shifted": shifted,
        "quality_words": _quality.quality_words(bundle, quality),
        "blame": data["blame"],
        "fairness": data["fairness"],
        "has_reviews": bundle.policy.review_up_to is not None,
        "swap": swap,
        "swap_words": "" if swap is None else _swap.swap_words(swap),
        "lookup": lookup is not None,
        "lookup_intro": say("lookup_intro", n=0 if lookup is None else f"{len(lookup.ids):,}"),
        "facts": _card.facts_of(bundle),
        "worth": _card.worth_of(bundle),
        "findings": findings,
        "findings_all": say("card_findings_all", n=len(findings)),
        "features": features,
        "protected": bool(protected),
        "protected_words": say("card_protected", names=listed(protected)),
    }
    has = {
        "segments": len(data["samples"][0]["groups"]) > 1,
        "gates": bool(data["gates"]),
        "blame": bool(data["blame"]),
        "fairness": bool(data["fairness"]),
        "swap": swap is not None,
        "reasons": bool(data["reasons"]),
        "stability": bool(data["vintages"]),
        "quality": bool(quality),
        "lookup": lookup is not None,
    }
    order = ("summary", "tradeoff", "segments", "gates", "blame", "swap", "fairness", "reasons",
             "model", "stability", "quality", "lookup", "card", "limits", "words")  # fmt: skip
    return Report(
        data=data, page=page, sections=tuple(name for name in order if has.get(name, True))
    )


def _certified(bundle: Bundle, stops: Floats) -> list[int] | None:
    certified = _sliders.certified_cutoffs(bundle)
    return None if certified is None else [int(stop in set(certified)) for stop in stops.tolist()]


def _privacy(lookup: Lookup | None) -> Words:
    if lookup is None:
        return say("limit_personal")
    key = "limit_personal_plain" if lookup.plain_ids else "limit_personal_lookup"
    return say(key, n=f"{len(lookup.ids):,}")


def _between(lower: str, upper: str) -> Words:
    return say("to", lower=lower, upper=upper)


def _count(number: float | None) -> str:
    return "?" if number is None else f"{number:,.0f}"


def _template(name: str) -> str:
    return (files("riskkit.reports") / "templates" / name).read_text(encoding="utf-8")
