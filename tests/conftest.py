"""What all tests share."""

import os

# Two test processes on two cores otherwise wait for each other by spinning. It has to be set before
# the first library that computes with threads is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

# Speed is never a timed test: on a busy machine Hypothesis's limit of 200 ms per example fails by
# chance.
settings.register_profile("riskkit", deadline=None)
settings.load_profile("riskkit")
