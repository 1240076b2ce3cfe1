"""The process that holds the model, and nothing else; the only part of the bridge with torch.

It is handed recipes, images and stored records as bytes and gives records and pictures back as
bytes, so all it ever knew is in the store: a worker that is killed can be replaced, and its lines
go on each from its last stored record, to the bit where it was painted by itself.

Worker   one request, one reply; the tests call it in their own process
main     the same over standard input and output; ends when the bridge does
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import diffusers
import msgspec
import torch

from pipelines import preview, record, run
from pipelines.live import Stream
from pipelines.model import Model, load_model
from pipelines.recipe import ImageId, Recipe, StepId
from pipelines.record import Inputs, StepRecord
from pipelines.regions import check_place
from pipelines.room import room
from pipelines.run import Line, Steps

from ..images.image import Image
from ..wire import Few, ModelInfo, RunId
from . import frames, protocol
from .memory import REST, give_back
from .protocol import (
    Advance,
    Advanced,
    Blob,
    Close,
    Decode,
    Drop,
    HasRoom,
    Load,
    Loaded,
    Made,
    Next,
    Open,
    Painted,
    Read,
    Reply,
    Request,
    Room,
    Take,
)

_SHOWN = 80  # characters of what is not heard


class Worker:
    """Holds a model and the lines that are being painted."""

    def __init__(self, load: Callable[..., Model] = load_model) -> None:
        self._load_model = load
        self._models: dict[str, Model] = {}  # by the name a recipe carries: one, and its sibling
        self._lines: dict[RunId, tuple[Model, Line]] = {}
        self._streams: dict[str, tuple[Model, Stream]] = {}

    def answer(self, request: Request) -> Reply:
        """Do what is asked. Never raises: what goes wrong is a reply as well."""
        try:
            return self._answer(request)
        except ValueError as error:
            return protocol.Refused(message=str(error))
        except (MemoryError, torch.OutOfMemoryError) as error:
            sentence = (
                "the machine ran out of memory; try a smaller picture or close other programs"
            )
            return protocol.Broken(message=sentence, traceback=str(error))
        except Exception as error:  # the top of all work: a sentence for the user, the rest for us
            sentence = f"the worker met an error it does not know ({type(error).__name__})"
            return protocol.Broken(message=sentence, traceback=traceback.format_exc())

    def _answer(self, request: Request) -> Reply:
        match request:
            case Load():
                return self._load(request)
            case Room(recipe=recipe):
                return HasRoom(lines=room(self._model(recipe), recipe))
            case Open():
                model = self._model(request.recipe)
                check_place(model, request.recipe)
                self._lines[request.run] = model, Line(_steps(model, request))
                return protocol.Ended(unheard=tuple(_unheard(model, request.recipe)))
            case Next(runs=ids):
                return self._next(ids)
            case Close():
                self._lines.clear()
                return protocol.Ended()
            case Decode():
                return _picture(self._model(request.recipe), request)
            case Advance():
                return self._advance(request)
            case Drop(live=id):
                self._streams.pop(id, None)
                return protocol.Ended()
            case Read() | Take():
                raise ValueError("files are read by a reader, see reader.py")

    def _model(self, recipe: Recipe) -> Model:
        if recipe.model not in self._models:
            raise ValueError(f"model {recipe.model} is not loaded")
        return self._models[recipe.model]

    def _load(self, request: Load) -> Loaded:
        self._lines.clear()
        self._streams.clear()
        self._models = {}  # before the next one comes: both may not fit
        if request.threads is not None:
            torch.set_num_threads(request.threads)
        named = [(request.name, request.folder)] + ([request.few] if request.few else [])
        models: dict[str, Model] = {}
        cards = _cards(request)
        device = f"cuda:{request.place % cards}" if request.place and cards > 1 else request.device
        for name, folder in named:
            models[name] = self._load_model(Path(folder), device=device)
            preview.linear_map(models[name])  # now: the first step takes no longer than others
        self._models = models
        found = models[request.name].info
        told = "cuda" if cards > 1 else found.device  # which of several cards is nobody's business
        ours = {"name": request.name, "few": _few(request), "device": told}
        made_with = {name: _made_with(model) | {"device": told} for name, model in models.items()}
        info = msgspec.convert(asdict(found) | ours, ModelInfo)
        return Loaded(model=info, made_with=made_with, cards=cards)

    def _advance(self, request: Advance) -> Advanced:
        model, stream = self._streams.get(request.live, (None, None))
        if request.begin is not None and self._model(request.begin) is not model:
            model = self._model(request.begin)
            stream = Stream(model)  # frames in flight of another model are dropped
            self._streams[request.live] = model, stream
        if model is None or stream is None:
            return Advanced(number=None, flying=0)
        if request.begin is not None:
            stream.begin(request.begin, _inputs(model, request.images), request.number)
        frame = stream.advance()
        if frame is None:
            return Advanced(number=None, flying=len(stream))
        quality = "full" if model.tiny is None else "tiny"
        pixels = preview.picture(model, frame.record, frame.inputs, quality)
        picture = protocol.pack_image(Image(pixels, frame.record.recipe.profile))
        return Advanced(number=frame.number, flying=len(stream), picture=picture)

    def _next(self, ids: Sequence[RunId]) -> Painted:
        if closed := [id for id in ids if id not in self._lines]:
            raise ValueError(f"run {closed[0]} is not open")
        began = time.perf_counter()
        opened = [self._lines[id] for id in ids]
        self._lines.clear()  # where the model fails, no step can be asked again
        (model,) = {model for model, _ in opened}
        records = dict(zip(ids, run.advance(model, [line for _, line in opened]), strict=True))
        made = {id: record for id, record in records.items() if record is not None}
        self._lines |= {id: line for id, line in zip(ids, opened, strict=True) if id in made}
        small = {id: Image(preview.thumbnail(model, one.denoised)) for id, one in made.items()}
        seconds = time.perf_counter() - began
        return Painted(
            made={id: _made(model, one) for id, one in made.items()},
            records={id: Blob(record.to_bytes(one)) for id, one in made.items()},
            thumbnails={id: protocol.pack_image(image) for id, image in small.items()},
            seconds=seconds,
        )


def _made(model: Model, made: StepRecord) -> Made:
    last = run.last_index(model, made)
    return Made(recipe=made.recipe, index=made.index, last=last, sigma=made.sigma)


def _cards(request: Load) -> int:
    """The CUDA cards that workers may share out between them."""
    if request.device not in ("auto", "cuda") or not torch.cuda.is_available():
        return 1
    return torch.cuda.device_count()


def _few(request: Load) -> Few:
    """A sibling paints in four steps of lcm without guidance, as it learnt to."""
    if request.few is not None:
        return Few(model=request.few[0], sampler="lcm", num_inference_steps=4, guidance_scale=1.0)
    return Few(model=request.name, sampler="dpmpp_2m", num_inference_steps=8, guidance_scale=None)


def _steps(model: Model, request: Open) -> Steps:
    """The steps of a new line, of a rewind, or of what was left of a line."""
    inputs = _inputs(model, request.images, request.records)
    if request.record is None:
        first = run.opening(model, request.recipe, inputs)
        yield from run.way_from(model, first, inputs).whole(first)
        return
    made = _stored(model, request.record)
    if request.rewind is not None:
        made = run.rewind(
            model,
            made,
            request.recipe,
            request.rewind,
            inputs,
            step=request.step,
            last=request.last,
            picture=request.picture,
        )
        yield run.known(made)
    yield from run.way_from(model, made, inputs).after(made)


def _unheard(model: Model, recipe: Recipe) -> Iterator[str]:
    """What of a recipe's prompts the model cannot hear, a sentence each."""
    prompts = {"the prompt": recipe.prompt, "the negative prompt": recipe.negative_prompt}
    for number, region in enumerate(recipe.regions, 1):
        prompts[f"the prompt of region {number}"] = region.prompt
        prompts[f"the negative prompt of region {number}"] = region.negative_prompt or ""
    for which, prompt in prompts.items():
        if rest := model.unheard(prompt):
            shown = rest if len(rest) <= _SHOWN else f"{rest[:_SHOWN]}…"
            yield (
                f'The end of {which} is not heard, it is longer than the model takes: "{shown}". '
                "Use fewer words, what matters first."
            )
    negative = any(prompt for which, prompt in prompts.items() if "negative" in which)
    if negative and recipe.guidance_scale == 1:
        yield "A negative prompt is not heard at guidance scale 1: guidance is what listens to it."


def _stored(model: Model, blob: Blob) -> StepRecord:
    return record.from_bytes(blob.data, model.device)


def _inputs(
    model: Model, images: dict[ImageId, Blob], records: dict[StepId, Blob] | None = None
) -> Inputs:
    return Inputs(
        images={id: protocol.unpack_image(blob).pixels for id, blob in images.items()},
        records={step: _stored(model, blob) for step, blob in (records or {}).items()},
    )


def _picture(model: Model, request: Decode) -> protocol.Pictured:
    made, inputs = _stored(model, request.record), _inputs(model, request.images)
    pixels = preview.picture(model, made, inputs, request.quality, which=request.which)
    picture = protocol.pack_image(Image(pixels, made.recipe.profile))
    return protocol.Pictured(picture=picture)


def _made_with(model: Model) -> dict[str, str]:
    """What the last bits of a run hang on."""
    return {
        "model": model.info.hash,
        "device": model.info.device,
        "processor": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "torch": str(torch.__version__),
        "diffusers": diffusers.__version__,
    }


def main() -> None:
    """Answer frames on standard input until it ends, which it does when the bridge dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bridge, which then closes us
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the frames
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, requests), daemon=True).start()
    worker = Worker()
    while True:
        for piece in frames.pack(worker.answer(next_of(requests))):
            replies.write(piece)
        replies.flush()


def next_of(requests: queue.SimpleQueue[Request]) -> Request:
    """The next request; memory that is free goes back while there is none."""
    try:
        return requests.get(timeout=REST)
    except queue.Empty:
        give_back()
        return requests.get()


def _read(pipe: BinaryIO, requests: queue.SimpleQueue[Request]) -> None:
    """Read on while the model works, to leave at once when the bridge is gone."""
    try:
        while request := frames.read_request(pipe):
            requests.put(request)
            del request  # and with it what it weighs, once it is answered
    finally:  # also where it goes in the middle of a frame
        os._exit(0)


if __name__ == "__main__":
    main()
