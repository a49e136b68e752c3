"""Which class a claim means: the option `class`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator

from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError, nearest
from pytest_robust.properties._costs import names
from pytest_robust.properties._mentions import class_name


@dataclass(frozen=True)
class Chosen:
    """A class as an author writes it: by its name, or else by its number, counted from 0."""

    written: str

    def number(self, evidence: Evidence) -> int:
        """The number of the class. Raises OptionError for one that the model has not.

        >>> import numpy as np
        >>> rows = Evidence({"probabilities": np.eye(2)}, classes=("dog", "cat"))
        >>> Chosen("cat").number(rows), Chosen("0").number(rows)
        (1, 0)
        """
        return self._among(names(evidence))

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError for a class that the model has not.

        >>> Chosen("catt").refuse_unknown(("dog", "cat"))
        Traceback (most recent call last):
        pytest_robust.errors.OptionError: the model has no class 'catt'; did you mean 'cat'?
        """
        self._among(classes)

    def _among(self, classes: Sequence[str]) -> int:
        if self.written in classes:
            return list(classes).index(self.written)
        if self.written.isdecimal() and int(self.written) < len(classes):
            return int(self.written)
        raise OptionError(f"the model has no class {self.written!r}; {nearest(self.written, classes)}")


def chosen_class(written: Any) -> Chosen:
    """A class by its name or number. Raises ValueError for what is neither."""
    found = class_name(written)
    if found is None:
        raise ValueError("write a class by its name or number")
    return Chosen(found)


ClassOption = Annotated[Chosen, PlainValidator(chosen_class)]
"""An option of a property: `class=cat`, `class=3`."""
