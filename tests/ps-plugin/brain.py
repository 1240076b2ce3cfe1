"""The bridge's reading of histories for a bridge in memory: a question and an answer, a line each."""

import json
import sys
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))
from bridge.history.contents import contents_of, texts_from

ANSWERS = {"history": lambda body: contents_of(texts_from(body.encode()))}

for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"body": msgspec.to_builtins(ANSWERS[question["path"]](question["body"]))}
    except ValueError as error:
        answer = {"message": str(error)}
    print(json.dumps(answer | {"id": question["id"]}), flush=True)
