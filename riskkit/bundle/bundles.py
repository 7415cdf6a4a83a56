"""A policy in its folder: scorer, policy, schema, background and evidence."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from riskkit._records import as_record
from riskkit.applicants import Schema, Split
from riskkit.bundle.examples import (
    read_example,
    scored_by_policy,
    write_example,
)
from riskkit.bundle.models import load_refits, save_refits
from riskkit.bundle.seals import check_seal, read_json, seal, write_json
from riskkit.decisions import (
    Policy,
)
from riskkit.errors import DataError
from riskkit.explanations import (
    Catalogue,
    Explainer,
    new_catalogue,
    new_explainer,
)
from riskkit.scores import Scorer, load_scorer, save_scorer, scorer_hash


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What ``riskkit tune`` writes and ``--policy`` takes."""

    scorer: Scorer  #: Gives PDs.
    policy: Policy  #: Gates, cut-off, limits, economics.
    schema: Schema  #: Of the tables it decides on.
    background: pd.DataFrame  #: Features of applicants just approved, whom reasons compare with.
    evidence: dict[str, Any]  #: What the cut-off was chosen on and what is certified, plain data.
    example: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Synthetic rows of what it decides on, nobody's; none in older policies."""
    refits: tuple[Scorer, ...] = ()  #: The scorer on rows drawn again, to see whose reasons last.

    @cached_property
    def explainer(self) -> Explainer:
        """The scorer made ready to be explained against the background, once."""
        return new_explainer(self.scorer, self.background)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Words for the reasons where the lender gives none, made once."""
        return new_catalogue(self.schema)

    @property
    def split(self) -> Split | None:
        """How the table was split on which it was tuned; None where the evidence does not tell."""
        content = self.evidence.get("split")
        return None if content is None else as_record(Split, content, source="evidence.json, split")


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle into a folder and seal it.

    Parameters
    ----------
    bundle : Bundle
        What to write.
    folder : Path
        A folder; pictures and tables that it holds already are sealed too.
    """
    save_scorer(bundle.scorer, folder / "scorer")
    save_refits(bundle.refits, folder)
    bundle.policy.write(folder / "policy.yaml")
    bundle.schema.write(folder / "schema.yaml")
    bundle.background.to_parquet(folder / "background.parquet", index=False)
    write_json(bundle.evidence, folder / "evidence.json")
    scored = scored_by_policy(bundle.scorer, bundle.policy, bundle.schema, bundle.example)
    write_example(bundle.example, scored, folder)
    seal(folder, kind="policy")


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle; nothing in the folder is executed.

    Parameters
    ----------
    folder : Path
        What ``riskkit tune`` wrote.

    Returns
    -------
    Bundle
        Scorer, policy, schema, background and evidence.

    Raises
    ------
    DataError
        If the folder is not a bundle, a file of it is missing, altered or was added, or the policy
        was tuned for another scorer.
    """
    check_seal(folder, kind="policy")
    scorer, policy = load_scorer(folder / "scorer"), Policy.read(folder / "policy.yaml")
    if policy.model_hash != scorer_hash(scorer):
        raise DataError(
            f"{folder}: policy.yaml was tuned for another scorer than the one beside it."
        )
    return Bundle(
        scorer=scorer,
        policy=policy,
        schema=Schema.read(folder / "schema.yaml"),
        background=pd.read_parquet(folder / "background.parquet"),
        evidence=read_json(folder / "evidence.json"),
        example=read_example(folder),
        refits=load_refits(folder),
    )
