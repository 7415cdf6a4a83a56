"""MLflow: runs, models, and the registry in which policies are versioned."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from riskkit.tracking.served import Served

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def _load_pyfunc(path: str) -> "Served":
    # MLflow finds the loader of a model by this name.
    from pathlib import Path  # noqa: PLC0415 - importing the package loads nothing

    from riskkit.tracking.served import load_served  # noqa: PLC0415 - likewise

    return load_served(Path(path))
