"""The report of a policy: one HTML file that a risk committee reads without a network."""
