"""What is said to workers: whole on the other side, its blobs as they are, and bounded."""

from __future__ import annotations

import io

import msgspec
import pytest

from bridge.worker import frames
from bridge.worker.protocol import Blob, Ended, Made, Next, Open, Painted, Read, Reply, Request
from pipelines.recipe import Rewind

from ..conftest import recipe

LARGE = bytes(range(256)) * 4096


def opening() -> Open:
    return Open(
        run="1" * 32,
        recipe=recipe(),
        images={"a" * 64: Blob(LARGE), "b" * 64: Blob(b"")},
        records={"step.1": Blob(b"held"), "step.2": Blob(b"kept")},
        record=Blob(b"left"),
        step="step.3",
        rewind=Rewind(mode="replay"),
    )


def sent(*requests: Request) -> io.BytesIO:
    return io.BytesIO(b"".join(piece for one in requests for piece in frames.pack(one)))


def plain(message: Request | Reply) -> list[object]:
    """A message with its blobs' bytes in place of them."""
    return [message.__class__, *(blob.data for blob in frames.blobs_of(message))]


def test_requests_come_one_after_the_other_each_with_its_own_bytes():
    pipe = sent(opening(), Next(runs=("2" * 32,)), opening())
    first, second, third = (frames.read_request(pipe) for _ in range(3))
    assert isinstance(first, Open)
    assert isinstance(third, Open)
    assert second == Next(runs=("2" * 32,))
    assert frames.read_request(pipe) is None
    for one in (first, third):
        assert plain(one) == [Open, LARGE, b"", b"held", b"kept", b"left"]
        assert {id: blob.data for id, blob in one.images.items()} == {
            "a" * 64: LARGE,
            "b" * 64: b"",
        }
        assert {step: blob.data for step, blob in one.records.items()} == {
            "step.1": b"held",
            "step.2": b"kept",
        }
        assert (one.recipe, one.rewind) == (recipe(), Rewind(mode="replay"))


def test_a_reply_says_how_many_bytes_follow_it():
    made = Made(recipe=recipe(), index=1, last=3, sigma=0.1 + 0.2)
    painted = Painted(
        made={"a": made, "b": made},
        records={"a": Blob(LARGE), "b": Blob(b"record")},
        thumbnails={"a": Blob(b"small"), "b": Blob(b"")},
        seconds=1 / 3,
    )
    length, head, *blobs = frames.pack(painted)
    assert frames.header_length(length) == len(head)
    reply = frames.unpack_reply(head)
    assert isinstance(reply, Painted)
    assert (reply.made, reply.seconds) == (painted.made, 1 / 3)
    assert [blob.size for blob in frames.blobs_of(reply)] == [len(blob) for blob in blobs]


def test_large_bytes_are_written_as_they_are_and_not_copied():
    pieces = frames.pack(opening())
    assert any(piece is LARGE for piece in pieces)
    assert sum(len(piece) for piece in pieces[:2]) < 2000


@pytest.mark.parametrize("size", [-1, frames.MAX_BLOB + 1, 1.5, "9"])
def test_a_blob_of_another_size_than_there_can_be_is_refused(size: object):
    fields = msgspec.to_builtins(
        Read(file=Blob(b"x"), side=1, area=1, memory=1, seconds=1.0), enc_hook=lambda _: size
    )
    head = msgspec.msgpack.encode(fields)
    with pytest.raises(ValueError, match="a blob has at most"):
        frames.read_request(io.BytesIO(len(head).to_bytes(4, "little") + head))


def test_a_message_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="Invalid value 'ended'"):
        frames.read_request(io.BytesIO(b"".join(frames.pack(Ended()))))
    with pytest.raises(ValueError, match="header has at most"):
        frames.header_length(b"\xff\xff\xff\xff")
