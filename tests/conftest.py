"""Settings of the test suite."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The same examples everywhere: a failure on one machine is a failure on all. Time is judged for the whole suite.
settings.register_profile(
    "bendscape", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("bendscape")
