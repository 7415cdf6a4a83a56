"""What `riskkit generate` does: draw a world, or borrow one from a table."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from riskkit._files import check_vacant, new_folder
from riskkit._records import parse_yaml
from riskkit._tables import Table
from riskkit.applicants import Schema, read_history
from riskkit.applicants.world import (
    BLOCK_ROWS,
    BorrowedSpec,
    Dial,
    Fidelity,
    WorldSpec,
    borrow_world,
    comparable,
    draw_applicants,
    draw_borrowed,
    fidelity,
    headline_rates,
    preset,
    write_borrowed,
    write_world,
)
from riskkit.cli._console import counting, step
from riskkit.cli._console import out as console
from riskkit.errors import DataError
from riskkit.lending import DecisionRates
from riskkit.reports import percent, world_words

#: Rows on which a drawn table is compared with the real one.
_COMPARED = 10_000
#: What a past policy approves that is simulated for a table without rejected applicants.
_SIMULATED_APPROVALS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateOrder:
    """What `riskkit generate` was asked for."""

    world: WorldSpec
    applicants: int
    seed: int
    out: Path | None
    workers: int
    describe: bool
    overwrite: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowOrder:
    """What `riskkit generate --like` was asked for."""

    table: Path
    schema: Path
    copies_real_rows: bool
    applicants: int
    seed: int
    out: Path
    overwrite: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawn world."""

    order: GenerateOrder
    counts: Counter[str]
    files: tuple[str, ...]
    words: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        order = self.order
        return {
            "folder": None if order.out is None else str(order.out),
            "files": list(self.files),
            "applicants": self.counts["applicants"],
            **headline_rates(self.counts),
            "words": list(self.words),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowedWorld:
    """A world drawn with the columns of a table."""

    order: BorrowOrder
    simulated_policy: bool
    rates: dict[Dial, DecisionRates]
    fidelity: Fidelity

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "folder": str(self.order.out),
            "applicants": self.order.applicants,
            "copies_real_rows": self.order.copies_real_rows,
            "simulated_policy": self.simulated_policy,
            "dials": {dial: asdict(rates) for dial, rates in self.rates.items()},
            "fidelity": asdict(self.fidelity) | {"auc_ratio": self.fidelity.auc_ratio},
        }


def world_of(name: str | None, spec: Path | None, settings: list[str]) -> WorldSpec:
    """Return the world that the options mean.

    Raises
    ------
    DataError
        If they contradict each other, or name what is not there.
    """
    if name is not None and spec is not None:
        raise DataError("--preset and --spec both name a world; give one of them.")
    world = preset(name or "calm") if spec is None else WorldSpec.read(spec)
    changes = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        key = key.strip()
        if not equals or not key:
            raise DataError(f"--set must be KEY=VALUE, but is {setting!r}.")
        if key in changes:
            raise DataError(f"--set gives {key} twice; give it once.")
        changes[key] = parse_yaml(value, source=f"--set {key}")
    return world.with_settings(changes) if changes else world


def draw(order: GenerateOrder) -> Drawn:
    """Draw a world, into a folder if one is given."""
    if order.out is None:
        n_drawn = min(order.applicants, BLOCK_ROWS)
        with step(f"drawing {n_drawn:,} applicants to tell their rates"):
            counts = draw_applicants(order.world, n_drawn, seed=order.seed).counts
        files: list[str] = []
    else:
        check_vacant(order.out, overwrite=order.overwrite)
        with (
            counting(f"drawing {order.applicants:,} applicants", order.applicants) as advance,
            new_folder(order.out, overwrite=order.overwrite) as folder,
        ):
            counts = write_world(
                order.world,
                order.applicants,
                seed=order.seed,
                folder=folder,
                workers=order.workers,
                on_progress=advance,
            )
        files = sorted(path.name for path in order.out.iterdir())
    words = world_words(order.world, counts) if order.describe else []
    return Drawn(order=order, counts=counts, files=tuple(files), words=tuple(words))


def borrow(order: BorrowOrder) -> BorrowedWorld:
    """Fit a world to a table, and draw it at every dial of hidden selection."""
    check_vacant(order.out, overwrite=order.overwrite)
    schema = Schema.read(order.schema)
    with step(f"reading {order.table}"):
        real = read_history(order.table, schema)
    rejected = not real.approved.all()
    spec = BorrowedSpec(
        copies_real_rows=order.copies_real_rows,
        approval_rate=None if rejected else _SIMULATED_APPROVALS,
    )
    with step(f"fitting a world to {len(real):,} rows"):
        borrowed = borrow_world(real, schema, spec, seed=order.seed)
    total = len(spec.hidden) * order.applicants
    with (
        counting(f"drawing {order.applicants:,} applicants at each dial", total) as advance,
        new_folder(order.out, overwrite=order.overwrite) as folder,
    ):
        rates = write_borrowed(
            borrowed, order.applicants, seed=order.seed, folder=folder, on_progress=advance
        )
    with step("comparing drawn rows with real ones"):
        drawn = draw_borrowed(borrowed, min(len(real), 2 * _COMPARED), dial="none", seed=order.seed)
        near = fidelity(real, comparable(real, drawn), seed=order.seed, n_rows=_COMPARED)
    return BorrowedWorld(order=order, simulated_policy=not rejected, rates=rates, fidelity=near)


def print_drawn(drawn: Drawn) -> None:
    """Print what was drawn, and what to do next."""
    for paragraph in drawn.words:
        console.print(paragraph, highlight=False)
        console.print()
    n_drawn, out = drawn.counts["applicants"], drawn.order.out
    table = Table("", "share", title=f"{n_drawn:,} synthetic applications", title_justify="left")
    for name, share in headline_rates(drawn.counts).items():
        table.add_row(name.replace("_", " "), percent(share))
    console.print(table)
    if out is None:
        console.print("Next: the same with --out world/ writes them.", highlight=False)
        return
    console.print(f"Written to {out}/: {', '.join(drawn.files)}", highlight=False)
    console.print(
        f"Next: riskkit train {out}/applications.parquet --schema {out}/schema.yaml "
        "--model best --out model/",
        soft_wrap=True,
        highlight=False,
    )


def print_borrowed(found: BorrowedWorld) -> None:
    """Print what was drawn at each dial, how near it comes, and what to do next."""
    order, near = found.order, found.fidelity
    if order.copies_real_rows:
        console.print(
            "[yellow]The features are copies of real rows: treat them as personal data.[/yellow]"
        )
    if found.simulated_policy:
        console.print(
            "The table has no rejected applicants: a past policy that approves "
            f"{percent(_SIMULATED_APPROVALS, 0)} is simulated.",
            highlight=False,
        )
    table = Table(
        "hidden selection", "approval rate", "bad rate of approved", "false rejection rate",
        title="True rates of the past policy; every dial agrees with what the table shows",
        title_justify="left",
    )  # fmt: skip
    for dial, rates in found.rates.items():
        shares = (rates.approval_rate, rates.bad_rate, rates.false_rejection_rate)
        table.add_row(dial, *(percent(share) for share in shares))
    console.print(table)
    wrong = [rates.false_rejection_rate for rates in found.rates.values()]
    console.print(
        f"The false rejection rate is between {percent(min(wrong))} and {percent(max(wrong))}, "
        "depending on what the past policy saw and no column shows; the table cannot tell.",
        highlight=False,
    )
    console.print(
        f"Against the real rows: marginals {near.marginals:.3f}, correlations "
        f"{near.correlations:.3f} similar (1 is best); a model trained on drawn rows reaches "
        f"{near.auc_ratio:.3f} of the AUC of one trained on real rows; {percent(near.near_copies)} "
        "of the drawn rows are nearer to a real row than 95 % of fresh real rows are, where 5 % "
        f"would be chance; a classifier tells the two apart with AUC {near.discriminator_auc:.3f} "
        "(0.5 is best).",
        highlight=False,
    )
    dials = ", ".join(f"{dial}/" for dial in found.rates)
    console.print(f"Written to {order.out}/: borrowed.yaml, {dials}", highlight=False)
    console.print(
        f"Next: riskkit train {order.out}/strong/applications.parquet --schema "
        f"{order.out}/strong/schema.yaml --model best --out model/",
        soft_wrap=True,
        highlight=False,
    )
