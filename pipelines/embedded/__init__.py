"""The embedded model: a small Stable Diffusion of our own, and all it takes to make it again.

scenes      what can be in a picture, the renderer that paints it, the captions that tell of it
training    from renders to weights in a diffusers folder
measuring   the judge, and how good pictures are; the model card
train       all of it: `python -m pipelines.embedded.train --budget MINUTES`
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"  # a diffusers folder: StableDiffusionPipeline loads it


def few_folder(weights: Path) -> Path:
    """Where the few-step sibling of weights lies: beside them."""
    return weights.with_name(f"{weights.name}-few")
