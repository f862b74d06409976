"""Settings for all tests."""

import os

from hypothesis import settings

# Where `CI` is set the same examples are tried each time, so that a red run says something about its change; at a desk
# Hypothesis looks for new ones and prints how to try a failing one again.
settings.register_profile("ci", derandomize=True, print_blob=True)
settings.register_profile("desk", print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
