"""How a folder was made: the command, the table and the settings, so that it can be made again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from riskkit._records import STRICT, read_record, write_record

RECIPE_FILE = "recipe.yaml"


class Recipe(BaseModel):
    """What a command was told when it wrote a folder, as it stands in ``recipe.yaml``."""

    model_config = STRICT

    command: Literal["train", "tune"]  #: Which.
    table: str  #: Where the table was read.
    data_hash: str  #: Its content hash [hexadecimal].
    rows: int = Field(gt=0)  #: Its rows.
    settings: Mapping[str, str | int | float | None]  #: Everything else, by name.

    @classmethod
    def read(cls, folder: Path) -> "Recipe":
        """Read the recipe of a folder.

        Parameters
        ----------
        folder : Path
            What ``riskkit train`` or ``riskkit tune`` wrote.

        Returns
        -------
        Recipe
            What it says.

        Raises
        ------
        DataError
            If it is not there, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, folder / RECIPE_FILE)

    def write(self, folder: Path) -> None:
        """Write the recipe into a folder, before that is sealed.

        Parameters
        ----------
        folder : Path
            The folder.
        """
        write_record(self, folder / RECIPE_FILE)
