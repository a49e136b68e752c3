"""Print the oldest versions that pyproject.toml allows, one requirement a line, for `pip install -r`."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
wanted = [name for extra in ("vision", "autoattack", "sign", "test") for name in extras[extra]]
for requirement in [*project["dependencies"], *wanted]:
    print(re.sub(r">=([\w.]+).*", r"==\1", requirement))
