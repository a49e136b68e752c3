"""What all tests share."""

import os

from hypothesis import settings

pytest_plugins = ["pytester", "browser"]

# A busy machine is slow, not wrong: no deadlines. In CI the same examples every time, so that a red build is about the
# change; on a desk new ones, so that they find something; `--hypothesis-profile thorough` looks for longer.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
