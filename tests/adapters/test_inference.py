"""Channels last, autocast and torch.compile: that they take effect, that answers agree, and what is said where not."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch._dynamo.utils import counters

import pytest_robust
from pytest_robust.adapters._inference import Inference, Network
from pytest_robust.adapters._preprocess import Preprocessing
from pytest_robust.adapters.torch import from_module, load_torch
from pytest_robust.errors import ModelError, OptionError
from pytest_robust.sources import Roots

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
HALVES = {"bfloat16": (torch.bfloat16, 2e-2), "float16": (torch.float16, 2e-3)}
"""How far answers of about 1 may be off: a few units of the type's last place."""


def convnet(seed: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        *(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 5)),
    ).eval()


class Viewing(nn.Module):
    """Like many a network of old: fails where channels lie last in memory."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(144, 3)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(self.conv(pixels).view(len(pixels), -1))


def pixels(rows: int = 6) -> torch.Tensor:
    return torch.from_numpy(IMAGES[:rows]).permute(0, 3, 1, 2).contiguous().float() / 255


def slope(network, rows: int = 6) -> torch.Tensor:
    """The gradient of what an attack raises."""
    x = pixels(rows).requires_grad_()
    network(x).float().logsumexp(1).sum().backward()
    return x.grad


@pytest.fixture
def traced(monkeypatch):
    """torch.compile without code generation: everything of it but the C++ compiler, which takes seconds a program."""
    torch._dynamo.reset()
    counters.clear()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))


def programs() -> int:
    return counters["stats"]["unique_graphs"]


def test_channels_lie_last_in_weights_and_pixels():
    module = convnet()
    model, plain = from_module(module, channels_last=True), from_module(module)
    seen = []
    model.module[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    answer = model.predict(IMAGES)
    for tensor in (seen[0], model.module[0].weight):
        assert tensor.is_contiguous(memory_format=torch.channels_last)
        assert not tensor.is_contiguous()
    np.testing.assert_allclose(answer.logits, plain.predict(IMAGES).logits, atol=1e-5)
    torch.testing.assert_close(slope(model.logits), slope(plain.logits), atol=1e-5, rtol=0)
    assert np.array_equal(model.logits(pixels()).detach().numpy(), answer.logits)


def test_channels_that_the_network_moves_itself_are_left_to_it():
    with pytest.raises(OptionError, match=r"`channels_last: true` is for networks that take `layout: NCHW`.*leave it"):
        from_module(convnet(), channels_last=True, preprocess=Preprocessing(layout="NHWC"))


@pytest.mark.parametrize("written", HALVES)
def test_autocast_is_what_the_network_computes_in_and_the_softmax_is_not(written):
    half, tolerance = HALVES[written]
    module = convnet()
    model, plain = from_module(module, autocast=written), from_module(module)
    seen = []
    model.module[0].register_forward_hook(lambda _part, _given, output: seen.append(output.dtype))
    found = model.predict(IMAGES)
    assert seen == [half]
    assert found.probabilities.dtype == found.logits.dtype == np.float32
    np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(found.logits, plain.predict(IMAGES).logits, atol=tolerance)
    assert not np.array_equal(found.logits, plain.predict(IMAGES).logits)
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("written", HALVES)
def test_an_attack_follows_the_gradient_of_the_network_under_autocast(written):
    module = convnet()
    model = from_module(module, autocast=written)

    def by_hand(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", HALVES[written][0]):
            return module(x)

    found = slope(model.logits)
    assert found.dtype == torch.float32
    assert torch.equal(found, slope(by_hand))
    assert not torch.equal(found, slope(module))
    assert torch.cosine_similarity(found.flatten(), slope(module).flatten(), dim=0) > 0.99
    assert np.array_equal(model.logits(pixels()).detach().numpy(), model.predict(IMAGES).logits)


def test_features_under_autocast_are_averaged_in_float32():
    seen = []
    model = from_module(convnet(), autocast="bfloat16", features="0")
    model.module[0].register_forward_hook(lambda _part, _given, output: seen.append(output))
    found = model.predict(IMAGES).features
    np.testing.assert_array_equal(found, seen[0].float().flatten(2).mean(dim=2).numpy())


def test_autocast_that_would_have_no_effect_is_refused():
    for dtype, said in ((torch.bfloat16, "bfloat16"), (torch.float64, "float64")):
        with pytest.raises(OptionError, match=rf"`autocast: float16` .* Sequential computes in {said}; leave it out"):
            from_module(convnet().to(dtype), autocast="float16")
    impossible = Inference(autocast="float64")  # the suite refuses it; torch only warns, as of bfloat16 on old machines
    with pytest.raises(ModelError, match=r"does not compute in float64 on this cpu; leave it out, or write the other"):
        Network(convnet(), impossible, torch.device("cpu"), torch.float32, "net.py:load")


def test_probabilities_that_a_network_rounds_to_a_half_type_are_refused():
    module = nn.Sequential(convnet(), nn.Softmax(1))
    with pytest.raises(ModelError, match=r"probabilities in torch\.bfloat16, which do not sum to one; .*outputs: logi"):
        from_module(module, outputs="probabilities", autocast="bfloat16").predict(IMAGES)


@pytest.mark.skipif(not shutil.which(os.environ.get("CXX", "g++")), reason="torch.compile wants a C++ compiler")
def test_a_compiled_network_answers_as_it_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch._dynamo.reset()
    counters.clear()
    module = convnet()
    model, plain = from_module(module, compile=True), from_module(module)
    for rows in (6, 5, 2):
        found = model.predict(IMAGES[:rows])
        np.testing.assert_allclose(found.logits, plain.predict(IMAGES[:rows]).logits, atol=1e-5)
        np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-6)
    assert programs() == 1
    assert list(tmp_path.rglob("*.so")), "a program was written for this network"
    torch.testing.assert_close(slope(model.logits, 4), slope(plain.logits, 4), atol=1e-5, rtol=0)


def test_one_program_serves_every_number_of_rows(traced):
    """One more for a single row, which torch always compiles apart, and the same two for gradients."""
    module = convnet()
    model, plain = from_module(module, compile=True), from_module(module)
    for rows in (6, 4, 1, 2, 5, 3, 1, 6):
        found = model.predict(IMAGES[:rows]).logits
        np.testing.assert_allclose(found, plain.predict(IMAGES[:rows]).logits, atol=1e-5)
        with model.at_work(), torch.no_grad():  # with the threads of predict, or torch makes the programs again
            model.logits(pixels(rows))
    assert programs() == 2
    for rows in (3, 5, 1, 6):
        with model.at_work():
            found = slope(model.logits, rows)
        torch.testing.assert_close(found, slope(plain.logits, rows), atol=1e-5, rtol=0)
    assert programs() == 4


def test_what_torch_writes_down_for_its_own_tools_is_in_no_log_of_a_check(traced, caplog):
    """pytest listens to loggers that do not propagate as well, and shows a failing item's log."""
    handlers = list(logging.getLogger("torch.__trace").handlers)
    from_module(convnet(), compile=True).predict(IMAGES)
    assert [record.name for record in caplog.records if record.name == "torch.__trace"] == []
    listening = [one for one in handlers if not type(one).__module__.startswith("torch")]
    assert [one for one in logging.getLogger("torch.__trace").handlers if one in listening] == listening


def test_the_tenth_model_and_the_tenth_size_of_an_image_are_compiled_too(traced):
    for seed in range(10):
        from_module(convnet(seed), compile=True).predict(IMAGES)
    model = from_module(convnet(), compile=True)
    for side in range(8, 18):
        model.predict(np.zeros((2, side, side, 3), np.uint8))
    assert programs() == 20
    assert not counters["unimplemented"]


def test_features_of_a_compiled_network(traced):
    module = convnet()
    model, plain = from_module(module, compile=True, features="3"), from_module(module, features="3")
    for rows in (6, 3, 1):
        slope(model.logits, rows)
        np.testing.assert_allclose(
            model.predict(IMAGES[:rows]).features, plain.predict(IMAGES[:rows]).features, atol=1e-6
        )
    assert programs() == 4
    assert not counters["graph_break"]


def test_all_three_at_once(traced):
    module = convnet()
    model = from_module(module, compile=True, autocast="bfloat16", channels_last=True)
    found = model.predict(IMAGES)
    np.testing.assert_allclose(found.logits, from_module(module).predict(IMAGES).logits, atol=2e-2)
    assert not np.array_equal(found.logits, from_module(module).predict(IMAGES).logits)
    assert programs() == 1


def test_a_machine_without_a_compiler_is_told_in_words(tmp_path):
    code = (
        "import numpy as np, torch\n"
        "from pytest_robust.adapters.torch import from_module\n"
        "from pytest_robust.errors import ModelError\n"
        "net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 3), torch.nn.ReLU())\n"
        "try:\n"
        "    model = from_module(net, compile=True, channels_last=True, device='cpu')\n"
        "    model.predict(np.zeros((2, 8, 8, 3), np.uint8))\n"
        "except ModelError as error:\n"
        "    print(error)\n"
    )
    environment = os.environ | {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert "No working C++ compiler found" in done.stdout, done.stderr
    assert "with `compile: true`, and answers without it; leave it out, or give torch.compile" in done.stdout
    assert done.stdout.count("\n") == 1


def test_the_option_at_fault_is_named():
    assert len(from_module(Viewing()).predict(IMAGES)) == 6
    model = from_module(Viewing(), channels_last=True, autocast="bfloat16")
    said = (
        r"test_inference\.py:\d+: Viewing raised RuntimeError: view size .* on input of shape \(6, 3, 8, 8\) "
        r"with `channels_last: true`, and answers without it; leave it out, or write reshape\(\)"
    )
    for ask in (lambda: model.predict(IMAGES), lambda: model.logits(pixels().requires_grad_())):
        with pytest.raises(ModelError, match=said):
            ask()


def test_a_network_for_one_number_of_rows_cannot_be_compiled(traced):
    class Fixed(nn.Module):
        def forward(self, given: torch.Tensor) -> torch.Tensor:
            return given.mean((2, 3)).reshape(6 if len(given) == 6 else len(given) + 0, 3)

    with pytest.raises(ModelError, match=r"with `compile: true`, .*a network that takes any number of images$"):
        from_module(Fixed(), compile=True).predict(IMAGES)


@pytest.mark.parametrize("options", [{}, {"channels_last": True}, {"autocast": "bfloat16"}, {"compile": True}])
def test_an_error_of_the_network_itself_reads_the_same_under_all_options(traced, options):
    with pytest.raises(ModelError) as caught:
        from_module(nn.Sequential(nn.Flatten(), nn.Linear(3, 2)), **options).predict(IMAGES)
    assert str(caught.value) == (
        "Sequential: Sequential raised RuntimeError: mat1 and mat2 shapes cannot be multiplied (6x192 and 3x2) on NCHW "
        "input of shape (6, 3, 8, 8); check `preprocess`"
    )


def test_want_of_memory_is_not_taken_for_a_fault_of_the_options():
    asked = []

    class Greedy(nn.Module):
        def forward(self, given: torch.Tensor) -> torch.Tensor:
            asked.append(len(given))
            raise torch.OutOfMemoryError

    with pytest.raises(ModelError, match="ran out of memory on cpu with 6 images"):
        from_module(Greedy(), channels_last=True, autocast="bfloat16", device="cpu").predict(IMAGES)
    assert asked == [6]


def test_an_archive_that_is_compiled_already_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of torch deprecate TorchScript
        module = torch.jit.trace(convnet().requires_grad_(False), torch.rand(2, 3, 8, 8))
    with pytest.raises(OptionError, match=r"compile: .* is TorchScript, .* leave `compile` out, or give `source: path"):
        from_module(module, compile=True)


@pytest.mark.parametrize("options", [{"compile": True}, {"autocast": "bfloat16"}, {"channels_last": True}])
def test_an_exported_program_takes_every_option(traced, tmp_path, options):
    program = torch.export.export(convnet(), (pixels(2),), dynamic_shapes=({0: torch.export.Dim("n")},))
    torch.export.save(program, tmp_path / "net.pt2")
    counters.clear()  # to export is to trace: older versions of torch count that too
    model = load_torch(source="net.pt2", trust_pickle=True, roots=Roots((tmp_path,)), **options)
    for rows in (6, 3):
        expected = from_module(convnet()).predict(IMAGES[:rows]).logits
        np.testing.assert_allclose(model.predict(IMAGES[:rows]).logits, expected, atol=2e-2)
    assert programs() == (1 if "compile" in options else 0)


def test_options_are_told_and_evidence_made_with_others_is_another(tmp_path):
    (tmp_path / "net.py").write_text("from torch import nn\ndef load():\n    return nn.Conv2d(3, 2, 8)\n")
    load = partial(load_torch, source="net.py:load", roots=Roots((tmp_path,)))
    plain = load()
    assert not {"channels_last", "autocast", "compile"} & set(plain.description)
    seen = {plain.fingerprint}
    for written, options in (
        ({"channels_last": "true"}, {"channels_last": True}),
        ({"autocast": "bfloat16"}, {"autocast": "bfloat16"}),
        ({"autocast": "float16"}, {"autocast": "float16"}),
        ({"compile": "true"}, {"compile": True}),
        ({"channels_last": "true", "compile": "true"}, {"channels_last": True, "compile": True}),
    ):
        model = load(**options)
        assert model.description == plain.description | written
        seen |= {model.fingerprint, from_module(convnet(), fingerprint="v1", **options).fingerprint}
    assert len(seen) == 11
    assert from_module(convnet(), fingerprint="v1").fingerprint == "v1"


def test_a_record_tells_how_the_network_was_run_and_the_cache_keeps_it_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(
        "from torch import nn\ndef load():\n    return nn.Sequential(nn.Flatten(), nn.Linear(192, 2))\n"
    )
    model = {"adapter": "torch", "source": "net.py:load"}
    made = []
    for options in ({}, {"autocast": "bfloat16"}, {"autocast": "bfloat16"}):
        found = pytest_robust.run(
            {
                "name": "fast",
                "model": {**model, **options},
                "data": {"data": {"reader": "python", "source": "shown"}},
                "scenarios": {"clean": {"data": "data", "generate": "clean", "require": ["accuracy >= 0.1"]}},
            },
            objects={"shown": (IMAGES, np.arange(6) % 2)},
            cache=tmp_path / "cache",
        )
        assert found.model.description.get("autocast") == options.get("autocast")
        made.append(found.run.predictions)
    assert made[0] > 0
    assert made == [made[0], made[0], 0]
