"""What holds for every test: how Hypothesis searches, and that an interrupt arrives.

No clock decides about a test, and a run says the same as the one before it; `HYPOTHESIS_PROFILE=explore pytest` looks
further, at random. A shell starts what it runs in the background with SIGINT ignored, which wscli honours.
"""

import os
import signal

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
