"""A world in words: what it assumes, and what comes of it."""

from collections.abc import Mapping

from riskkit.applicants.world import WorldSpec, headline_rates
from riskkit.lending import CAUSES, fee_apr
from riskkit.reports.tables import percent

_A_PERCENT = 0.01


def world_words(spec: WorldSpec, counts: Mapping[str, int]) -> list[str]:
    """Return a world in words, a paragraph each for who, when, what stops them, and outcomes.

    Parameters
    ----------
    spec : WorldSpec
        Every assumption.
    counts : mapping of str to int
        Applicants drawn from it: ``World.counts``, or what ``write_world`` returns.

    Returns
    -------
    list of str
        Paragraphs.

    Examples
    --------
    >>> from riskkit.applicants.world import draw_applicants, preset
    >>> spec = preset("calm")
    >>> words = world_words(spec, draw_applicants(spec, 1_000, seed=1).counts)
    >>> words[1].startswith("They apply from 1 October 2023 to 30 September 2026")
    True
    """
    rates = headline_rates(counts)
    return [
        *([spec.summary["en"]] if "en" in spec.summary else []),
        _when(spec),
        _who(spec),
        _request(spec),
        _stops(spec, counts),
        _exploration(spec),
        _risk(spec, rates),
        _labels(spec, rates),
        _price(rates),
    ]


def _when(spec: WorldSpec) -> str:
    first, last = spec.days[0], spec.days[-1]
    calendar = spec.calendar
    sales = [f"{f.name or f'{f.month}.{f.day}'} ({f.load:g} times)" for f in calendar.festivals]
    changes = [f"{c.partner} from {c.start:%Y-%m-%d}" for c in calendar.interface_changes]
    outages = [f"{o.start:%Y-%m-%d %H:%M}" for o in calendar.outages]
    return (
        f"They apply from {first.day} {first:%B %Y} to {last.day} {last:%B %Y}, "
        f"{_percent(calendar.growth)} more each month, most of all on sales festivals: "
        f"{', '.join(sales) or 'none'}. "
        f"The platform answers {calendar.capacity:g} times the calls of an average hour. Outages: "
        f"{', '.join(outages) or 'none'}. Partners whose interface broke: "
        f"{', '.join(changes) or 'none'}."
    )


def _who(spec: WorldSpec) -> str:
    people = spec.people
    drift = "; ".join(f"{trait} shifts by {shift:+g} sd" for trait, shift in people.drift.items())
    not_random = [name for name, column in people.columns.items() if column.withheld is not None]
    thin = people.states.get("thin_file")
    thin_file = "" if thin is None else f" {_percent(thin.share)} have a thin file."
    return (
        f"They are known by {len(people.columns)} columns, tied together by three latent traits "
        f"through a Gaussian copula.{thin_file} Not stated, and not at random: "
        f"{', '.join(not_random) or 'nothing'}. Over the whole time, "
        f"{drift or 'the people stay alike'}."
    )


def _request(spec: WorldSpec) -> str:
    terms, fees = (spec.columns[name].support for name in ("term", "fee_rate"))
    dearest = max(float(fee) for fee in fees)
    aprs = ", ".join(f"{term:g}: {_percent(fee_apr(dearest, int(term)).nominal)}" for term in terms)
    return (
        f"They ask for instalments over {', '.join(f'{term:g}' for term in terms)} months; at the "
        f"dearest fee of {_percent(dearest)} of the amount per instalment the nominal APR by term "
        f"is {aprs}."
    )


def _stops(spec: WorldSpec, counts: Mapping[str, int]) -> str:
    rates, goods = headline_rates(counts), counts.get("goods", 0)
    parts = []
    for cause in CAUSES:
        good = counts.get(f"goods_stopped_by_{cause}", 0)
        share = f", {_percent(good / goods)} of all goods" if goods else ""
        stopped = _percent(rates[f"stopped_by_{cause}"])
        parts.append(f"{cause.replace('_', ' ')} {stopped} of the applications{share}")
    changes = [f"{c.points:+d} points from {c.start}" for c in spec.journey.policy.changes]
    return (
        f"Five gates stop them, asked in this order: {'; '.join(parts)}. Changes of risk "
        f"appetite: {', '.join(changes) or 'none'}. {_percent(rates['approval_rate'])} are "
        f"approved. Of those timed out {_percent(spec.journey.retry_after_timeout)} try again; of "
        f"those with an incomplete profile {_percent(spec.journey.complete_profile)} complete it."
    )


def _exploration(spec: WorldSpec) -> str:
    share = spec.journey.exploration
    if not share:
        return "Nobody is approved at random: of the rejected nothing is ever learnt."
    return (
        f"Of the would-be rejections of score and policy {_percent(share)} are approved at random, "
        "and the probability is recorded."
    )


def _risk(spec: WorldSpec, rates: Mapping[str, float]) -> str:
    sees, matters = spec.journey.incumbent.sees_hidden, spec.risk.hidden
    hidden = (
        f"the score in force sees it, with {sees:g}: selection is hidden"
        if sees
        else "nor does the score in force see it: given the columns, selection is at random"
    )
    shock = spec.macro.shock
    economy = (
        "steady" if shock is None else f"in a shock of {shock.size:g} sd from {shock.month:%B %Y}"
    )
    approved = rates.get("true_bad_rate_of_approved")
    found = "" if approved is None else f", {_percent(approved)} of the approved"
    return (
        f"{_percent(rates['true_bad_rate'])} of all would turn bad{found}. A factor that no column "
        f"shows moves the log-odds by {matters:g} per sd; {hidden}. The economy is {economy}."
    )


def _labels(spec: WorldSpec, rates: Mapping[str, float]) -> str:
    verdicts = (
        "Every gate's verdict is kept, also behind the first that stopped."
        if spec.journey.verdicts == "all"
        else "Verdicts behind the first gate that stopped are not kept."
    )
    return (
        f"Outcomes are read off on {spec.observed_at}, after {spec.window_months} months: "
        f"{_percent(rates['known_outcomes'])} of the applications have a known one. {verdicts}"
    )


def _price(rates: Mapping[str, float]) -> str:
    rejected = rates.get("true_false_rejection_rate")
    blocked = rates.get("true_blocked_good_rate")
    parts = []
    if rejected is not None:
        parts.append(
            f"Of the good applicants who reached the score gate it rejects {_percent(rejected)}"
        )
    if blocked is not None:
        parts.append(f"of all good customers' journeys {_percent(blocked)} end unserved")
    return "; ".join(parts) + "." if parts else "Nobody in it is good."


def _percent(fraction: float) -> str:
    # Small fees and rates need the second decimal that large ones can do without.
    return percent(fraction, 1 if abs(fraction) >= _A_PERCENT else 2)
