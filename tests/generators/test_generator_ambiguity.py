"""Chimeras, hybrids, ladders, templates and hidden things, against their definitions computed in other ways."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds
from PIL import Image
from scipy.integrate import quad
from scipy.ndimage import correlate1d
from scipy.special import ive
from scipy.stats import norm

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.generators._frequencies import sigma_of, smoothed
from pytest_robust.generators._posterior import log_chances, posteriors
from pytest_robust.registry import check_options

CHIMERA, HYBRID, TEMPLATES = (registry.get(name) for name in ("chimera", "hybrid", "templates"))
PAIRED = [registry.get(name) for name in ("blend", "chimera", "hybrid")]
LADDERS = ["blur_ladder", "crop_ladder", "downsampling_ladder", "occlusion_ladder"]
RUNGS = (1, 2, 3, 4, 5)


def parents(n: int, height: int, width: int, channels: int = 3):
    both = pictures(2 * n, height, width, channels=channels)
    return both[:n], both[n:]


@pytest.mark.parametrize("member", PAIRED, ids=lambda member: member.name)
def test_what_has_two_parents_says_so_and_pairs_alike(member):
    assert (member.kind, member.truth, member.needs) == ("ambiguity", "parents", {"partner"})
    for pairs in ("random", "confusable", [3, 8], ["cat", "dog"]):
        assert check_options(member.make, {"pairs": pairs}, given=member.given)["pairs"] == pairs
    with pytest.raises(OptionError, match=r"pairs.*is not a way to pair; write random, confusable"):
        check_options(member.make, {"pairs": "confusble"}, given=member.given)


@pytest.mark.parametrize("member", PAIRED, ids=lambda member: member.name)
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 3), (9, 1, 4), (33, 57, 2)], ids=str)
def test_parents_of_any_size_work_and_stay_as_they_are(member, shape):
    first, second = parents(3, *shape[:2], channels=shape[2])
    before = first.copy(), second.copy()
    made = member(first, severity=0.5, seeds=seeds(3), partner=second)
    assert getattr(made, "images", made).shape == first.shape
    assert np.array_equal(first, before[0])
    assert np.array_equal(second, before[1])


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0, 1), st.integers(0, 2**64 - 1))
def test_a_chimera_is_the_first_parent_up_to_the_seam_and_the_partner_from_there(height, width, weight, seed):
    first, second = np.zeros((1, height, width, 3), np.uint8), np.full((1, height, width, 3), 255, np.uint8)
    made = CHIMERA(first, severity=weight, seeds=np.array([seed], np.uint64), partner=second)
    side = int(made.columns["side"][0])
    turned = np.rot90(made.images[0], k=-1, axes=(0, 1)) if side % 2 else made.images[0]  # top is right then
    own = turned == 0
    assert (own == own[:1, :, :1]).all()  # whole columns
    columns = own[0, :, 0]
    if side in (1, 2):
        columns = columns[::-1]
    length = len(columns)
    assert abs(columns.sum() - weight * length) <= 0.5 + 1e-9
    assert columns.tolist() == sorted(columns.tolist(), reverse=True)  # from its side on


def test_a_chimera_with_its_parents_exchanged_on_opposite_sides_is_the_same_picture():
    first, second = parents(64, 9, 12)
    numbers = seeds(64)
    sides = CHIMERA(first, severity=0.5, seeds=numbers, partner=second).columns["side"]
    opposite = {side: numbers[sides == (side + 2) % 4][0] for side in range(4)}
    exchanged = np.array([opposite[side] for side in sides.tolist()], np.uint64)
    for weight in (0.5, 0.3, 0.0):
        one = CHIMERA(first, severity=weight, seeds=numbers, partner=second)
        other = CHIMERA(second, severity=1 - weight, seeds=exchanged, partner=first)
        assert np.array_equal(other.columns["side"], (one.columns["side"] + 2) % 4)
        assert np.array_equal(other.images, one.images)


def test_all_four_sides_are_drawn_alike_and_by_the_row_alone():
    images = np.zeros((4_000, 2, 2, 1), np.uint8)
    sides = CHIMERA(images, severity=0.5, seeds=seeds(4_000), partner=images).columns["side"]
    assert np.bincount(sides, minlength=4).tolist() == pytest.approx([1_000] * 4, abs=4 * np.sqrt(750))
    alone = CHIMERA(images[:1], severity=0.5, seeds=seeds(4_000)[7:8], partner=images[:1]).columns["side"]
    assert alone[0] == sides[7]


@pytest.mark.parametrize("sigma", [0.3, 1.0, 4.0])
def test_smoothing_is_a_sum_of_neighbours_weighted_by_bessel_functions(sigma):
    """Lindeberg's kernel, T(n, t) = exp(-t) I_n(t) with t = sigma^2; edges mirrored."""
    images = pictures(2, 13, 24)
    weights, exact = ive(np.abs(np.arange(-60, 61)), sigma**2), images.astype(float)
    for axis in (1, 2):
        exact = correlate1d(exact, weights, axis=axis, mode="reflect")
    assert np.abs(smoothed(images, sigma) - exact).max() < 1e-6


@given(st.floats(0.01, 0.5))
def test_a_wave_at_the_cut_off_is_halved(cutoff):
    gain = np.exp(-(sigma_of(cutoff) ** 2) * (1 - np.cos(2 * np.pi * cutoff)))
    assert gain == pytest.approx(0.5)
    # A wave of whole and half periods, as the mirrored edges keep it: 2 N f of them over N pixels.
    length = 200
    turns = max(round(2 * length * cutoff), 1)
    wave = np.cos(np.pi * turns * (np.arange(length) + 0.5) / length).reshape(1, 1, length, 1)
    left = smoothed(wave, sigma_of(turns / (2 * length)))
    assert np.abs(left - 0.5 * wave).max() < 1e-9


@pytest.mark.parametrize("side", [32, 224])
def test_a_hybrid_has_the_coarse_of_the_first_and_the_fine_of_the_second(side):
    first, second = scenes(6, side)[:3], scenes(6, side)[3:]
    made = HYBRID(first, severity=0.0, seeds=seeds(3), partner=second).astype(float)
    uncut = ((made > 0) & (made < 255)).mean()
    assert uncut > 0.9
    far = sigma_of(2 / side)  # 2 cycles a picture, well below the cut-off
    coarse = {name: smoothed(image, far) for name, image in (("made", made), ("first", first), ("second", second))}
    fine = {name: image - smoothed(image, sigma_of(16 / side if side > 32 else 10 / side)) for name, image in
            (("made", made), ("first", first.astype(float)), ("second", second.astype(float)))}  # fmt: skip

    def alike(parts, other):
        return np.corrcoef(parts["made"].ravel() - parts["made"].mean(), parts[other].ravel())[0, 1]

    assert alike(coarse, "first") > 0.95 > 0.5 > alike(coarse, "second")
    assert alike(fine, "second") > 0.95 > 0.3 > alike(fine, "first")


def test_a_hybrid_of_a_picture_with_itself_is_that_picture_and_the_cut_off_is_an_option():
    first, second = parents(2, 20, 32)
    assert np.array_equal(HYBRID(first, severity=0.0, seeds=seeds(2), partner=first), first)
    little, much = (
        HYBRID(first, severity=0.0, seeds=seeds(2), partner=second, cycles=cycles).astype(float)
        for cycles in (1e-3, 10)
    )
    # With next to no cycles only the mean colour is the first's; with as many as there are, all but the finest is.
    shifted = second + (first.mean((1, 2)) - second.mean((1, 2)))[:, None, None]
    assert np.abs(little - np.clip(shifted, 0, 255)).max() <= 0.51
    assert np.abs(much - first).mean() < np.abs(much - second).mean() / 2
    with pytest.raises(OptionError, match="cycles"):
        check_options(HYBRID.make, {"cycles": 0}, given=HYBRID.given)


def climb(name: str, images: np.ndarray) -> list[np.ndarray]:
    return [registry.get(name)(images, severity=rung, seeds=seeds(len(images))) for rung in RUNGS]


@pytest.mark.parametrize("name", LADDERS)
def test_a_ladder_declares_its_order(name):
    member = registry.get(name)
    assert (member.kind, member.truth, member.scale, member.levels) == ("ambiguity", "order", "severity", RUNGS)


def test_an_occluded_rung_hides_what_the_one_below_hides_and_its_share():
    images = np.where(pictures(5, 33, 57) == 128, 127, pictures(5, 33, 57)).astype(np.uint8)
    hidden = [(made == 128).all(axis=3) for made in climb("occlusion_ladder", images)]
    for lower, higher in pairwise(hidden):
        assert (higher | ~lower).all()
    for rung, share in zip(hidden, (0.1, 0.35, 0.6, 0.85, 0.97), strict=True):
        assert rung.mean() == pytest.approx(share, abs=0.02)
    for made, rung in zip(climb("occlusion_ladder", images), hidden, strict=True):
        assert np.array_equal(made[~rung], images[~rung])
    assert len({rung.tobytes() for rung in hidden[2]}) == 5  # every row its own


def test_a_cropped_rung_shows_a_part_of_what_the_one_below_shows():
    """On a ramp the levels tell where a window lies: red from left to right, green from top to bottom."""
    ramp = np.zeros((40, 240, 240, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(240), np.arange(240)[:, None]
    shown = [made[..., :2].astype(int) for made in climb("crop_ladder", ramp)]
    for lower, higher in pairwise(shown):
        assert (higher.min((1, 2)) >= lower.min((1, 2)) - 1).all()
        assert (higher.max((1, 2)) <= lower.max((1, 2)) + 1).all()
    for made, share in zip(shown, (0.9, 0.65, 0.4, 0.2, 0.06), strict=True):
        assert np.ptp(made, axis=(1, 2)).mean() == pytest.approx(240 * share, abs=2)
    middles = shown[4].mean((1, 2))
    assert middles.min() < 30
    assert middles.max() > 210


@pytest.mark.parametrize(("side", "left"), [(32, (24, 16, 8, 4, 2)), (224, (112, 56, 28, 8, 2))])
def test_a_downsampled_rung_is_pils_resize_and_back(side, left):
    images = scenes(2, side)
    for made, small in zip(climb("downsampling_ladder", images), left, strict=True):
        for row, image in enumerate(images):
            picture = Image.fromarray(image).resize((small, small), Image.Resampling.BILINEAR)
            assert np.array_equal(made[row], picture.resize((side, side), Image.Resampling.BILINEAR))


def test_a_blurred_rung_is_smoother_in_every_wave():
    images = scenes(4, 64)
    made = climb("blur_ladder", images)
    for sigma, rung in zip((1, 2, 4, 8, 32), made, strict=True):
        assert np.abs(rung - smoothed(images, sigma)).max() <= 0.5 + 1e-6
    power = [np.abs(np.fft.fft2(rung.astype(float), axes=(1, 2)))[:, 1:8, 1:8].mean() for rung in made]
    assert power == sorted(power, reverse=True)
    assert made[4].std(axis=(1, 2)).mean() < 0.15 * images.std(axis=(1, 2)).mean()


@pytest.mark.parametrize("sigma", [0.4, 3.0, 60.0, 900.0])
def test_chances_of_levels_are_stretches_of_the_normal_distribution(sigma):
    chances = np.exp(log_chances(sigma))
    assert np.abs(chances.sum(axis=1) - 1).max() < 1e-12
    for template, level in ((0, 0), (0, 3), (100, 100), (100, 120), (255, 255), (254, 0), (7, 255), (30, 29)):
        low, high = (-np.inf if level == 0 else level - 0.5), (np.inf if level == 255 else level + 0.5)
        density = norm(template, sigma).pdf
        exact = quad(density, low, high, epsabs=0, epsrel=1e-10)[0] if abs(level - template) < 8 * sigma else None
        if exact:
            assert chances[template, level] == pytest.approx(exact, rel=1e-6)


def test_chances_far_out_in_the_tails_are_finite_and_keep_their_precision():
    """Far out, ln P is about -z^2 / 2 - ln(z sqrt(2 pi)), z the near end of the stretch (Mills' ratio)."""
    table = log_chances(0.5)
    assert np.isfinite(table).all()
    near = (200 - 0.5 - 10) / 0.5
    assert table[10, 200] == pytest.approx(-(near**2) / 2 - np.log(near * np.sqrt(2 * np.pi)), rel=1e-6)
    assert table[10, 200] == pytest.approx(table[245, 55], rel=1e-12)  # symmetric


def test_the_posterior_is_bayes_rule_by_brute_force():
    rng = np.random.default_rng(2)
    patterns = rng.integers(0, 256, (3, 2, 2, 1), dtype=np.uint8)
    images = rng.integers(0, 256, (20, 2, 2, 1), dtype=np.uint8)
    images[0], images[1] = 0, 255
    prior, sigma = np.array([0.5, 0.2, 0.3]), 90.0
    found = posteriors(images, patterns, prior, sigma)
    for image, row in zip(images, found, strict=True):
        joint = prior.copy()
        for number, pattern in enumerate(patterns):
            for level, centre in zip(image.ravel().tolist(), pattern.ravel().tolist(), strict=True):
                low = 0.0 if level == 0 else norm.cdf(level - 0.5, centre, sigma)
                high = 1.0 if level == 255 else norm.cdf(level + 0.5, centre, sigma)
                joint[number] *= high - low
        assert row == pytest.approx(joint / joint.sum(), rel=1e-9)
    excluded = posteriors(images, patterns, np.array([0.5, 0.0, 0.5]), sigma)
    assert (excluded[:, 1] == 0).all()
    assert excluded.sum(axis=1) == pytest.approx(np.ones(20))


def test_the_posterior_of_one_pixel_is_the_share_of_draws_that_had_it():
    """Of a million draws of noise, those that end at a level come from each template as often as the posterior says."""
    rng = np.random.default_rng(5)
    patterns = np.array([3, 90, 250], np.uint8).reshape(3, 1, 1, 1)
    prior, sigma = np.array([0.2, 0.5, 0.3]), 70.0
    drawn = rng.choice(3, 1_000_000, p=prior)
    levels = np.clip(np.floor(patterns.ravel()[drawn] + sigma * rng.standard_normal(len(drawn)) + 0.5), 0, 255)
    for level in (0, 40, 130, 255):
        same = drawn[levels == level]
        shares = np.bincount(same, minlength=3) / len(same)
        known = posteriors(np.full((1, 1, 1, 1), level, np.uint8), patterns, prior, sigma)[0]
        assert shares == pytest.approx(known, abs=5 * np.sqrt(0.25 / len(same)))


def draw(rung: float, n: int, patterns: np.ndarray, prior: np.ndarray, first_seed: int = 0):
    images = np.zeros((n, *patterns.shape[1:]), np.uint8)
    return TEMPLATES(images, severity=rung, seeds=seeds(n, first_seed), exemplars=patterns, prior=prior)


@pytest.mark.parametrize("rung", RUNGS)
def test_the_posterior_is_calibrated_to_the_class_drawn(rung):
    """Over 4,000 draws each class is drawn as often as its posteriors say, among high ones and among low ones."""
    prior = np.array([0.1, 0.3, 0.6])
    made = draw(rung, 4_000, pictures(3, 3, channels=1), prior)
    told, drawn = made.columns["posterior"], made.columns["template"]
    assert told.sum(axis=1) == pytest.approx(np.ones(4_000))
    for number, share in enumerate(prior):
        hit = drawn == number
        assert hit.mean() == pytest.approx(share, abs=4 * np.sqrt(0.25 / 4_000))
        edges = np.quantile(told[:, number], [0.25, 0.5, 0.75])
        for group in range(4):
            rows = np.digitize(told[:, number], edges) == group
            if rows.sum() >= 100:
                error = np.sqrt((told[rows, number] * (1 - told[rows, number])).sum()) / rows.sum()
                assert hit[rows].mean() == pytest.approx(told[rows, number].mean(), abs=4.5 * error + 1e-9)


def test_noise_grows_on_the_ladder_and_so_does_doubt():
    patterns = np.stack([np.full((4, 4, 1), level, np.uint8) for level in (110, 122, 140)])
    prior = np.full(3, 1 / 3)
    doubts = []
    for rung, apart in zip(RUNGS, (4, 3, 2, 1, 0.5), strict=True):
        made = draw(rung, 1_500, patterns, prior)
        noise = made.images.astype(float) - patterns[made.columns["template"]]
        sigma = 12 * 4 / apart  # the nearest two are 12 levels apart in each of 16 pixels
        near = int(sigma / 2)
        assert (np.abs(noise) <= near).mean() == pytest.approx(2 * norm.cdf((near + 0.5) / sigma) - 1, abs=0.015)
        told = made.columns["posterior"]
        doubts.append(-np.sum(np.where(told > 0, told * np.log2(np.maximum(told, 1e-300)), 0), axis=1).mean())
        # The nearest two alone: told apart wrongly with Phi(-d' / 2).
        rows = np.isin(made.columns["template"], [0, 1])
        wrong = (told[rows, 0] > told[rows, 1]) != (made.columns["template"][rows] == 0)
        if apart >= 2:  # hardly anything is cut
            assert wrong.mean() == pytest.approx(norm.cdf(-apart / 2), abs=0.035)
    assert doubts == sorted(doubts)
    assert doubts[0] < 0.3
    assert doubts[4] > 1.3


def test_templates_from_a_file(tmp_path):
    patterns, prior = pictures(2, 6), np.full(2, 0.5)
    np.save(tmp_path / "t.npy", patterns)
    np.savez(tmp_path / "t.npz", templates=patterns)
    np.savez(tmp_path / "other.npz", x=patterns)
    images = np.zeros((3, 6, 6, 3), np.uint8)
    given_here = {"severity": 2, "seeds": seeds(3), "exemplars": pictures(4, 6)[2:], "prior": prior}
    expected = TEMPLATES(images, **{**given_here, "exemplars": patterns})
    for name in ("t.npy", "t.npz"):
        found = TEMPLATES(images, **given_here, templates=tmp_path / name)
        assert np.array_equal(found.images, expected.images)
    with pytest.raises(GenerationError, match=r"other\.npz cannot be read .* or a \.npz with an array `templates`"):
        TEMPLATES(images, **given_here, templates=tmp_path / "other.npz")


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (pictures(3, 6), r"uint8 of shape \(3, 6, 6, 3\); give uint8 of shape \(2, 6, 6, 3\), one for each class"),
        (pictures(2, 6) / 255, "templates: they are float64"),
        (pictures(1, 6).repeat(2, axis=0), "those of the classes 0 and 1 are equal"),
    ],
)
def test_templates_that_do_not_do_are_refused(patterns, message):
    with pytest.raises(GenerationError, match=message):
        TEMPLATES(
            np.zeros((1, 6, 6, 3), np.uint8), severity=1, seeds=seeds(1), exemplars=patterns, prior=np.full(2, 0.5)
        )


def test_one_class_leaves_nothing_to_doubt():
    with pytest.raises(GenerationError, match="there is one class only"):
        draw(1, 1, pictures(1, 4), np.ones(1))


@given(st.integers(0, 2**64 - 1))
@settings(max_examples=20)
def test_a_drawn_template_depends_on_the_row_alone(seed):
    patterns, prior = pictures(3, 5), np.array([0.0, 0.4, 0.6])
    numbers = np.array([seed, 1, 2], np.uint64)
    made = TEMPLATES(pictures(3, 5), severity=3, seeds=numbers, exemplars=patterns, prior=prior)
    alone = TEMPLATES(pictures(1, 5), severity=3, seeds=numbers[:1], exemplars=patterns, prior=prior)
    assert np.array_equal(alone.images[0], made.images[0])
    assert np.array_equal(alone.columns["posterior"][0], made.columns["posterior"][0])
    assert (made.columns["template"] > 0).all()


def test_what_is_hidden_is_as_probable_as_its_class_is_common():
    member, prior = registry.get("full_occlusion"), np.array([0.7, 0.2, 0.1])
    images = pictures(300, 5, 7, channels=4)
    made = member(images, severity=0.0, seeds=seeds(300), prior=prior)
    assert (made.images == made.images[:, :1, :1]).all()
    assert made.columns["posterior"].tolist() == [prior.tolist()] * 300
    even = member(images, severity=0.0, seeds=seeds(300), prior=prior, shares="uniform")
    assert even.columns["posterior"] == pytest.approx(np.full((300, 3), 1 / 3))
    assert np.array_equal(even.images, made.images)
    # Nothing of the picture shows: other pictures, the same colours.
    assert np.array_equal(member(255 - images, severity=0.0, seeds=seeds(300), prior=prior).images, made.images)


def test_votes_are_about_the_pictures_as_they_are():
    member, images = registry.get("votes"), pictures(2, 9)
    assert (member.kind, member.truth) == ("ambiguity", "votes")
    assert np.array_equal(member(images, severity=0.0, seeds=seeds(2)), images)


@pytest.mark.parametrize("name", ["blend", "chimera", "hybrid", "full_occlusion", "templates"])
def test_no_image_is_an_answer_to_no_image(name):
    member, none = registry.get(name), np.zeros((0, 8, 8, 3), np.uint8)
    passed = {"partner": none, "exemplars": pictures(2, 8), "prior": np.full(2, 0.5)}
    needed = {need: value for need, value in passed.items() if need in member.needs}
    made = member(none, severity=1.0, seeds=seeds(0), **needed)
    assert getattr(made, "images", made).shape == none.shape
    if member.truth == "posterior":
        assert made.columns["posterior"].shape == (0, 2)
