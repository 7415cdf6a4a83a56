"""What a column is taken for: one rule after another, from what leaves no doubt to what is left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from riskkit.applicants import naming
from riskkit.applicants.profiles import ColumnProfile
from riskkit.applicants.schema import TRUTH_PREFIX, Role

Kind = Literal["number", "category"]

#: A column that alone reaches this AUC, on outcomes it was not formed on, is suspected of a leak.
LEAK_AUC = 0.9
#: Text with more levels than this, most of them met once, says who someone is, not what.
_MANY_LEVELS, _MOSTLY_DISTINCT = 100, 0.5
#: A column missing for at least / at most these shares of rows is there for the others only.
_ABSENT, _PRESENT = 0.99, 0.5
_TWO = 2
#: Whole numbers with up to so many values may be labels: the reader is told.
_FEW_VALUES = 12
#: Whole numbers without a gap in at least so many rows are row numbers, whatever their name.
_LONG_SEQUENCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known of the table as a whole when one column is judged."""

    roles: Mapping[str, Role]  #: Columns whose role is settled.
    outcome: str  #: The outcome's column.
    outcome_why: str  #: Why it was taken.
    id: str | None  #: The column that serves as id.
    times: tuple[str, ...]  #: Complete columns of times.
    first_with: Mapping[str, str]  #: Fingerprint to the first column that has it.

    def settled(self, role: Role) -> bool:
        """Return whether a column was given for a role."""
        return role in self.roles.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a column is taken for."""

    role: Role  #: Its role.
    why: str  #: Why, in words.
    kind: Kind | None = None  #: How a model would read it.
    leak: str | None = None  #: Why it is suspected to know the outcome.


def verdict_of(profile: ColumnProfile, scene: Scene) -> Verdict:
    """Return what a column is taken for.

    Parameters
    ----------
    profile : ColumnProfile
        What it holds.
    scene : Scene
        What is known of the table.

    Returns
    -------
    Verdict
        That of the first rule that answers; the last always does.
    """
    return next(verdict for rule in _RULES if (verdict := rule(profile, scene)) is not None)


def rank_as_id(profile: ColumnProfile) -> int:
    """Return how well a column would serve as id: the lower the better, up to naming.NO_RANK."""
    unique = profile.missing == 0 and profile.n_distinct == profile.n_known > _TWO
    if not unique or not (profile.holds == "text" or profile.whole):
        return naming.NO_RANK
    counted = profile.consecutive and profile.n_known >= _LONG_SEQUENCE
    return min(naming.id_rank(profile.name), naming.ROW_RANK if counted else naming.NO_RANK)


def _as_given(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    role = scene.roles.get(profile.name)
    if role == "bad":
        return Verdict(role=role, why=scene.outcome_why)
    if role == "amount":
        return Verdict(role=role, kind="number", why="given as amount; a feature too")
    return None if role is None else Verdict(role=role, why=f"given as {role}")


def _as_named(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    name = profile.name
    if name.startswith(TRUTH_PREFIX):
        return Verdict(role="ignore", why="holds the truth of a synthetic world; never a feature")
    if name == "approved" and scene.settled("approved"):
        return Verdict(role="ignore", why="another decision beside the one that was given")
    if name in {"approved", "stopped_by", "propensity", "early_bad", "weight"}:
        return Verdict(role=cast("Role", name), why="named exactly so")
    if naming.verdict_gate(name) is not None:
        return Verdict(role="verdict", why="named exactly so")
    return None


def _as_empty(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    del scene
    if profile.n_distinct == 0:
        return Verdict(role="ignore", why="missing in every row")
    if profile.n_distinct == 1 and profile.missing == 0:
        return Verdict(role="ignore", why=f"always {profile.examples[0]!r}")
    return None


def _as_id(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    rank = naming.id_rank(profile.name)
    if profile.name == scene.id:
        ground = "its name" if rank < naming.ROW_RANK else "numbering rows"
        return Verdict(role="id", why=f"another value in every row; taken for the id by {ground}")
    if rank_as_id(profile) < naming.NO_RANK:
        return Verdict(role="ignore", why=f"another id beside {scene.id}")
    if rank == naming.CUSTOMER_RANK and profile.n_distinct > _MANY_LEVELS:
        why = "seems to say who applies; give it with --customer if one customer can apply twice"
        return Verdict(role="ignore", why=why)
    return None


def _as_time(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    if not scene.settled("time") and scene.times == (profile.name,):
        return Verdict(role="time", why="the only complete column of times")
    return None


def _as_date(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    del scene
    if profile.holds == "time":
        why = "a time that was not given as the time of application; dates are no features"
        return Verdict(role="ignore", why=why)
    if profile.holds == "number" and profile.whole and naming.is_date_name(profile.name):
        why = "a date as a number; to split by it, write it as YYYY-MM-DD and give --time"
        return Verdict(role="ignore", why=why)
    return None


def _as_protected(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    del scene
    characteristic = naming.protected_by(profile.name)
    if characteristic is None:
        return None
    why = (
        f"its name speaks of {characteristic}: kept from the model; to use it on purpose, say "
        "role: feature and protected: true"
    )
    return Verdict(role="protected", kind=_kind_of(profile)[0], why=why)


def _as_copy(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    first = scene.first_with.get(profile.fingerprint, profile.name)
    if first in {profile.name, scene.outcome}:
        return None
    return Verdict(role="ignore", why=f"tells rows apart exactly as {first} does")


def _as_leak(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    del scene
    leak = _leak_of(profile)
    if leak is None:
        return None
    why = (
        f"suspected leak: {leak}; if it is known when someone applies, say role: feature and "
        f"kind: {_kind_of(profile)[0]}"
    )
    return Verdict(role="ignore", leak=leak, why=why)


def _leak_of(profile: ColumnProfile) -> str | None:
    separation = profile.separation
    if separation is not None and separation.auc >= LEAK_AUC:
        return f"alone it tells bads from goods (AUC {separation.auc:.3f})"
    if separation is not None and separation.given_away is not None:
        return f"some of its values occur for {separation.given_away} outcomes only"
    absent = profile.missing_if_unknown
    if absent is not None and absent >= _ABSENT and profile.missing_if_known <= _PRESENT:
        return "it is known only where the outcome is"
    return None


def _as_unlearnable(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    del scene
    absent = profile.missing_if_unknown
    if absent is not None and absent <= _PRESENT and profile.missing_if_known >= _ABSENT:
        return Verdict(role="ignore", why="missing wherever the outcome is known")
    if profile.separation is None:
        return Verdict(role="ignore", why="one value wherever the outcome is known")
    return None


def _as_text(profile: ColumnProfile, scene: Scene) -> Verdict | None:
    del scene
    if profile.holds == "number" or profile.n_distinct <= _MANY_LEVELS:
        return None
    if profile.numeric_text is not None:
        why = f"numbers written as text, such as {profile.numeric_text!r}; write them as numbers"
        return Verdict(role="ignore", why=why)
    if profile.n_distinct > _MOSTLY_DISTINCT * profile.n_known:
        why = f"text with {profile.n_distinct} levels in {profile.n_known} rows: too many to learn"
        return Verdict(role="ignore", why=why)
    return None


def _as_feature(profile: ColumnProfile, scene: Scene) -> Verdict:
    kind, why = _kind_of(profile)
    named = cast("Role", profile.name)
    if named in {"amount", "term"} and kind == "number" and not scene.settled(named):
        return Verdict(role=named, kind=kind, why="named exactly so; a feature too")
    return Verdict(role="feature", kind=kind, why=why)


def _kind_of(profile: ColumnProfile) -> tuple[Kind, str]:
    if profile.holds != "number":
        if profile.numeric_text is None:
            return "category", f"text with {profile.n_distinct} levels"
        return "category", f"numbers written as text, such as {profile.numeric_text!r}: no order"
    if profile.n_distinct <= _TWO:
        return "number", "a number with at most two values: order does not matter"
    if profile.whole and naming.is_label_name(profile.name):
        return "category", "whole numbers under a name that speaks of labels: no order"
    few = f"whole numbers, {profile.n_distinct} values: taken as a scale with an order; "
    if profile.whole and profile.n_distinct <= _FEW_VALUES:
        return "number", f"{few}if they are labels, say kind: category"
    return "number", "a number"


#: Asked in turn; the first that answers decides, and the last always does.
_RULES: tuple[Callable[[ColumnProfile, Scene], Verdict | None], ...] = (
    _as_given, _as_named, _as_empty, _as_id, _as_time, _as_protected, _as_copy, _as_leak,
    _as_date, _as_unlearnable, _as_text, _as_feature,
)  # fmt: skip
