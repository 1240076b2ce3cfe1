"""A model's few-step sibling: found beside it, held with it, told to clients, used where live."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
import torch

from bridge.config import Config
from bridge.wire import Event, Failed, Few, Finished, Frame, Generate, Live, Ready
from bridge.worker.homes import Home
from pipelines.embedded.training.few import new_factors
from pipelines.folder import LOWRANK, NOTES
from pipelines.lowrank import UP, save_factors
from pipelines.model import load_model
from tests.pipelines.tiny_models import write_sd

from ..cli import Terminal, data_folder, served
from ..conftest import bridge_of, recipe


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with a sibling."""
    base = write_sd(tmp_path_factory.mktemp("models") / "house")
    draws = torch.Generator().manual_seed(3)
    factors = new_factors(load_model(base).pipeline.unet, 2, draws)
    for name, value in factors.items():
        if name.endswith(UP):
            value.normal_(std=0.1, generator=draws)
    few = base.with_name("house-few")
    few.mkdir()
    save_factors(factors, few / LOWRANK)
    shutil.copyfile(base / "model_index.json", few / "model_index.json")
    (few / NOTES).write_text(json.dumps({"guidance_scale": 1.0, "base": "house"}))
    return base


@pytest.fixture
def folder(tmp_path: Path, base: Path) -> Generator[Path]:
    """The data folder of a running bridge with that model."""
    with data_folder(tmp_path) as folder, served(folder, base):
        yield folder


def test_a_sibling_is_a_model_of_the_bridge_only_where_its_folder_is(base: Path, tiny_folder: Path):
    config = Config(model=base)
    assert config.models["house-few"] == base.with_name("house-few")
    assert (config.sibling("house"), config.whole("house-few")) == ("house-few", "house")
    plain = Config(model=tiny_folder / "sd")
    assert "sd-few" not in plain.models
    assert (plain.sibling("sd"), plain.whole("sd-few")) == (None, "sd-few")


async def test_a_client_is_told_and_streams_and_paints_with_either_without_loading_again(
    tmp_path: Path, base: Path, home: Home
):
    config = Config(port=0, data=tmp_path / "data", model=base, device="cpu", threads=1)
    async with bridge_of(config, home) as bridge:
        heard: list[Event] = []

        async def until(kind: type[Event]) -> Event:
            async for event in bridge.events():
                assert not isinstance(event, Failed), event.message
                heard.append(event)
                if isinstance(event, kind):
                    return event
            raise AssertionError("events end with an exception only")

        ready = await until(Ready)
        assert isinstance(ready, Ready)
        few = ready.model.few
        assert few == Few(
            model="house-few", sampler="lcm", num_inference_steps=4, guidance_scale=1.0
        )
        quick = recipe(model=few.model, sampler=few.sampler, guidance_scale=few.guidance_scale)
        pictures: list[bytes] = []
        for number, scene in enumerate((quick, recipe(model="house", sampler="lcm"), quick)):
            await bridge.send(Live(request=str(number), recipe=scene))
            frame = await until(Frame)
            assert isinstance(frame, Frame)
            assert frame.request == str(number)
            pictures.append((await bridge.live_picture(frame.live)).pixels.tobytes())
        assert pictures[0] == pictures[2] != pictures[1]
        made: list[str] = []
        for name in ("house", few.model):  # a frame that is kept, and a run
            await bridge.send(Generate(request=name, recipe=recipe(model=name, sampler="lcm")))
            done = await until(Finished)
            assert isinstance(done, Finished)
            made.append((await bridge.run(done.run)).run.made_with["model"])
        assert made[0] != made[1]
        assert sum(isinstance(event, Ready) for event in heard) == 1


def test_live_on_the_command_line_uses_it_unless_another_sampler_is_asked_for(
    pentimento: Terminal, tmp_path: Path
):
    asked = ("live", "--prompt", "a house", "--size", "32x24", "--json")
    quick = pentimento.works(*asked, "-o", tmp_path / "a.png").events[-2]
    assert quick["type"] == "frame"
    same = ("--sampler", "lcm", "--steps", "4", "--guidance-scale", "1")
    recipe_file = tmp_path / "r.json"
    for name, model in (("b", "house-few"), ("c", "house")):
        recipe_file.write_text(json.dumps({"model": model}))
        pentimento.works(*asked, recipe_file, *same, "-o", tmp_path / f"{name}.png")
    pentimento.works(*asked, "--sampler", "dpmpp_2m", "--steps", "4", "-o", tmp_path / "d.png")
    recipe_file.write_text(json.dumps({"model": "house", "sampler": "dpmpp_2m"}))
    pentimento.works(*asked, recipe_file, "--steps", "4", "-o", tmp_path / "e.png")
    a, b, c, d, e = ((tmp_path / f"{name}.png").read_bytes() for name in "abcde")
    assert a == b != c
    assert d == e not in (a, c)
