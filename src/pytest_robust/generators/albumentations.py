"""A pipeline of the user's own, made of albumentations' transforms."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.errors import OptionError, nearest
from pytest_robust.generators import generator
from pytest_robust.generators._effects import REQUIRES, apply, library
from pytest_robust.generators._random import Seeds

Transforms = Annotated[list[str | dict[str, dict[str, Any] | None]], Field(min_length=1)]


@generator(
    kind="field",
    requires=REQUIRES,
    risk="What the suite's author knows of the field, as a pipeline of image transforms.",
)
def albumentations(images: Images, *, severity: float, seeds: Seeds, transforms: Transforms) -> Images:  # noqa: ARG001
    """`transforms` one after the other, in the order written: names, or one name with its arguments each.

        albumentations: {transforms: [HorizontalFlip, {RandomRain: {rain_type: heavy, p: 1.0}}]}

    A transform's own default is often to run on half of the images (p: 0.5). Those that choose among others, such as
    OneOf, take `transforms` again. `images` (n, h, w, c). Raises OptionError for a name or an argument that
    albumentations does not know, GenerationError where a transform fails or changes an image's shape or type.
    """
    return apply(library().Compose([build(entry) for entry in transforms]), images, seeds)


def build(entry: str | dict[str, Any]) -> Any:
    """The transform that an entry of the list means."""
    if isinstance(entry, str):
        entry = {entry: None}
    if len(entry) != 1:
        raise OptionError(
            f"transforms: {entry} is not one transform; "
            "write a name, or one name with its arguments: {GaussNoise: {p: 1.0}}"
        )
    ((name, arguments),) = entry.items()
    arguments = dict(arguments or {})
    module = library()
    known = [
        key
        for key, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, (module.BasicTransform, module.BaseCompose))
    ]
    if name not in known:
        raise OptionError(f"transforms: albumentations has no transform {name!r}; {nearest(name, sorted(known))}")
    member = getattr(module, name)
    if issubclass(member, module.BaseCompose):
        arguments["transforms"] = [build(inner) for inner in arguments.get("transforms", [])]
    parameters = inspect.signature(member.__init__).parameters
    unknown = [key for key in arguments if key not in parameters]
    if unknown:
        hint = nearest(unknown[0], sorted(parameters.keys() - {"self"}))
        raise OptionError(f"transforms: {name} has no argument {unknown[0]!r}; {hint}")
    try:
        return member(**arguments)
    except Exception as error:
        detail = " ".join(str(error).split())
        raise OptionError(f"transforms: {name} refuses {arguments}: {detail}") from error
