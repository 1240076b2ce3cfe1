"""Colours keep their look on the way to the model and back, in every profile and depth."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageCms

from bridge.images.profiles import from_icc, icc_of, name_of, to_icc
from pipelines.colour import from_srgb, to_srgb
from pipelines.pixels import full
from pipelines.recipe import PROFILE_NAMES, Profile

from .colour_chart import chart, difference, lab

WIDE: tuple[Profile, ...] = tuple(name for name in PROFILE_NAMES if name != "sRGB")
DEPTHS = (8, 16)


def test_the_difference_is_the_one_its_authors_tabulated():
    """Pairs 1, 4, 13, 17, 25 and 34 of Sharma, Wu and Dalal (2005), table 1."""
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, -0.0010, 2.4900), (50, 0.0011, -2.4900), 4.7461),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ]
    for one, other, expected in pairs:
        found = difference(np.array(one, float), np.array(other, float))
        assert abs(found - expected) < 1e-4


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("profile", PROFILE_NAMES)
def test_what_the_model_leaves_alone_comes_back_as_it_went_out(profile: Profile, depth: int):
    """Also colours that sRGB cannot say, which the model therefore never saw."""
    source = chart(depth)
    back = from_srgb(to_srgb(source, profile), profile, depth, source)
    assert back.dtype == source.dtype
    assert np.abs(back.astype(int) - source).max() <= (0 if profile == "sRGB" or depth == 8 else 1)
    assert difference(lab(back, profile), lab(source, profile)).max() < 0.1


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("profile", PROFILE_NAMES)
def test_what_the_model_paints_looks_the_same_in_every_profile(profile: Profile, depth: int):
    painted = chart(depth)
    shown = from_srgb(painted, profile, depth)
    most = 1.0 if depth == 8 else 0.02  # 8 bits of a wider space are coarser steps
    assert difference(lab(shown, profile), lab(painted, "sRGB")).max() < most


@pytest.mark.parametrize("profile", WIDE)
def test_a_colour_beyond_srgb_is_given_back_only_where_the_model_kept_it(profile: Profile):
    source = np.zeros((1, 3, 3), np.uint8)
    source[..., 1] = 255  # the profile's own green
    seen = to_srgb(source, profile)
    painted = seen.copy()
    painted[0, 1] = seen[0, 1] // 2 + 32767 // 4  # far away
    shown = from_srgb(painted, profile, 16, source)
    assert np.array_equal(shown[0, 0], [0, 65535, 0])
    assert np.array_equal(shown[0, 1], from_srgb(painted, profile, 16)[0, 1])


@pytest.mark.parametrize("profile", WIDE)
def test_grey_stays_grey(profile: Profile):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    shown = from_srgb(ramp, profile, 16)
    assert (shown.max(axis=2) - shown.min(axis=2)).max() <= 2


def test_transparency_is_passed_through():
    random = np.random.default_rng(0)
    source = random.integers(0, 256, (5, 7, 4)).astype(np.uint8)
    seen = to_srgb(source, "Display P3")
    assert np.array_equal(seen[..., 3], source[..., 3].astype(np.uint16) * 257)


@pytest.mark.parametrize("profile", WIDE)
def test_little_cms_reads_our_profiles_as_we_mean_them(profile: Profile):
    """An independent reader of the ICC files we write: within one level of 255."""
    source = chart(8)
    icc = icc_of(profile)
    assert name_of(icc) == profile
    theirs = ImageCms.profileToProfile(
        pil.fromarray(source),
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    seen = np.rint(to_srgb(source, profile) / 257).astype(int)
    assert np.abs(np.asarray(theirs).astype(int) - seen).max() <= 1
    assert np.abs(from_icc(source, icc).astype(int) - seen).max() <= 1


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("profile", WIDE)
def test_srgb_goes_into_any_profile_and_comes_out_again(profile: Profile, depth: int):
    source = chart(depth)
    back = from_icc(to_icc(source, icc_of(profile)), icc_of(profile))
    assert full(back) == full(source)
    assert difference(lab(back, "sRGB"), lab(source, "sRGB")).max() < (1 if depth == 8 else 0.02)
