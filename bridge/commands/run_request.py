"""What `run` and `live` are to paint: options, the files they name, and the recipe of it all.

Wish     read from files and checked as far as that goes without a bridge
wished   what the options ask for
blamed   a refusal, with the file that it is about
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import msgspec

from pipelines.recipe import Recipe

from ..http.client import Bridge
from ..images.image import Image
from ..wire import ModelInfo
from . import recipes
from .files import Source, check_kept, read_mask
from .masks import check_mask, check_regions
from .regions import Asked, asked_regions


@dataclass(frozen=True, eq=False)
class Wish:
    """A painting that is wished for."""

    options: argparse.Namespace
    source: Source | None  # the picture to start from
    mask: Image | None
    asked: Asked
    planned: Recipe  # with stand-ins for images' ids, and for what a bridge's model likes

    async def recipe(self, bridge: Bridge, model: ModelInfo, few: bool = False) -> Recipe:
        """The recipe, its images handed to the bridge; `few`: to be seen soonest.

        What is asked for stands. Another sampler than the few steps' is the model's own affair.
        """
        image = await bridge.put_image(self.source.image) if self.source else None
        defaults = {
            "width": model.native,
            "height": model.native,
            "guidance_scale": model.guidance_scale,
            "model": model.name,
        } | self.asked.size
        fields = _fields_of(self.source, image) | await self.asked.handed_over(bridge)
        fields |= recipes.given(self.options)
        if self.mask is not None:
            fields["mask"] = await bridge.put_image(self.mask)
        if few:
            quick = {k: v for k, v in msgspec.to_builtins(model.few).items() if v is not None}
            soonest = recipes.recipe_from(self.options.recipe, fields, defaults | quick)
            if soonest.sampler == model.few.sampler:
                return soonest
        return recipes.recipe_from(self.options.recipe, fields, defaults)


def wished(options: argparse.Namespace, source: Source | None) -> Wish:
    """What is asked for. ValueError: what can be known to be wrong before a bridge is started."""
    if options.mask and source is None:
        raise ValueError("--mask needs --init: it says which of its pixels may change")
    if source is not None and options.output is not None:
        check_kept(options.init, source, options.output)
    asked = asked_regions(options, source)
    source = asked.source or source
    mask = None
    if options.mask and source is not None:
        size = source.image.width, source.image.height
        mask = read_mask(options.mask, size, source.left, source.top)
    stand_in = "0" * 64  # for the image's id, which the bridge gives
    fields = _fields_of(source, stand_in) | asked.given() | recipes.given(options)
    defaults = {"width": 512, "height": 512} | asked.size
    recipe = recipes.recipe_from(options.recipe, fields, defaults)
    asked.check(recipe.width, recipe.height)
    check_regions(asked.regions, asked.masks)
    if mask is not None:
        check_mask(options.mask, mask, recipe.num_inference_steps)
    return Wish(options, source, mask, asked, recipe)


def blamed(options: argparse.Namespace, recipe: Recipe, model: ModelInfo, message: str) -> str:
    """What a bridge refused, naming the recipe's file where that names a model: no option does."""
    return message if recipe.model == model.name else f"{options.recipe}: {message}"


def _fields_of(source: Source | None, image: str | None) -> recipes.Fields:
    if source is None:
        return {}
    size = {"width": source.image.width, "height": source.image.height}
    colours = {"depth": source.image.depth, "profile": source.image.profile}
    return size | colours | {"init_image": image}
