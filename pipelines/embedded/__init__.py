"""The embedded model: a small Stable Diffusion of our own, and all it takes to make it again.

`scenes` says what can be in a picture, `renderer` paints it (on a `canvas`, with the painters of
`landscape` and `things`), `captions` and `tokens` put it into words, `dataset` writes renders to
disk. `vae`, `text` and `unet` are the three parts and how each is trained, in the one `loop` they
share; `train` runs them all, `export` writes the weights, `judge` says what a picture shows and
`card` writes the figures down.
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"  # a diffusers folder: StableDiffusionPipeline loads it
