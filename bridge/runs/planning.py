"""What is known of a run before a worker sees it.

planned      the run with its working size
difference   why a replay may differ in the last bits
"""

from __future__ import annotations

from msgspec.structs import replace

from pipelines.pixels import padded_size, working_size

from ..made import differences
from ..wire import ModelInfo, Run


def planned(run: Run, model: ModelInfo | None) -> Run:
    """The run with its working size, which hangs on its model once that is loaded."""
    recipe = run.recipe
    if recipe.working_width is not None and recipe.working_height is not None:
        size = recipe.working_width, recipe.working_height
    elif model is None:
        size = padded_size(recipe.width, recipe.height)
    else:
        size = working_size(recipe.width, recipe.height, model.native, panorama=recipe.panorama)
        recipe = replace(recipe, working_width=size[0], working_height=size[1])
    enlarged = max(1.0, recipe.width / size[0], recipe.height / size[1])
    return replace(
        run, recipe=recipe, working_width=size[0], working_height=size[1], enlarged=enlarged
    )


def difference(before: dict[str, str], now: dict[str, str]) -> str:
    """Why a replay may differ in the last bits; empty where nothing has changed."""
    said = differences(before, now)
    return "; ".join(str(one) for one in said if "?" not in (one.was, one.now))
