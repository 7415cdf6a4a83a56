# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation
"""What `riskkit explain` shows to whom."""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from riskkit._files import check_vacant, new_file
from riskkit.applicants import Applications, read_table
from riskkit.bundle import (
    Answer,
    Audit,
    Bundle,
    Decider,
    answer,
    audit_of,
    explain_rejections,
    reason_frequencies,
    recourse_of,
    replay,
    with_outcomes,
)
from riskkit.cli._console import counting, print_json
from riskkit.cli._console import out as standard
from riskkit.cli.explain import answer_record, print_answer
from riskkit.errors import DataError
from riskkit.explanations import (
    TOGETHER,
    Catalogue,
    Language,
    Notice,
    NoticeKind,
    Recourse,
    Sender,
    new_notice,
    render_notice,
    value_words,
)
from riskkit.lending import CAUSES, Cause
from riskkit.reports import percent, reasons_figure, recourse_words, save_figure

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "list": ", ",
        "gates": "Gates: {}.",
        "passed": "{} passed",
        "failed": "{} failed",
        "reason": "Reason {}, {}: from {}{}.",
        "protected": "; holds a protected characteristic",
        "stable": "Reasons are stable.",
        "unstable": "Reasons are NOT STABLE.",
        "backgrounds": "Of {} backgrounds drawn again",
        "refits": "Of {} fits on rows drawn again",
        "agreement": "{}, {} give the same first reason and {} the same reasons; {} of the "
        "reasons are found again.",
        "no_refits": "The model was not fitted again: whether reasons hang on its sample is not "
        "known.",
        "totals": "All reasons [log-odds]: {}; applicants just approved {:+.3f}.",
        "compared": "Compared with: {}.",
        "model": "Model {}.",
        "change": "Change of {}: PD {}, cost {:.2f}, {}.",
        "follows": "{} follows: {} to {}",
        "cheapest": "proved the cheapest",
        "other": "an alternative",
    },
    "zh-CN": {
        "list": "、",
        "gates": "各关卡：{}。",
        "passed": "{}通过",
        "failed": "{}未通过",
        "reason": "原因“{}”（{}）：来自{}{}。",
        "protected": "；包含受保护特征",
        "stable": "原因稳定。",
        "unstable": "原因不稳定！",
        "backgrounds": "重新抽取{}次对照人群",
        "refits": "用重新抽取的样本重新训练{}次模型",
        "agreement": "{}：首要原因相同的占{}，全部原因相同的占{}；平均{}的原因再次出现。",
        "no_refits": "未重新训练模型：原因是否取决于训练样本尚不清楚。",
        "totals": "全部原因（对数几率）：{}；刚好达到批准标准的申请人为{:+.3f}。",
        "compared": "对照人群：{}。",
        "model": "模型{}。",
        "change": "改变{}：违约概率{}，代价{:.2f}，{}。",
        "follows": "{}随之由{}变为{}",
        "cheapest": "已证明代价最小",
        "other": "其他可选方案",
    },
}
#: What the facts about the background are called.
_FACTS: Mapping[Language, Mapping[str, str]] = {
    "en": {"definition": "{}", "rows": "{} rows", "hash": "hash {}", "seed": "seed {}"},
    "zh-CN": {
        "definition": "已批准者中违约概率最接近批准上限的5%，从中随机抽取",
        "rows": "{}行",
        "hash": "哈希值{}",
        "seed": "随机种子{}",
    },
}
_GATES: Mapping[Language, Mapping[Cause, str]] = {
    "en": {cause: cause.replace("_", " ") for cause in CAUSES},
    "zh-CN": {
        "system": "系统",
        "profile": "资料",
        "credit_record": "信用记录",
        "score": "评分",
        "policy": "业务规则",
    },
}


_KINDS: Mapping[str, NoticeKind] = {
    "text": "letter.txt",
    "html": "letter.html",
    "message": "message.txt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One application, decided and explained."""

    bundle: Bundle
    applications: Applications
    found: Answer
    recourse: Recourse | None  # only where the score gate stopped it
    catalogue: Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which application, decided by whom, and where the decision is logged if it is."""

    application_id: str
    policy: Path
    decisions: Path | None


def new_case(
    bundle: Bundle,
    applications: Applications,
    asked: Asked,
    *,
    catalogue: Catalogue | None,
) -> Case:
    """Decide and explain one application, as it was logged if it was."""
    application_id, logged = asked.application_id, None
    if asked.decisions is not None:
        decider = Decider.of(bundle, asked.policy)
        logged = replay(decider, asked.decisions, applications, application_id)
    found = answer(bundle, applications, application_id, catalogue=catalogue, logged=logged)
    by_score = found.stopped_by == "score"
    return Case(
        bundle=bundle,
        applications=applications,
        found=found,
        recourse=recourse_of(bundle, applications, application_id) if by_score else None,
        catalogue=catalogue or bundle.catalogue,
    )


def notice_of(case: Case, language: Language, *, sender: Sender, addressee: str) -> Notice:
    """Return what the applicant is told."""
    if case.found.review:
        raise DataError(
            f"A notice tells of a rejection, but application {case.found.application_id} is to be "
            "reviewed by a person first."
        )
    return new_notice(
        application_id=case.found.application_id,
        summary=case.found.summary,
        reasons=case.found.reasons,
        plans=() if case.recourse is None else case.recourse.plans,
        schema=case.bundle.schema,
        sender=sender,
        language=language,
        addressee=addressee,
        catalogue=case.catalogue,
    )


def print_notice(
    notice: Notice, form: Literal["text", "json", "html", "message"], *, templates: Path | None
) -> None:
    """Print a notice and nothing else."""
    if form == "json":
        message = render_notice(notice, "message.txt", templates=templates)
        print_json(asdict(notice) | {"message": message})
        return
    print(render_notice(notice, _KINDS[form], templates=templates))  # noqa: T201 - rich would wrap the lines


def support_record(case: Case) -> dict[str, Any]:
    """Return what support staff see, as plain data."""
    recourse = None if case.recourse is None else asdict(case.recourse)
    return answer_record(case.found) | {"recourse": recourse}


def auditor_record(case: Case) -> dict[str, Any]:
    """Return all there is, as plain data."""
    audit = _audit(case)
    return support_record(case) | {"audit": None if audit is None else asdict(audit)}


def print_record(record: dict[str, Any]) -> None:
    """Print plain data as JSON."""
    print_json(record)


def show_support(case: Case, language: Language, console: Console) -> None:
    """Print what support staff see."""
    print_answer(case.found, language, console)
    for line in _recourse_lines(case, language):
        console.print(line, highlight=False, markup=False)


def show_auditor(case: Case, language: Language, console: Console) -> None:
    """Print all there is."""
    show_support(case, language, console)
    words, schema = _WORDS[language], case.bundle.schema
    verdicts = (
        words["passed" if ok else "failed"].format(_GATES[language][gate])
        for gate, ok in case.found.verdicts
    )
    lines = [words["gates"].format(words["list"].join(verdicts))]
    for reason in case.found.reasons:
        flag = words["protected"] if reason.protected else ""
        features = words["list"].join(reason.features)
        lines.append(words["reason"].format(reason.factor[language], reason.key, features, flag))
    audit = _audit(case)
    if audit is not None:
        lines += _audit_lines(audit, case.catalogue, language)
    for plan in () if case.recourse is None else case.recourse.plans:
        proof = words["cheapest" if plan.cheapest else "other"]
        names = words["list"].join(schema.columns[n].label.get(language, n) for n in plan.changes)
        follow = (
            words["follows"].format(
                schema.columns[name].label.get(language, name),
                *(
                    value_words(x, schema.columns[name], name, case.catalogue)[language]
                    for x in pair
                ),
            )
            for name, pair in plan.follow.items()
        )
        told = words["list"].join([proof, *follow])
        lines.append(words["change"].format(names, percent(plan.pd), plan.cost, told))
    for line in lines:
        console.print(line, highlight=False, markup=False)


def print_view(show: Callable[[Console], None], form: Literal["text", "html"]) -> None:
    """Print a view as text, or as one HTML page in which everything is escaped."""
    if form == "text":
        show(standard)
        return
    page = Console(record=True, file=io.StringIO(), width=120)
    show(page)
    print(page.export_html(inline_styles=True))  # noqa: T201 - rich would wrap the lines


def draw(case: Case, path: Path, language: Language, *, overwrite: bool) -> None:
    """Write the waterfall of a rejection by the score."""
    audit = _audit(case)
    if audit is None:
        raise DataError("--figure draws a rejection by the score, which this application is not.")
    words = {case.catalogue.topic(key)[language]: total for key, total in audit.totals.items()}
    drawn = reasons_figure(words, base=audit.base, pd_cutoff=case.found.pd_cutoff)
    save_figure(drawn, path, overwrite=overwrite)


def explain_all(  # noqa: PLR0913 - what is explained, and what is done with it
    bundle: Bundle,
    applications: Applications,
    out: Path,
    *,
    on_written: Callable[[Path], object],
    truth: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write the reasons of every rejection, and print how often each is given.

    `on_written` gets the file, whole but not yet in its place; where it raises, nothing is written.
    """
    if out.suffix != ".parquet":
        raise DataError(f"--out must end in .parquet with --all, but is {out}.")
    check_vacant(out, overwrite=overwrite)
    with counting("explaining rejections", len(applications)) as on_explained:
        explained = explain_rejections(bundle, applications, on_explained=on_explained)
    known = None if truth is None else read_table(truth)
    rejections = with_outcomes(explained, applications, bundle.schema, truth=known)
    with new_file(out, overwrite=overwrite) as draft:
        explained.to_parquet(draft, index=False)
        on_written(draft)
    segments = [n for n in bundle.schema.having("segment") if n in rejections]
    tables = {None: reason_frequencies(rejections)} | {
        name: reason_frequencies(rejections, name) for name in segments
    }
    if as_json:
        records = {name or "all": _plain(table) for name, table in tables.items()}
        print_json({"rejections": len(rejections), "out": str(out), "reasons": records})
        return
    standard.print(f"{len(rejections):,} rejections explained in {out}.", highlight=False)
    for name, table in tables.items():
        _show_frequencies(table, name)
    for column, words in _GOODS.items():
        if column in tables[None]:
            standard.print(words)


_GOODS = {
    "estimated_goods": "Estimated goods: the sum of 1 - PD over the rejections that name the "
    "reason.",
    "corrected_goods": "Corrected goods: by those of them with an outcome, each weighted by one "
    "over the recorded propensity; empty where none has one.",
    "true_goods": "True goods: counted, for the world knows what everybody would have done.",
}


def _show_frequencies(table: Any, segment: str | None) -> None:
    from riskkit._tables import Table

    title = "Reasons by gate" if segment is None else f"Reasons by gate and {segment}"
    shown = Table(title=title, title_justify="left")
    for heading in table.columns:
        is_number = table[heading].dtype.kind in "if"
        shown.add_column(heading.replace("_", " "), justify="right" if is_number else "left")
    readable = table.assign(stopped_by=table["stopped_by"].str.replace("_", " "))
    for row in readable.itertuples(index=False):
        cells = ("" if x is None or x != x else _cell(x) for x in row)  # noqa: PLR0124 - missing
        shown.add_row(*cells)
    standard.print(shown)


def _cell(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def _plain(table: Any) -> list[dict[str, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _audit(case: Case) -> Audit | None:
    if case.found.stopped_by != "score":
        return None
    return audit_of(case.bundle, case.applications, case.found.application_id)


def _audit_lines(audit: Audit, catalogue: Catalogue, language: Language) -> list[str]:
    words, facts = _WORDS[language], _FACTS[language]
    lines = [words["stable" if audit.stable else "unstable"]]
    for kind, found in (("backgrounds", audit.backgrounds), ("refits", audit.refits)):
        if found is None:
            lines.append(words["no_refits"])
            continue
        shares = (percent(x) for x in (found.same_first, found.same_set, found.found_again))
        lines.append(words["agreement"].format(words[kind].format(found.n_repeats), *shares))
    strongest = sorted(audit.totals.items(), key=lambda item: -item[1])
    totals = (f"{catalogue.topic(key)[language]} {x:+.3f}" for key, x in strongest)
    known = (facts[key].format(x) for key, x in audit.background.items() if key in facts)
    separator = "; " if language == "en" else "；"
    return [
        *lines,
        words["totals"].format(separator.join(totals), audit.base),
        words["compared"].format(separator.join(known)),
        words["model"].format(audit.model_hash),
    ]


def _recourse_lines(case: Case, language: Language) -> list[str]:
    heading, steps = recourse_words(case.recourse, case.bundle.schema, case.catalogue)
    if heading is None:
        return []
    lines = [heading[language]]
    for step in steps:
        together = len(step) > 1
        lines += [f"- {TOGETHER[language]}"] if together else []
        lines += [f"{'  ' if together else ''}- {change[language]}" for change in step]
    return lines
