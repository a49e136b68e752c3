"""The address of evidence, and the seeds: what moves them and what must not."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.engine import address
from pytest_robust.engine.seeds import row_order, row_seeds

FOG = "from _haze import haze\ndef fog(images):\n    import lens\n    return haze(images)\n"


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A generator's file that imports a neighbour, which imports another; one more is imported in the function."""
    (tmp_path / "_haze.py").write_text("from _air import air\ndef haze(images):\n    return air(images)\n")
    (tmp_path / "_air.py").write_text("def air(images):\n    return images\n")
    (tmp_path / "lens.py").write_text("focal = 1\n")
    (tmp_path / "unrelated.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def digest(text=FOG):
        (tmp_path / "fog.py").write_text(text)
        for name in ("fog", "_haze", "_air", "lens"):
            sys.modules.pop(name, None)
        spec = importlib.util.spec_from_file_location("fog", tmp_path / "fog.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return address.source_digest(module.fog)

    yield tmp_path, digest
    for name in ("fog", "_haze", "_air", "lens"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("neighbour", ["fog.py", "_haze.py", "_air.py", "lens.py"])
def test_an_edit_of_the_source_or_of_what_it_imports_moves_the_address(source, neighbour):
    folder, digest = source
    before = digest()
    if neighbour == "fog.py":
        assert digest(FOG + "# edited\n") != before
        return
    (folder / neighbour).write_text((folder / neighbour).read_text() + "# edited\n")
    assert digest() != before


def test_an_edit_elsewhere_does_not(source):
    folder, digest = source
    before = digest()
    (folder / "unrelated.py").write_text("x = 2\n")
    assert digest() == before


def test_what_a_function_closes_over_counts():
    def made(strength):
        def darker(images):
            return images // strength

        return darker

    assert address.source_digest(made(2)) == address.source_digest(made(2)) != address.source_digest(made(3))

    mask = np.zeros(5000)
    before = address.source_digest(made(mask))
    mask[2500] = 1
    assert address.source_digest(made(mask)) != before, "an array counts whole, not as it is printed"

    def twice(function):
        return lambda images: function(function(images))

    darker, darkest = made(2), made(3)
    assert address.source_digest(twice(darker)) == address.source_digest(twice(made(2)))
    assert address.source_digest(twice(darker)) != address.source_digest(twice(darkest))


def test_a_function_that_was_never_in_a_file_has_an_identity_too():
    found = {}
    exec("def one(images):\n return images + 1\ndef two(images):\n return images + 2", found)
    assert address.source_digest(found["one"]) != address.source_digest(found["two"])


IDS = st.lists(st.text(max_size=6), min_size=1, max_size=40, unique=True)


@settings(deadline=None, max_examples=50)
@given(IDS, st.integers(0, 2**40), st.data())
def test_a_row_s_seed_depends_on_its_id_alone(ids, seed, data):
    found = dict(zip(ids, row_seeds(seed, "fog", np.array(ids)).tolist(), strict=True))
    some = data.draw(st.permutations(ids))[: len(ids) // 2 + 1]
    assert row_seeds(seed, "fog", np.array(some)).tolist() == [found[name] for name in some]


@settings(deadline=None, max_examples=50)
@given(IDS, st.integers(0, 99))
def test_the_order_is_a_permutation_that_does_not_depend_on_how_the_data_is_sorted(ids, seed):
    names = np.array(ids)
    order = row_order(seed, "test", names)
    assert sorted(order.tolist()) == list(range(len(ids)))
    turned = names[::-1]
    assert turned[row_order(seed, "test", turned)].tolist() == names[order].tolist()


def test_seeds_and_orders_are_well_spread():
    ids = np.array([str(i) for i in range(4000)])
    seeds = row_seeds(0, "fog", ids)
    assert len(set(seeds.tolist())) == 4000
    assert abs((seeds / 2.0**64).mean() - 0.5) < 0.02
    assert abs(np.corrcoef(np.arange(4000), row_order(0, "test", ids))[0, 1]) < 0.06
    others = [row_seeds(1, "fog", ids), row_seeds(0, "snow", ids)]
    assert all(not (other == seeds).any() for other in others)
    assert (row_order(0, "train", ids) != row_order(0, "test", ids)).mean() > 0.99


def test_seeds_are_for_life():
    """Evidence on disk, and every record, would change its meaning otherwise."""
    assert row_seeds(0, "weather", np.array(["0", "img-7"])).tolist() == SEEDS
    assert row_order(3, "test", np.array(["0", "1", "2", "3", "4", "5"])).tolist() == ORDER


SEEDS = [4167186931560492808, 13592497382854723744]
ORDER = [4, 5, 3, 2, 0, 1]
