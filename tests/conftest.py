"""Settings for all tests."""

import os

from hypothesis import settings

# What specc sets before it loads TensorFlow, also for tests that load Keras themselves: without oneDNN, TensorFlow's
# convolutions on CPUs can do less.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Where `CI` is set the same examples are tried each time, so that a red run says something about its change; at a desk
# Hypothesis looks for new ones and prints how to try a failing one again.
settings.register_profile("ci", derandomize=True, print_blob=True)
settings.register_profile("desk", print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
