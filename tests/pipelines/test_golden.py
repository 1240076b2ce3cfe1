"""The pictures of the tiny model are those of the golden file: nothing has moved unnoticed."""

from __future__ import annotations

from safetensors.torch import load_file

from pipelines.model import Model

from .golden import GOLDEN, golden_latents

TOLERANCE = 1e-4  # relative: other processors round differently


def test_every_sampler_ends_on_its_golden_latents(tiny: Model) -> None:
    wanted, found = load_file(GOLDEN), golden_latents(tiny)
    assert set(found) == set(wanted)
    apart = {
        name: float((found[name] - wanted[name]).norm() / wanted[name].norm()) for name in wanted
    }
    worst = max(apart, key=lambda name: apart[name])
    assert apart[worst] < TOLERANCE, (
        f"{worst} differs by {apart[worst]:.2g}; if that is meant: scripts/make_golden.py"
    )
