"""The embedded model: a small Stable Diffusion of our own, and all it takes to make it again.

`scenes` says what can be in a picture and `palettes` in which colours; `renderer` paints it (on a
`canvas`, with the painters of `landscape`, `grounds`, `things` and `details`, and the media of
`finish`); `captions` and `tokens` put it into `words`; `dataset` writes renders to disk, and
`lessons` says what is shown of them. `vae`, `text`, `unet`, `judge` and `few` are what is trained
and how, in one `loop`, within a `sitting` that begins from the weights shipped before. `train` runs
them all, `export` writes the weights, `quality` and, of regions, `fidelity` measure them and `card`
writes the figures down for the fixed `prompts`.
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"  # a diffusers folder: StableDiffusionPipeline loads it


def few_folder(weights: Path) -> Path:
    """Where the few-step sibling of weights lies: beside them."""
    return weights.with_name(f"{weights.name}-few")
