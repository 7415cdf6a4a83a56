"""What all tests share."""

import os

# Two test processes on two cores otherwise wait for each other by spinning. It has to be set before
# the first library that computes with threads is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
