"""The torch adapter on real modules, state dicts, TorchScript archives and exported programs."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pytest_robust.adapters import Differentiable, registry
from pytest_robust.errors import ModelError, OptionError, SourceError
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots

FACTORY = """
import torch
from torch import nn

def load():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(32, 5),
    )

class Answers(nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer
    def forward(self, x):
        return self.answer(x)

def raises():
    raise RuntimeError("no weights today")
def forward_raises():
    def boom(x):
        raise ZeroDivisionError("inside forward")
    return Answers(boom)
def not_a_module():
    return [1]
def a_dict():
    return Answers(lambda x: {"logits": x, "loss": x})
def a_tuple():
    return Answers(lambda x: (x, x))
def one_dimension():
    return Answers(lambda x: x.mean((1, 2, 3)))
def integers():
    return Answers(lambda x: torch.zeros(len(x), 3, dtype=torch.int64))
def one_column():
    return Answers(lambda x: x.mean((1, 2, 3))[:, None])
def too_many_rows():
    return Answers(lambda x: torch.zeros(len(x) + 1, 3))
def nan():
    return Answers(lambda x: torch.full((len(x), 3), torch.nan))
def probabilities():
    return Answers(lambda x: torch.tensor([[0.0, 0.5, 0.6]]).repeat(len(x), 1) + 0 * x.sum())
def shape():
    return Answers(lambda x: torch.tensor([[float(side) for side in x.shape[1:]]]).repeat(len(x), 1))
def half():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4)).to(torch.bfloat16)
def tied():
    first, second = nn.Linear(192, 192, bias=False), nn.Linear(192, 192, bias=False)
    second.weight = first.weight
    return nn.Sequential(nn.Flatten(), first, second)

class Stubborn(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(192, 4))
        self.noise = nn.Dropout(0.5)
    def train(self, mode=True):
        super().train(mode)
        self.noise.train(True)
        return self
    def forward(self, x):
        return self.noise(self.body(x))

an_object = nn.Linear(2, 2)
"""


@pytest.fixture
def roots(tmp_path) -> Roots:
    (tmp_path / "net.py").write_text(FACTORY)
    return Roots((tmp_path,))


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)


def load(roots: Roots, source: str = "net.py:load", **options):
    member = registry.get("torch")
    return member(
        roots=roots,
        **check_options(member.load, {"source": source, "device": "cpu", **options}, given=frozenset({"roots"})),
    )


def pixels(images: np.ndarray) -> torch.Tensor:
    """Camera pixels as an attack makes them."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255


def convnet() -> nn.Module:
    """A network with batch statistics that are not the identity, in eval mode."""
    torch.manual_seed(3)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(32, 5),
    )
    module(torch.rand(16, 3, 8, 8))
    return module.eval()


def scripted(path, module: nn.Module, how: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        if how == "trace":
            made = torch.jit.trace(module, torch.rand(2, 3, 8, 8))
        else:
            made = torch.jit.script(module)
            made = torch.jit.freeze(made) if how == "freeze" else made
        torch.jit.save(made, str(path))


def exported(path, module: nn.Module, **options) -> None:
    torch.export.save(torch.export.export(module, (torch.rand(2, 3, 8, 8),), **options), str(path))


ANY_BATCH = {"dynamic_shapes": ({0: torch.export.Dim("n")},)}


def test_importing_the_adapter_does_not_hide_torch():
    module = importlib.import_module("pytest_robust.adapters.torch")
    assert module is not torch
    assert registry.get("torch").capabilities == {"gradients", "logits"}


@pytest.mark.parametrize(
    "preprocess",
    [
        {},
        {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        {"resize": 12, "crop": 10, "range": "-1-1", "channels": "bgr", "interpolation": "bicubic"},
    ],
)
def test_a_prediction_is_the_very_computation_that_an_attack_sees(roots, images, preprocess):
    model = load(roots, preprocess=preprocess)
    assert isinstance(model, Differentiable)
    predictions = model.predict(images)
    for x in (pixels(images), pixels(images).requires_grad_(), pixels(images).to(memory_format=torch.channels_last)):
        logits = model.logits(x)
        assert np.array_equal(logits.softmax(1).detach().numpy(), predictions.probabilities)
        assert np.array_equal(logits.detach().numpy(), predictions.logits)
    assert predictions.probabilities.dtype == predictions.logits.dtype == np.float32
    np.testing.assert_allclose(predictions.probabilities.sum(1), 1, rtol=1e-6)


def test_pixels_are_divided_by_255_in_float32(roots):
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    seen = []
    model = load(roots)
    model.module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    model.predict(every)
    assert np.array_equal(seen[0][0, 0].flatten().numpy(), (np.arange(256) / 255).astype(np.float32))


def test_the_gradient_reaches_the_pixels_and_not_the_weights(roots, images):
    model = load(roots, preprocess={"resize": 16, "mean": 0.5, "std": 0.25})
    x = pixels(images).requires_grad_()
    model.logits(x).logsumexp(1).sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(value.grad is None and not value.requires_grad for value in model.module.parameters())


def test_weights_from_safetensors_are_the_ones_that_answer(roots, images, tmp_path):
    trained = convnet()
    save_file(trained.state_dict(), tmp_path / "net.safetensors")
    predicted = load(roots, weights="net.safetensors").predict(images)
    with torch.inference_mode():
        assert np.array_equal(predicted.probabilities, trained(pixels(images)).softmax(1).numpy())


def test_the_network_is_in_eval_mode(roots, images):
    model = load(roots)
    assert not any(part.training for part in model.module.modules())
    assert np.array_equal(model.predict(images).probabilities, model.predict(images).probabilities)


def test_images_that_cannot_be_written_to_are_read(roots, images):
    images.setflags(write=False)
    assert len(load(roots).predict(images[::2, ::-1])) == 3


def test_a_part_that_stays_in_training_mode_is_named(roots, images):
    with pytest.raises(ModelError, match=r"net\.py:Stubborn: noise stays in training mode.*deterministic: false"):
        load(roots, "net.py:Stubborn")
    model = load(roots, "net.py:Stubborn", deterministic=False)
    assert not model.deterministic
    assert not np.array_equal(model.predict(images).logits, model.predict(images).logits)


def test_threads_are_set_while_the_model_is_at_work_and_put_back(roots, images):
    class Counting(torch.nn.Module):
        def forward(self, pixels):
            return torch.full((len(pixels), 2), float(torch.get_num_threads()))

    from_module = importlib.import_module("pytest_robust.adapters.torch").from_module
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        model = from_module(Counting(), threads=threads)
        assert model.predict(images).logits[0, 0] == threads
        assert model.description["threads"] == str(threads)
        with pytest.raises(ZeroDivisionError), model.at_work():
            1 / 0  # noqa: B018
        assert torch.get_num_threads() == before
    assert load(roots).fingerprint != load(roots, threads=2).fingerprint


def test_torch_is_left_as_it_was(roots, images):
    torch.manual_seed(11)
    before = torch.get_rng_state()
    settings = (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())
    deterministic = torch.are_deterministic_algorithms_enabled()
    first, second = load(roots), load(roots)
    first.predict(images)
    assert torch.equal(torch.get_rng_state(), before)
    assert settings == (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())
    assert deterministic == torch.are_deterministic_algorithms_enabled()
    assert first.fingerprint == second.fingerprint, "a network without weights is the same one in every process"


def test_weights_of_another_shape_or_name_are_all_named(roots, tmp_path):
    state = convnet().state_dict()
    del state["1.running_mean"]
    state["7.weight"] = torch.zeros(1)
    state["6.weight"] = torch.zeros(10, 32)
    save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(ModelError) as caught:
        load(roots, weights="other.safetensors")
    message = str(caught.value)
    assert str(tmp_path / "other.safetensors") in message
    assert "has no 1.running_mean;" in message
    assert "has the unexpected 7.weight;" in message
    assert "has another shape: 6.weight (10, 32) for (5, 32)." in message
    assert "\n" not in message


def test_a_missing_weights_file_is_named_with_the_places_tried(roots, tmp_path):
    with pytest.raises(ModelError, match=r"weights: 'gone\.safetensors' does not exist \(tried .*gone\.safetensors"):
        load(roots, weights="gone.safetensors")


@pytest.mark.parametrize("content", [b"", b"not tensors at all", "pickle"])
def test_a_file_that_is_no_safetensors_is_never_unpickled(roots, tmp_path, content):
    path = tmp_path / "net.safetensors"
    if content == "pickle":
        torch.save(convnet().state_dict(), path)
    else:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"net\.safetensors is no safetensors file .*save_file"):
        load(roots, weights="net.safetensors")


def test_tied_weights_are_saved_once(roots, images, tmp_path):
    weight = torch.rand(192, 192, generator=torch.Generator().manual_seed(0))
    save_file({"1.weight": weight}, tmp_path / "tied.safetensors")
    model = load(roots, "net.py:tied", weights="tied.safetensors")
    assert torch.equal(model.module[2].weight, weight)
    save_file({}, tmp_path / "empty.safetensors")
    with pytest.raises(ModelError, match=r"has no 1\.weight, 2\.weight\."):
        load(roots, "net.py:tied", weights="empty.safetensors")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("net.py:raises", r"net\.py:19: the factory net\.py:raises raised RuntimeError: no weights today"),
        ("net.py:not_a_module", r"made a list of 1; expected a torch\.nn\.Module"),
        ("net.py:an_object", r"is Linear; give a function or class"),
    ],
)
def test_a_factory_that_makes_no_module(roots, source, message):
    with pytest.raises(ModelError, match=message):
        load(roots, source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("net.py:a_dict", r"net\.py:a_dict answered a dict with keys 'logits', 'loss'; expected one tensor"),
        ("net.py:a_tuple", r"answered a tuple of 2"),
        (
            "net.py:one_dimension",
            r"answered torch\.float32 of shape \(6,\) to 6 images; expected numbers of shape \(6, K\)",
        ),
        ("net.py:integers", r"answered torch\.int64 of shape \(6, 3\)"),
        ("net.py:one_column", r"answered 1 numbers an image; expected one a class, at least two"),
        ("net.py:too_many_rows", r"of shape \(7, 3\) to 6 images"),
        ("net.py:forward_raises", r"net\.py:22: net\.py:forward_raises raised ZeroDivisionError: inside forward"),
    ],
)
def test_an_answer_that_no_verdict_can_be_built_on(roots, images, source, message):
    model = load(roots, source)
    with pytest.raises(ModelError, match=message):
        model.predict(images)
    with pytest.raises(ModelError, match=message):
        model.logits(pixels(images))


def test_the_number_of_classes_is_checked(roots, images):
    assert load(roots, classes=[0, 1, 2, 3, "four"]).classes == ("0", "1", "2", "3", "four")
    with pytest.raises(ModelError, match="answered 5 classes, but `classes` names 2"):
        load(roots, classes=["cat", "dog"]).predict(images)


def test_images_of_another_shape_name_the_shape_and_the_remedy(roots, images):
    with pytest.raises(ModelError, match=r"on NCHW input of shape \(6, 1, 8, 8\); check `preprocess:`"):
        load(roots, preprocess={"channels": "gray"}).predict(images)


def test_nan_is_handed_on(roots, images):
    assert np.isnan(load(roots, "net.py:nan").predict(images).probabilities).all()


def test_probabilities_are_handed_on_as_given(roots, images):
    model = load(roots, "net.py:probabilities", outputs="probabilities")
    given = np.array([[0.0, 0.5, 0.6]], np.float32).repeat(6, axis=0)
    predictions = model.predict(images)
    assert np.array_equal(predictions.probabilities, given)
    assert np.isfinite(predictions.logits).all()
    np.testing.assert_allclose(predictions.logits[:, 1:], np.log(given[:, 1:]), rtol=1e-6)
    assert np.array_equal(model.logits(pixels(images)).numpy(), predictions.logits)


def test_the_layout_reaches_the_network(roots, images):
    wide = np.zeros((2, 8, 9, 3), np.uint8)
    assert load(roots, "net.py:shape").predict(wide).logits[0].tolist() == [3, 8, 9]
    assert load(roots, "net.py:shape", preprocess={"layout": "NHWC"}).predict(wide).logits[0].tolist() == [8, 9, 3]


def test_a_network_in_half_precision_answers_float32(roots, images):
    predictions = load(roots, "net.py:half").predict(images)
    assert predictions.probabilities.dtype == np.float32
    assert predictions.probabilities.shape == (6, 4)


@pytest.mark.parametrize("how", ["script", "trace", "freeze"])
@pytest.mark.parametrize("ending", ["pt", "ts"])
def test_torchscript_answers_as_the_module_does(roots, images, tmp_path, how, ending):
    module = convnet()
    scripted(tmp_path / f"net.{ending}", module, how)
    model = load(roots, f"net.{ending}")
    x = pixels(images).requires_grad_()
    expected = module(pixels(images)).detach()
    torch.testing.assert_close(torch.from_numpy(model.predict(images).logits), expected)
    model.logits(x).sum().backward()
    assert x.grad.abs().sum() > 0


def test_torchscript_saved_in_training_mode_is_put_in_eval_mode(roots, images, tmp_path):
    scripted(tmp_path / "net.pt", convnet().train(), "script")
    model = load(roots, "net.pt")
    assert np.array_equal(model.predict(images).logits, model.predict(images).logits)


def test_a_torchscript_that_raises_tells_the_reason_in_one_line(roots, images, tmp_path):
    scripted(tmp_path / "net.pt", nn.Sequential(nn.Flatten(), nn.Linear(3, 2)), "script")
    with pytest.raises(ModelError, match=r"raised RuntimeError: .*shapes cannot be multiplied") as caught:
        load(roots, "net.pt").predict(images)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_torch_save_is_not_read(roots, tmp_path):
    torch.save(convnet().state_dict(), tmp_path / "net.pt")
    with pytest.raises(ModelError, match=r"net\.pt is no TorchScript archive .*a pickle and is not read: give `source"):
        load(roots, "net.pt")


def test_an_exported_program_is_read_only_by_those_who_trust_it(roots, images, tmp_path):
    module = convnet()
    exported(tmp_path / "net.pt2", module, **ANY_BATCH)
    with pytest.raises(OptionError, match=r"net\.pt2 is an exported program.*trust_pickle: true"):
        load(roots, "net.pt2")
    model = load(roots, "net.pt2", trust_pickle=True)
    expected = module(pixels(images)).detach()
    torch.testing.assert_close(torch.from_numpy(model.predict(images).logits), expected)
    x = pixels(images).requires_grad_()
    logits = model.logits(x)
    assert np.array_equal(logits.detach().numpy(), model.predict(images).logits)
    logits.sum().backward()
    assert x.grad.abs().sum() > 0


def test_a_program_exported_in_training_mode_is_refused(roots, tmp_path):
    exported(tmp_path / "net.pt2", convnet().train(), **ANY_BATCH)
    with pytest.raises(ModelError, match=r"exported in training mode \(batch_norm, dropout\); call module\.eval\(\)"):
        load(roots, "net.pt2", trust_pickle=True)


def test_a_program_exported_for_one_batch_says_how_to_export_it(roots, images, tmp_path):
    exported(tmp_path / "net.pt2", convnet())
    with pytest.raises(ModelError, match=r"dynamic_shapes"):
        load(roots, "net.pt2", trust_pickle=True).predict(images)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_archive_is_a_model_error(roots, tmp_path, content):
    for name in ("net.pt", "net.pt2"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=name):
            load(roots, name, trust_pickle=True)


def test_other_sources_and_combinations_say_what_would_be_right(roots, tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"cannot tell what .*net\.onnx is; `source` is `path\.py:factory`"):
        load(roots, "net.onnx")
    scripted(tmp_path / "net.pt", convnet(), "script")
    with pytest.raises(OptionError, match="`weights` go with"):
        load(roots, "net.pt", weights="net.safetensors")
    with pytest.raises(SourceError, match=r"'gone\.pt' does not exist"):
        load(roots, "gone.pt")
    with pytest.raises(OptionError, match=r"'preprocess' .*unknown key 'men'; did you mean 'mean'"):
        load(roots, preprocess={"men": 1})


def test_cuda_is_an_error_where_there_is_none(roots, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match=r"device: cuda was asked for, but torch .* finds none here"):
        load(roots, device="cuda")
    assert load(roots, device="auto").device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_prediction_is_what_an_attack_sees_on_cuda_too(roots, images):
    model = load(roots, device="cuda", preprocess={"resize": 12, "mean": 0.5})
    logits = model.logits(pixels(images).to(model.device).requires_grad_())
    assert np.array_equal(logits.softmax(1).detach().cpu().numpy(), model.predict(images).probabilities)


def test_the_fingerprint_follows_weights_code_and_reading(roots, tmp_path):
    state = convnet().state_dict()
    save_file(state, tmp_path / "net.safetensors")
    first = load(roots, weights="net.safetensors").fingerprint
    assert load(roots, weights="net.safetensors").fingerprint == first
    save_file(state, tmp_path / "copy.safetensors")
    assert load(roots, weights="copy.safetensors").fingerprint == first, "the name of the file is not the model"
    seen = {
        first,
        load(roots, weights="net.safetensors", preprocess={"mean": 0.5}).fingerprint,
        load(roots, weights="net.safetensors", outputs="probabilities").fingerprint,
        load(roots).fingerprint,
    }
    state["6.bias"][0] = torch.nextafter(state["6.bias"][0], torch.tensor(9.0))
    save_file(state, tmp_path / "net.safetensors")
    seen.add(load(roots, weights="net.safetensors").fingerprint)
    (tmp_path / "net.py").write_text(FACTORY + "\n# a word more\n")
    seen.add(load(roots, weights="copy.safetensors").fingerprint)
    assert len(seen) == 6


def test_the_fingerprint_follows_the_classes_of_a_neighbouring_file(tmp_path):
    seen = set()
    for factor in (1, 2):
        folder = tmp_path / str(factor)
        folder.mkdir()
        (folder / f"layers{factor}.py").write_text(
            f"import torch\nclass Scale(torch.nn.Module):\n    def forward(self, x):\n        return {factor} * x\n"
        )
        (folder / "net.py").write_text(
            "import glob, pathlib, importlib\n"
            "name = next(pathlib.Path(__file__).parent.glob('layers*.py')).stem\n"
            "Scale = importlib.import_module(name).Scale\n"
        )
        seen.add(load(Roots((folder,)), "net.py:Scale").fingerprint)
    assert len(seen) == 2


def test_the_fingerprint_follows_the_functions_of_a_neighbouring_file(tmp_path):
    (tmp_path / "squash.py").write_text("import torch\nsquash = torch.relu\n")
    (tmp_path / "net.py").write_text(
        "import torch\nfrom squash import squash\n"
        "class Net(torch.nn.Module):\n    def forward(self, x):\n        return squash(x.mean((2, 3)))\n"
    )
    first = load(Roots((tmp_path,)), "net.py:Net").fingerprint
    (tmp_path / "squash.py").write_text("import torch\nsquash = torch.tanh\n")
    assert load(Roots((tmp_path,)), "net.py:Net").fingerprint != first


def test_the_description_is_for_a_reader(roots, tmp_path):
    told = load(roots, preprocess={"mean": 0.5, "std": 0.25}).description
    assert told == {
        "module": "Sequential",
        "parameters": "405",
        "device": "cpu",
        "preprocessing": "range 0-1, mean 0.5, std 0.25, NCHW",
        "outputs": "logits",
        "threads": "1",
        "torch": torch.__version__,
    }
    scripted(tmp_path / "net.pt", convnet(), "script")
    assert load(roots, "net.pt").description["module"] == "Sequential"


def test_a_live_module_is_copied_and_stays_as_it_is(images):
    from_module = importlib.import_module("pytest_robust.adapters.torch").from_module
    module = convnet().train()
    model = from_module(module, device="cpu", preprocess=model_preprocessing())
    assert module.training
    assert all(value.requires_grad for value in module.parameters())
    with torch.inference_mode():
        expected = convnet()((pixels(images) - 0.5) / 0.25)
    torch.testing.assert_close(torch.from_numpy(model.predict(images).logits), expected)
    assert model.fingerprint != from_module(module, device="cpu").fingerprint, "evidence is never reused by mistake"
    assert from_module(module, device="cpu", fingerprint="v1").fingerprint == "v1"
    by_name = load(Roots((), {"mine": module}), "mine", preprocess={"mean": 0.5, "std": 0.25})
    assert np.array_equal(by_name.predict(images).logits, model.predict(images).logits)


def model_preprocessing():
    from pytest_robust.adapters._preprocess import Preprocessing

    return Preprocessing(mean=0.5, std=0.25)


def test_a_factory_without_its_name_is_not_taken_for_an_archive(roots):
    with pytest.raises(ModelError, match=r"cannot tell what .*net\.py is; `source` is `path\.py:factory`"):
        load(roots, "net.py", weights="net.safetensors")
