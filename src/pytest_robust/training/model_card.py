"""A Hugging Face model card: Markdown with YAML in front (https://huggingface.co/docs/hub/model-cards)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_robust.errors import DataError
from pytest_robust.training import Told, reader
from pytest_robust.training._open import text_of, yaml_of

FENCE = "---"
TOLD = (
    *("datasets", "base_model", "base_model_relation", "license", "license_name", "license_link", "language"),
    *("library_name", "pipeline_tag"),
)
"""Keys of the front matter that say where a model comes from."""
NEEDED = ("datasets", "base_model")
"""Of which there must be one."""


@reader(accepts=lambda name: name.endswith(".md"), written="README.md")
def model_card(path: Path) -> Told:
    """The names of data sets and base models in the front matter of a model card.

        ---
        datasets: [cifar10]
        base_model: microsoft/resnet-18
        ---

    A card names data sets and not their rows, so that no overlap can be looked for. Raises DataError.
    """
    first, *lines = text_of(path).split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if first.rstrip() != FENCE or not ends:
        raise DataError(f"{path.name}:1:1: a model card begins with YAML between two lines of {FENCE}; add `datasets:`")
    content = yaml_of("\n".join(["", *lines[: ends[0]]]), path.name).plain()
    found = {key: joined(content[key]) for key in TOLD if content.get(key)} if isinstance(content, dict) else {}
    if not any(key in found for key in NEEDED):
        raise DataError(
            f"{path.name}:1:1: neither `datasets:` nor `base_model:` stands in front; add what it comes from"
        )
    return Told(found)


def joined(value: Any) -> str:
    """A value, or the values of a list, as one line.

    >>> joined(["cifar10", "svhn"]), joined("mit")
    ('cifar10, svhn', 'mit')
    """
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
