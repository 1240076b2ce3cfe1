"""What the bridge reads in histories, for a bridge in memory: question and answer, a line each."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))
from bridge.history.contents import Contents, contents_of, texts_from
from bridge.history.replay import Replay, lost_from
from bridge.wire import Run, Step


def history(body: str) -> Contents:
    return contents_of(texts_from(body.encode()))


def replay(body: str, runs: object, steps: object) -> Replay:
    stored = msgspec.convert(runs, list[Run]), msgspec.convert(steps, list[Step])
    return lost_from(body.encode()).replay(*stored)


ANSWERS: dict[str, Callable[..., object]] = {"history": history, "replay": replay}

for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"body": msgspec.to_builtins(ANSWERS[question["what"]](*question["of"]))}
    except ValueError as error:
        answer = {"message": str(error)}
    print(json.dumps(answer | {"id": question["id"]}), flush=True)
