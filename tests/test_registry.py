"""The one way in which plug-ins are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from pytest_robust import adapters, datasets, generators, properties
from pytest_robust.errors import OptionError, SourceError, UnknownNameError
from pytest_robust.generators import Generator
from pytest_robust.registry import Registry, check_options, options_of
from pytest_robust.sources import Roots

SETS: dict[str, Registry[Any]] = {
    "adapters": adapters.registry,
    "datasets": datasets.registry,
    "generators": generators.registry,
    "properties": properties.registry,
}


@pytest.mark.parametrize("registry", SETS.values(), ids=SETS)
def test_every_file_of_a_set_is_a_member_of_its_name(registry: Registry[Any]) -> None:
    names = registry.names()
    assert names == sorted(names)
    assert names
    for name, member in zip(names, registry.all(), strict=True):
        assert member.name == name
        assert registry.get(name) is member


def test_asking_for_one_member_imports_no_other() -> None:
    code = (
        "import sys; from pytest_robust.generators import registry; registry.names(); registry.get('fog');"
        "print([name for name in registry.names() if 'pytest_robust.generators.' + name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['fog']"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fogg", "unknown generator 'fogg'; did you mean 'fog'?"),
        ("FOG", "unknown generator 'FOG'; did you mean 'fog'?"),
        ("mine.py", "unknown generator 'mine.py'; write `mine.py:object`"),
        ("_random", "unknown generator '_random'"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        generators.registry.get(name)
    assert str(caught.value).startswith(said)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry[Generator]:
    """A registry in an environment where a package with three entry points is installed."""
    code = (
        "from pytest_robust.generators import generator\n"
        "@generator(kind='field', levels=(1,), scale='severity', risk='Dust.')\n"
        "def dust(images, *, severity, seeds): return images\n"
        "number = 3\n"
    )
    (tmp_path / "dust_from_elsewhere.py").write_text(code)
    information = tmp_path / "dust-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: dust\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[pytest_robust.generators]\ndust = dust_from_elsewhere:dust\n"
        "number = dust_from_elsewhere:number\ngone = dust_from_elsewhere.gone:x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return Registry("generator", "pytest_robust.generators", Generator)


def test_an_entry_point_is_a_member(installed: Registry[Generator]) -> None:
    assert {"dust", "fog"} <= {*installed.names()}
    assert installed.get("dust").risk == "Dust."


def test_a_broken_entry_point_names_its_package(installed: Registry[Generator]) -> None:
    with pytest.raises(SourceError) as caught:
        installed.get("gone")
    assert str(caught.value) == (
        "generator 'gone' (entry point dust_from_elsewhere.gone:x): ModuleNotFoundError: No module named "
        "'dust_from_elsewhere.gone'; 'dust_from_elsewhere' is not a package; mend or uninstall dust"
    )


def test_an_entry_point_of_the_wrong_kind_is_refused(installed: Registry[Generator]) -> None:
    with pytest.raises(
        SourceError, match=r"^'number' \(entry point dust_from_elsewhere:number\) is an object of type int"
    ):
        installed.get("number")


def test_an_object_of_a_file_is_a_member(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pytest_robust import mean_property\n"
        "@mean_property(range=(0, 1), truths=['label'], summary='One.')\ndef one(evidence): return evidence.correct\n"
    )
    assert properties.registry.get("mine.py:one", Roots((tmp_path,))).name == "one"
    with pytest.raises(SourceError, match=r"^mine\.py:one is an object of type Property, not a generator; decorate it"):
        generators.registry.get("mine.py:one", Roots((tmp_path,)))


def test_a_file_of_a_set_that_holds_no_member_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "set_of_nothing"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rust.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        SourceError, match=r"rust\.py holds no generator called 'rust'; name the function like its file$"
    ):
        Registry("generator", "set_of_nothing", Generator).get("rust")


class Crop(BaseModel):
    size: int


def blur(
    images: Any,
    *,
    severity: float,
    radius: Annotated[float, Field(gt=0)],
    mode: Literal["box", "gauss"] = "box",
    crop: Crop | None = None,
    copy: bool = False,
    anything=(1, 2),
) -> Any: ...


GIVEN = frozenset({"severity"})


def test_options_are_converted_and_completed() -> None:
    found = check_options(blur, {"radius": 2, "crop": {"size": 3}, "copy": True}, given=GIVEN)
    assert found == {"radius": 2.0, "mode": "box", "crop": Crop(size=3), "copy": True, "anything": (1, 2)}


def test_every_mistake_in_options_is_told_by_its_name() -> None:
    with pytest.raises(OptionError) as caught:
        check_options(blur, {"radius": -1, "mood": "box", "crop": {"size": "x"}, "severity": 3}, given=GIVEN)
    assert caught.value.mistakes == {
        ("mood",): "unknown option 'mood'; did you mean 'mode'?",
        ("severity",): "unknown option 'severity'; there are: anything, copy, crop, mode, radius",
        ("radius",): "option 'radius' cannot be -1; it should be greater than 0",
        ("crop", "size"): (
            "option 'crop.size' cannot be 'x'; it should be a valid integer, unable to parse string as an integer"
        ),
    }
    assert str(caught.value) == "\n".join(caught.value.mistakes.values())


def test_an_option_may_be_called_like_a_keyword_of_python(tmp_path: Path) -> None:
    def of_class(*, class_: str, from_: Path = Path("x")) -> None: ...

    assert list(options_of(of_class)) == ["class", "from"]
    assert check_options(of_class, {"class": "cat"}) == {"class_": "cat", "from_": Path("x")}
    (tmp_path / "x").touch()
    assert check_options(of_class, {"class": "cat"}, roots=Roots((tmp_path,)))["from_"] == tmp_path / "x"
    with pytest.raises(OptionError) as caught:
        check_options(of_class, {"class_": "cat", "from": "y"}, roots=Roots((tmp_path,)))
    assert caught.value.mistakes == {("class_",): "unknown option 'class_'; did you mean 'class'?"}
    with pytest.raises(OptionError, match=r"^from: .*y"):
        check_options(of_class, {"class": "cat", "from": "y"}, roots=Roots((tmp_path,)))


def test_a_missing_option_is_told_unless_a_misspelt_one_explains_it() -> None:
    with pytest.raises(OptionError, match=r"^option 'radius' is missing; write `radius: \.\.\.`$"):
        check_options(blur, {}, given=GIVEN)
    with pytest.raises(OptionError, match=r"^unknown option 'radiu'; did you mean 'radius'\?$"):
        check_options(blur, {"radiu": 3}, given=GIVEN)


def test_a_function_without_options_says_so() -> None:
    with pytest.raises(OptionError, match=r"^unknown option 'x'; it takes no options$"):
        check_options(lambda images: images, {"x": 1})


def test_defaults_are_not_shared_between_calls() -> None:
    def of_list(*, values: list[int] = []) -> None: ...  # noqa: B006

    check_options(of_list, {})["values"].append(1)
    assert check_options(of_list, {}) == {"values": []}


def test_an_annotation_that_cannot_be_read_names_the_function() -> None:
    def strange(*, x: NoSuchType) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(SourceError, match=r"test_registry\.py, strange\(\): the annotation `NoSuchType` of an option"):
        check_options(strange, {})
