"""What all tests share: tiny models of the real classes, written once, and one thread.

Properties are tried on the same examples every time, so that a run says the same twice; new ones
are looked for with `pytest --hypothesis-profile=explore`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import settings

from pipelines.model import Model, load_model

from .pipelines import tiny_models

settings.register_profile("explore", deadline=None)
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """What is equal to the bit is so for one number of threads, and some code under test sets it.

    Of the tiny models no operation is worth a second one, and tests run beside each other.
    """
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model folders: sd, sd_v, sdxl, sdxl_v, sd_zero_snr."""
    root = tmp_path_factory.mktemp("models")
    tiny_models.write_sd(root / "sd")
    tiny_models.write_tiny_autoencoder(root / "sd" / "taesd")
    tiny_models.write_sd(root / "sd_v", prediction_type="v_prediction")
    tiny_models.write_sd(root / "sd_zero_snr", prediction_type="v_prediction", zero_snr=True)
    tiny_models.write_sdxl(root / "sdxl")
    tiny_models.write_sdxl(root / "sdxl_v", prediction_type="v_prediction")
    return root


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Model:
    """The tiny SD model that predicts epsilon."""
    return load_model(tiny_folder / "sd")


@pytest.fixture(scope="session", params=["sd", "sd_v", "sdxl", "sdxl_v"])
def each_tiny(tiny_folder: Path, request: pytest.FixtureRequest) -> Model:
    """Every tiny model in turn."""
    return load_model(tiny_folder / request.param)
