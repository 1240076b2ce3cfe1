"""What to make. Plain data: no torch, no I/O; equal recipes give equal pictures.

Recipe        everything that decides the pixels of a run from its first record on
Region        part of a recipe: a part of the picture with a prompt of its own
Hold          part of a recipe: a painted step that pulls the predictions towards itself
Kept          part of a recipe: a finished picture that stays to the bit outside a mask
Rewind        how to go on from an old step: the mode, and the painter's edit
images_named  the images that decide a run, by the field that names them

Ranges are checked when a value is made, also when it comes from JSON; messages begin with the
field's name and say what was found and what would be right.

Pixels travel in a document's own depth and, where it is a `Profile`, in its own profile: what is
not converted cannot shift, and what nobody painted on comes back to the bit. Every coloured image
that a recipe names has the recipe's profile; a rewind's `edit` and `handed` out of a document of
another one are converted, both alike.
"""

from __future__ import annotations

import math
import re
from typing import Literal, get_args

import msgspec

ImageId = str  # see IMAGE_ID: content hash of size, channels, depth, profile and pixels
StepId = str  # see STEP_ID: "run.index"; index counts from 0, the noisiest

IMAGE_ID = re.compile(r"[0-9a-f]{64}")
RUN_ID = re.compile(r"[0-9a-f]{32}")
STEP_ID = re.compile(r"[0-9a-f]{32}\.\d{1,4}")

Sampler = Literal["ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "heun", "lcm"]
Mode = Literal["replay", "nudge", "keep", "repaint", "hold"]
RegionMode = Literal["blend", "isolate"]
Quantisation = Literal["discrete", "semi", "continuous"]
Profile = Literal["sRGB", "Display P3", "Adobe RGB (1998)"]  # colour profiles, as Photoshop says
SAMPLER_NAMES: tuple[str, ...] = get_args(Sampler)
MODE_NAMES: tuple[str, ...] = get_args(Mode)
REGION_MODES: tuple[str, ...] = get_args(RegionMode)
QUANTISATIONS: tuple[str, ...] = get_args(Quantisation)
PROFILE_NAMES: tuple[Profile, ...] = get_args(Profile)

MAX_SIDE = 8192  # pixels
MAX_AREA = 64 * 2**20  # pixels
MAX_STEPS = 250
MAX_PROMPT = 4000  # characters
MAX_SEED = 2**53 - 1  # JSON numbers are exact up to here
MAX_REGIONS = 64
MAX_BLUR = 512.0  # pixels


class Hold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pull predictions towards a painted step, inside a mask, while sigma is above `until`."""

    step: StepId  # the record that was painted on; its prediction plus the edit is the target
    edit: ImageId  # the painter's pixels
    handed: ImageId  # exactly the pixels that were handed out
    mask: ImageId  # 8-bit grey, picture size, 255 where the edit counts
    weight: float = 1.0  # 0..1, share of the way to the target at each step
    until: float = 0.0  # sigma; 0 holds to the end

    def __post_init__(self) -> None:
        _check_id("hold.step", self.step, STEP_ID)
        for field in ("edit", "handed", "mask"):
            _check_id(f"hold.{field}", getattr(self, field), IMAGE_ID)
        _check_range("hold.weight", self.weight, 0.0, 1.0)
        _check_range("hold.until", self.until, 0.0, math.inf)


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Outside `mask` the picture is that of `step`, in latents at every step and in pixels."""

    step: StepId  # the last record of the line whose picture is kept
    picture: ImageId  # that line's finished picture, what the composite takes outside the mask
    mask: ImageId  # 8-bit grey, picture size, 255 where the picture may change

    def __post_init__(self) -> None:
        _check_id("kept.step", self.step, STEP_ID)
        for field in ("picture", "mask"):
            _check_id(f"kept.{field}", getattr(self, field), IMAGE_ID)


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the picture with a prompt of its own. Its ground is mask, blurred, times alpha.

    Later regions of a recipe cover earlier ones; what none covers hears the recipe's prompt. They
    change predictions only, so a rewind may change anything of them.
    """

    prompt: str
    mask: ImageId  # 8- or 16-bit grey, picture size; full = belongs to the region
    negative_prompt: str | None = None  # None: the recipe's
    prompt_strength: float = 1.0  # 0..1, share of these prompts in a mix with the recipe's
    alpha: float = 1.0  # 0..1; below 1 an isolated region begins later, as it were at a strength
    blur: float = 0.0  # pixels, standard deviation of the mask's soft edge
    weight: float = 1.0  # above 0; how much it counts where it shares ground with others
    seed: int | None = None  # of the noise inside; None: the recipe's
    mode: RegionMode = "blend"  # in the whole picture's attention, or seen by itself
    isolate_steps: int | None = None  # isolate: for so many steps, then blend; None: to the end
    bootstrap_steps: int | None = None  # isolate: the first so many before a flat backdrop; None:
    # five eighths of the run's, of what spans the picture from side to side or top to bottom none
    quantisation: Quantisation = "continuous"  # isolate: how the mask opens as noise falls

    def __post_init__(self) -> None:
        _check_text("regions.prompt", self.prompt)
        _check_id("regions.mask", self.mask, IMAGE_ID)
        if self.negative_prompt is not None:
            _check_text("regions.negative_prompt", self.negative_prompt)
        _check_range("regions.prompt_strength", self.prompt_strength, 0.0, 1.0)
        _check_range("regions.alpha", self.alpha, 0.0, 1.0)
        _check_range("regions.blur", self.blur, 0.0, MAX_BLUR)
        _check_range("regions.weight", self.weight, 0.001, 1000.0)
        if self.seed is not None:
            _check_range("regions.seed", self.seed, 0, MAX_SEED)
        _check_choice("regions.mode", self.mode, REGION_MODES)
        _check_choice("regions.quantisation", self.quantisation, QUANTISATIONS)
        if self.bootstrap_steps is not None:
            _check_range("regions.bootstrap_steps", self.bootstrap_steps, 0, MAX_STEPS)
        if self.isolate_steps is not None:
            _check_range("regions.isolate_steps", self.isolate_steps, 1, MAX_STEPS)
            if self.mode != "isolate":
                raise ValueError(
                    f"regions.isolate_steps belongs to mode isolate; {self.mode} takes none, "
                    f"got {self.isolate_steps}"
                )


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the pixels of a run."""

    prompt: str
    width: int  # pixels of the picture, any size
    height: int
    negative_prompt: str = ""
    num_inference_steps: int = 20
    guidance_scale: float = 3.0  # 1.0 turns classifier-free guidance off; SD models like 7.5
    seed: int = 0
    sampler: Sampler = "dpmpp_2m"
    eta: float = 0.0  # 0..1, ddim only: 0 is deterministic, 1 is DDPM
    init_image: ImageId | None = None  # None: text-to-image
    strength: float = 1.0  # share of the schedule that is run; only with init_image below 1
    mask: ImageId | None = None  # 8- or 16-bit grey, picture size; full = may change; inpainting
    regions: tuple[Region, ...] = ()  # lowest first
    panorama: bool = False  # wide: through overlapping windows of the native side, side by side
    working_width: int | None = None  # pixels the model paints, multiple of 8; None: width padded
    working_height: int | None = None
    depth: Literal[8, 16] = 8  # bits per channel of the pictures that are handed out
    profile: Profile = "sRGB"  # of those pictures, and of every coloured image named here
    model: str = "embedded"  # as named by the bridge; never a path that the wire could choose
    hold: Hold | None = None  # set by a rewind
    kept: Kept | None = None  # set by a rewind

    def __post_init__(self) -> None:
        for field in ("width", "height"):
            _check_range(field, getattr(self, field), 8, MAX_SIDE)
        if self.width * self.height > MAX_AREA:
            raise ValueError(
                f"width × height must be at most {MAX_AREA} pixels, got {self.width}x{self.height}"
            )
        for field in ("prompt", "negative_prompt"):
            _check_text(field, getattr(self, field))
        _check_range("num_inference_steps", self.num_inference_steps, 1, MAX_STEPS)
        _check_range("guidance_scale", self.guidance_scale, 0.0, 100.0)
        _check_range("seed", self.seed, 0, MAX_SEED)
        _check_choice("sampler", self.sampler, SAMPLER_NAMES)
        _check_range("eta", self.eta, 0.0, 1.0)
        if self.eta and self.sampler != "ddim":
            raise ValueError(f"eta belongs to ddim; {self.sampler} takes none, got {self.eta}")
        if not 0 < self.strength <= 1:
            raise ValueError(f"strength must be above 0 and at most 1, got {self.strength}")
        if self.init_image is None and self.strength != 1:
            raise ValueError(f"strength {self.strength} needs an init_image to start from")
        if self.init_image is None and self.mask is not None:
            raise ValueError("mask needs an init_image: it says which of its pixels may change")
        if self.init_image is not None and int(self.num_inference_steps * self.strength) < 1:
            raise ValueError(
                f"strength {self.strength} of {self.num_inference_steps} steps leaves none to run; "
                "raise strength or num_inference_steps"
            )
        for field in ("init_image", "mask"):
            if (value := getattr(self, field)) is not None:
                _check_id(field, value, IMAGE_ID)
        if (self.working_width is None) != (self.working_height is None):
            raise ValueError("working_width and working_height belong together; give both or none")
        for field in ("working_width", "working_height"):
            if (value := getattr(self, field)) is not None:
                _check_range(field, value, 8, MAX_SIDE)
                if value % 8:
                    raise ValueError(f"{field} must be a multiple of 8, got {value}")
        if len(self.regions) > MAX_REGIONS:
            raise ValueError(f"regions must be at most {MAX_REGIONS}, got {len(self.regions)}")
        if self.depth not in (8, 16):
            raise ValueError(f"depth must be 8 or 16 bits per channel, got {self.depth}")
        if self.profile not in PROFILE_NAMES:
            raise ValueError(
                f"profile must be one of {', '.join(PROFILE_NAMES)}, got {self.profile!r}; "
                "convert the picture to one of them first"
            )
        if not re.fullmatch(r"[\w.-]{1,100}", self.model):
            raise ValueError(f"model must be a model's name, got {self.model!r}")


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
    region: int | None = None  # index of the recipe's region whose ground is the mask, without one
    variation_seed: int = 0  # repaint draws its fresh noise from the recipe's seed and this
    weight: float = 1.0  # hold: 0..1, share of the way to the edit at each step
    release: float = 1.0  # hold: 0..1, share of the remaining steps after which it lets go
    keep_outside: bool = False  # repaint: keep everything else of the old line exactly

    def __post_init__(self) -> None:
        _check_choice("mode", self.mode, MODE_NAMES)
        for field in ("edit", "handed", "mask"):
            if (value := getattr(self, field)) is not None:
                _check_id(field, value, IMAGE_ID)
        if (self.edit is None) != (self.handed is None):
            raise ValueError("edit and handed belong together: what came back, what was handed out")
        if self.mode == "replay" and (self.edit is not None or self.mask is not None):
            raise ValueError("mode replay takes no edit and no mask; repaint takes in an edit")
        if self.mode in ("nudge", "keep", "hold") and self.edit is None:
            raise ValueError(f"mode {self.mode} needs an edit; without one use replay or repaint")
        if self.keep_outside and self.mode != "repaint":
            raise ValueError(f"keep_outside belongs to mode repaint, got mode {self.mode}")
        if self.region is not None:
            _check_range("region", self.region, 0, MAX_REGIONS - 1)
            if self.mode != "repaint":
                raise ValueError(f"region belongs to mode repaint, got mode {self.mode}")
        _check_range("variation_seed", self.variation_seed, 0, MAX_SEED)
        _check_range("weight", self.weight, 0.0, 1.0)
        _check_range("release", self.release, 0.0, 1.0)


def images_named(recipe: Recipe, rewind: Rewind | None = None) -> dict[str, ImageId]:
    """The images that decide a run, by the field that names them, such as "hold.edit"."""
    parts = {"": recipe, "rewind.": rewind, "hold.": recipe.hold, "kept.": recipe.kept}
    parts |= {f"regions.{number}.": region for number, region in enumerate(recipe.regions)}
    fields = ("init_image", "edit", "handed", "picture", "mask")
    named = (
        (prefix + name, getattr(part, name, None))
        for prefix, part in parts.items()
        for name in fields
    )
    return {name: id for name, id in named if id is not None}


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{field} must be one of {', '.join(choices)}, got {value!r}")


def _check_range(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high or not (math.isfinite(value)):
        raise ValueError(f"{field} must be in {low}..{high}, got {value}")


def _check_text(field: str, value: str) -> None:
    if len(value) > MAX_PROMPT:
        raise ValueError(f"{field} must be at most {MAX_PROMPT} characters, got {len(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value) or "\0" in value:
        raise ValueError(f"{field} must be valid Unicode text without NUL characters")


def _check_id(field: str, value: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(value):
        kind = "a step id (run.index)" if pattern is STEP_ID else "an image id (64 hex digits)"
        raise ValueError(f"{field} must be {kind}, got {value[:80]!r}")
