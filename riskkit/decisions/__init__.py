"""Stage 4: approve or reject. Cut-offs with guarantees, from anyone's PDs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
