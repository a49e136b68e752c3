"""Print the oldest versions that pyproject.toml allows, one requirement a line, for `pip install -r`."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
for requirement in [*project["dependencies"], *extras["vision"], *extras["test"]]:
    print(re.sub(r">=([\w.]+).*", r"==\1", requirement))
