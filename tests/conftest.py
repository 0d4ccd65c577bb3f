"""How Hypothesis searches: no clock decides about a test, and a run says the same as the one before it.

`HYPOTHESIS_PROFILE=explore pytest` looks further, at random.
"""

import os

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
