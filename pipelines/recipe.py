"""What to make. Plain data: no torch, no I/O; equal recipes give equal pictures.

Recipe        everything that decides the pixels of a run from its first record on
Painted       how a part of a picture is painted
Region        part of a recipe: a part of the picture with a prompt of its own, and its mask
Hold          part of a recipe: a painted step that pulls the predictions towards itself
Kept          part of a recipe: a finished picture that stays to the bit outside a mask
Rewind        how to go on from an old step: the mode, and the painter's edit
images_named  the images that decide a run, by the field that names them; steps_named the steps

What a field is stands on it (see fields.py): its range, what a rewind may do with it, its option on
the command line. Ranges are checked when a value is made, also when it comes from JSON; messages
begin with the field's name and say what was found and what would be right.

Pixels travel in a document's own depth and, where it is a `Profile`, in its own profile: what is
not converted cannot shift, and what nobody painted on comes back to the bit. Every coloured image
that a recipe names has the recipe's profile; a rewind's `edit` and `handed` out of a document of
another one are converted, both alike.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, get_args

import msgspec

from .fields import check, field, fixed, like, listed, named_in, predicting, text, updating, within

IMAGE_ID = re.compile(r"[0-9a-f]{64}")
RUN_ID = re.compile(r"[0-9a-f]{32}")
STEP_ID = re.compile(r"[0-9a-f]{32}\.\d{1,4}")
_MODEL = re.compile(r"[\w.-]{1,100}")

MIN_SIDE = 8  # pixels
MAX_SIDE = 8192  # pixels
MAX_AREA = 64 * 2**20  # pixels
MAX_STEPS = 250
MAX_PROMPT = 4000  # characters
MAX_SEED = 2**53 - 1  # JSON numbers are exact up to here
MAX_REGIONS = 64

ImageId = Annotated[str, like(IMAGE_ID, "an image id (64 hex digits)", names="image")]
"""Content hash of size, channels, depth, profile and pixels."""
StepId = Annotated[str, like(STEP_ID, "a step id (run.index)", names="step")]
"""The index counts from 0, the noisiest."""
Text = Annotated[str, text(MAX_PROMPT)]
Share = Annotated[float, within(0.0, 1.0)]
Side = Annotated[int, within(MIN_SIDE, MAX_SIDE)]  # pixels
WorkingSide = Annotated[int, within(MIN_SIDE, MAX_SIDE, step=8)]
Steps = Annotated[int, within(1, MAX_STEPS)]
Seed = Annotated[int, within(0, MAX_SEED)]

Sampler = Literal["ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "heun", "lcm"]
Mode = Literal["replay", "nudge", "keep", "repaint", "hold"]
RegionMode = Literal["blend", "isolate"]
Quantisation = Literal["discrete", "semi", "continuous"]
Profile = Literal["sRGB", "Display P3", "Adobe RGB (1998)"]  # colour profiles, as Photoshop says
SAMPLER_NAMES: tuple[Sampler, ...] = get_args(Sampler)
MODE_NAMES: tuple[str, ...] = get_args(Mode)
QUANTISATIONS: tuple[str, ...] = get_args(Quantisation)
PROFILE_NAMES: tuple[Profile, ...] = get_args(Profile)
DRAWS: tuple[Sampler, ...] = ("euler_ancestral", "lcm")
"""The samplers with fresh noise at each step; ddim with eta is one, too."""


class Hold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pull predictions towards a painted step, inside a mask, while sigma is above `until`."""

    step: StepId  # the record that was painted on; its prediction plus the edit is the target
    edit: ImageId  # the painter's pixels
    handed: ImageId  # exactly the pixels that were handed out
    mask: ImageId  # 8-bit grey, picture size, 255 where the edit counts
    weight: Share = 1.0  # of the way to the target at each step
    until: Annotated[float, within(0.0, math.inf)] = 0.0  # sigma; 0 holds to the end

    def __post_init__(self) -> None:
        check(self, "hold.")


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Outside `mask` the picture is that of `step`, in latents at every step and in pixels."""

    step: StepId  # the last record of the line whose picture is kept
    picture: ImageId  # that line's finished picture, what the composite takes outside the mask
    mask: ImageId  # 8-bit grey, picture size, 255 where the picture may change

    def __post_init__(self) -> None:
        check(self, "kept.")


class Painted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a part of a picture is painted, wherever it is."""

    prompt: Text
    negative_prompt: Text | None = None  # None: the recipe's
    prompt_strength: Share = 1.0  # of these prompts in a mix with the recipe's
    alpha: Share = 1.0  # below 1 an isolated region begins later, as it were at a strength
    blur: Annotated[
        float, within(0.0, 512.0), field("soften the edges of their masks", "--blur PIXELS")
    ] = 0.0  # standard deviation
    weight: Annotated[float, within(0.001, 1000.0)] = 1.0  # where it shares ground with others
    seed: Seed | None = None  # of the noise inside; None: the recipe's
    mode: RegionMode = "blend"  # in the whole picture's attention, or seen by itself
    isolate_steps: Steps | None = None  # isolate: for so many steps, then blend; None: to the end
    bootstrap_steps: Annotated[int, within(0, MAX_STEPS)] | None = None  # isolate: the first so
    # many before a flat backdrop; None: five eighths of the run's, of what spans the picture from
    # side to side or top to bottom none
    quantisation: Quantisation = "continuous"  # isolate: how the mask opens as noise falls

    def __post_init__(self) -> None:
        check(self, "regions.")
        if self.isolate_steps is not None and self.mode != "isolate":
            raise ValueError(
                f"regions.isolate_steps belongs to mode isolate; {self.mode} takes none, "
                f"got {self.isolate_steps}"
            )


class Region(Painted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the picture with a prompt of its own. Its ground is mask, blurred, times alpha.

    Later regions of a recipe cover earlier ones; what none covers hears the recipe's prompt. They
    change predictions only, so a rewind may change anything of them.
    """

    mask: ImageId  # 8- or 16-bit grey, picture size; full = belongs to the region


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the pixels of a run."""

    prompt: Annotated[Text, predicting("what the picture shows", "--prompt TEXT")]
    width: Annotated[Side, fixed("pixels of the picture, any size")]
    height: Annotated[Side, fixed()]
    negative_prompt: Annotated[
        Text, predicting("what it does not show", "--negative-prompt TEXT")
    ] = ""
    clip_skip: Annotated[
        Annotated[int, within(0, 31)] | None,
        predicting(
            "layers left out at the end of the text encoder, for prompts but negative ones",
            "--clip-skip N",
            usual="as the model has it",
            since="0.2",
            shown=True,
        ),
    ] = None
    num_inference_steps: Annotated[Steps, fixed("steps of the schedule", "--steps N")] = 20
    guidance_scale: Annotated[
        float,
        within(0.0, 100.0),
        predicting(
            "how closely the prompt is followed; 1 is off",
            "--guidance-scale S",
            usual="the model's",
        ),
    ] = 3.0  # SD models like 7.5
    seed: Annotated[Seed, updating("equal seeds give equal pictures", "--seed N")] = 0
    sampler: Annotated[Sampler, updating("how a step is made", "--sampler")] = "dpmpp_2m"
    eta: Annotated[Share, updating("fresh noise per step; ddim only", "--eta 0..1")] = 0.0
    init_image: Annotated[ImageId | None, fixed("what to start from; none: text-to-image")] = None
    strength: Annotated[
        float,
        within(0, 1, above=True),
        fixed("how much of the schedule is run over the picture to start from", "--strength 0..1"),
    ] = 1.0
    mask: Annotated[ImageId | None, fixed("grey, picture size; full = may change")] = None
    regions: Annotated[tuple[Region, ...], listed(MAX_REGIONS), predicting("lowest first")] = ()
    panorama: Annotated[
        bool,
        fixed("paint a wide picture through overlapping windows side by side", "--panorama"),
    ] = False
    working_width: Annotated[
        WorkingSide | None,
        fixed("pixels the model paints; none: width padded"),
    ] = None
    working_height: Annotated[
        Annotated[int, within(MIN_SIDE, MAX_SIDE, step=8)] | None, fixed()
    ] = None
    depth: Annotated[
        Literal[8, 16], fixed("bits per channel of the pictures that are handed out")
    ] = 8
    profile: Annotated[
        Profile, fixed("of those pictures, and of every coloured image named here")
    ] = "sRGB"
    model: Annotated[
        str,
        like(_MODEL, "a model's name"),
        fixed("as named by the bridge; never a path that the wire could choose"),
    ] = "embedded"
    hold: Annotated[Hold | None, predicting("set by a rewind")] = None
    kept: Annotated[Kept | None, predicting("set by a rewind")] = None

    def __post_init__(self) -> None:
        if self.depth not in (8, 16):
            raise ValueError(f"depth must be 8 or 16 bits per channel, got {self.depth}")
        if self.profile not in PROFILE_NAMES:
            raise ValueError(
                f"profile must be one of {', '.join(PROFILE_NAMES)}, got {self.profile!r}; "
                "convert the picture to one of them first"
            )
        check(self)
        if self.width * self.height > MAX_AREA:
            raise ValueError(
                f"width × height must be at most {MAX_AREA} pixels, got {self.width}x{self.height}"
            )
        if self.eta and self.sampler != "ddim":
            raise ValueError(f"eta belongs to ddim; {self.sampler} takes none, got {self.eta}")
        if self.init_image is None and self.strength != 1:
            raise ValueError(f"strength {self.strength} needs an init_image to start from")
        if self.init_image is None and self.mask is not None:
            raise ValueError("mask needs an init_image: it says which of its pixels may change")
        if self.init_image is not None and int(self.num_inference_steps * self.strength) < 1:
            raise ValueError(
                f"strength {self.strength} of {self.num_inference_steps} steps leaves none to run; "
                "raise strength or num_inference_steps"
            )
        if (self.working_width is None) != (self.working_height is None):
            raise ValueError("working_width and working_height belong together; give both or none")


class Rewind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a new line leaves an old step. Says nothing of the recipe, which may change as well.

    Without an edit and a mask nothing but the recipe changes. `hold` and `keep_outside` need a
    mask: who stores images finds it (pixels.changed_mask; for the seam of keep_outside softened, as
    by feather(grow(mask, 8), 4)), stores it and names it. The other modes find it where none is
    given. A `region` names no image: the bridge makes the mask of what shows of it, with a seam.
    `variation_seed`, `weight` and `release` are taken in every mode and do nothing in another than
    theirs: stored documents hold such, and are replayed.
    """

    mode: Mode = "repaint"
    edit: ImageId | None = None  # the picture as it came back; None: nothing was painted
    handed: ImageId | None = None  # the picture as it was handed out; needed with edit
    mask: ImageId | None = None  # 255 where the edit counts; None: found by comparing the two
    region: Annotated[int, within(0, MAX_REGIONS - 1)] | None = None
    # index of the recipe's region whose ground is the mask, without one
    variation_seed: Annotated[Seed, field("repaint: other noise", "--variation-seed N")] = 0
    # repaint draws its fresh noise from the recipe's seed and this
    weight: Annotated[Share, field("hold: how firmly", "--weight 0..1")] = 1.0
    release: Annotated[Share, field("hold: when it lets go; 1 is at the end", "--release 0..1")] = (
        1.0  # share of the remaining steps
    )
    keep_outside: bool = False  # repaint: keep everything else of the old line exactly

    def __post_init__(self) -> None:
        check(self)
        if (self.edit is None) != (self.handed is None):
            raise ValueError("edit and handed belong together: what came back, what was handed out")
        if self.mode == "replay" and (self.edit is not None or self.mask is not None):
            raise ValueError("mode replay takes no edit and no mask; repaint takes in an edit")
        if self.mode in ("nudge", "keep", "hold") and self.edit is None:
            raise ValueError(f"mode {self.mode} needs an edit; without one use replay or repaint")
        if self.keep_outside and self.mode != "repaint":
            raise ValueError(f"keep_outside belongs to mode repaint, got mode {self.mode}")
        if self.region is not None and self.mode != "repaint":
            raise ValueError(f"region belongs to mode repaint, got mode {self.mode}")


def images_named(recipe: Recipe, rewind: Rewind | None = None) -> dict[str, ImageId]:
    """The images that decide a run, by the field that names them, such as "hold.edit"."""
    rewinds = {} if rewind is None else named_in(rewind, "image")
    return named_in(recipe, "image") | {f"rewind.{name}": id for name, id in rewinds.items()}


def steps_named(recipe: Recipe) -> dict[str, StepId]:
    """The steps of other runs that decide a run, by the field that names them."""
    return named_in(recipe, "step")
