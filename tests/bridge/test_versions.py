"""What a newer Pentimento wrote: shown, worked with, and still there afterwards, at its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import pytest

from bridge.history.history import History, Noted, history_of, with_history
from bridge.psd.append import extend, growing
from bridge.psd.files import read_document, xmp_of
from bridge.psd.metadata import DOCUMENT
from bridge.psd.xmp import with_xmp_value, xmp_value
from bridge.store.database import Missing
from bridge.store.store import Store
from bridge.versions import read, value_of, written
from bridge.wire import Continue, Event, Queued, WireError, parse_command
from pipelines.recipe import Recipe
from pipelines.said import said

from ..force.flips import QUOTA
from ..force.flips_v1 import GOLDEN, closed
from .cli import Terminal

NEW = {"of": ["tomorrow", 1.5, {"deep": None}]}
IMAGE = "ab" * 32  # an image that only an unknown field names


def noted(name: str) -> dict[str, Any]:
    """What a golden document's XMP says."""
    text = xmp_value(read_document((GOLDEN / f"{name}.psd").read_bytes())[0].xmp, DOCUMENT)
    assert text is not None
    return json.loads(text)


def grown(data: Any, at: str = "") -> Any:
    """The same with a field more in every object; `made_with` holds any names."""
    if isinstance(data, dict):
        parts = {key: grown(value, f"{at}.{key}") for key, value in data.items()}
        return parts if at.endswith("made_with") else parts | {"zz": NEW | {"at": at}}
    if isinstance(data, list):
        return [grown(one, f"{at}.{number}") for number, one in enumerate(data)]
    return data


def packet(data: Any) -> str:
    return with_xmp_value(None, DOCUMENT, json.dumps(data))


def in_packet(xmp: str | None) -> Any:
    return json.loads(xmp_value(xmp, DOCUMENT) or "null")


def saved(file: Path, name: str, data: Any) -> Path:
    """A golden document with another history in it."""
    with file.open("wb") as out:
        old = growing((GOLDEN / f"{name}.psd").read_bytes())
        extend(
            out, old, (), {}, {}, xmp=with_xmp_value(xmp_of(old.psd), DOCUMENT, json.dumps(data))
        )
    return file


DOCUMENTS = ("plain", "regions", "held", "kept")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_unknown_fields_at_every_level_are_written_back_at_their_places(name: str):
    data = grown(noted(name))
    xmp = packet(data)
    history = history_of(xmp)
    assert history.runs == history_of(packet(noted(name))).runs
    assert in_packet(with_history(xmp, history)) == data
    more = history.with_run(msgspec.structs.replace(history.runs[0], id="f" * 32, number=99), ())
    after = in_packet(with_history(xmp, more))
    assert after["runs"][:-1] == data["runs"]
    assert (after["steps"], after["zz"]) == (data["steps"], data["zz"])
    assert "zz" not in after["runs"][-1]


def test_what_was_taken_out_takes_its_unknown_fields_along_and_the_rest_stays():
    data = grown(noted("rewound"))
    xmp = packet(data)
    history = history_of(xmp)
    fewer = msgspec.structs.replace(history, runs=history.runs[1:])
    assert in_packet(with_history(xmp, fewer))["runs"] == data["runs"][1:]


def test_a_history_of_a_newer_version_is_refused_before_anything_else_is_looked_at():
    with pytest.raises(ValueError, match=r"has version 2, .* reads version 1; update Pentimento$"):
        history_of(packet({"v": 2, "runs": {"by": "name"}}))


def test_a_run_that_cannot_be_read_is_named_and_kept_and_the_others_work():
    data = noted("rewound")
    data["runs"][0]["recipe"]["sampler"] = "unipc"
    xmp = packet(data)
    history = history_of(xmp)
    assert [run.id for run in history.runs] == [data["runs"][1]["id"]]
    (said_of,) = history.unread
    assert said_of.startswith(
        f"Painting {data['runs'][0]['number']} ({data['runs'][0]['id'][:6]}) cannot be read "
        "(recipe.sampler: Invalid enum value 'unipc')"
    )
    assert "update Pentimento" in said_of
    assert in_packet(with_history(xmp, history)) == data


def test_a_run_that_somebody_broke_hinders_no_other_and_stays_as_it_is():
    data = noted("rewound")
    data["runs"][1] |= {"first": "nothing", "number": [1]}
    history = history_of(packet(data))
    (sentence,) = history.unread
    assert sentence.startswith(f"Painting ? ({data['runs'][1]['id'][:6]}) cannot be read (")
    assert len(history.runs) == 1
    assert in_packet(with_history(packet(data), history)) == data


def test_a_step_that_cannot_be_read_is_told_of_its_run_and_kept():
    data = noted("plain")
    data["steps"][2]["sigma"] = "x" * 10_000
    history = history_of(packet(data))
    assert len(history.steps) == len(data["steps"]) - 1
    (sentence,) = history.newer.values()
    assert f"{data['steps'][2]['id']}: sigma: Expected `float`" in sentence
    assert in_packet(with_history(packet(data), history)) == data


def test_a_document_says_no_more_than_one_of_version_1_where_nothing_new_is_said():
    """Or older programs, which refuse unknown fields of a recipe, could not read it."""
    for name in DOCUMENTS:
        data = noted(name)
        assert in_packet(with_history(None, history_of(packet(data)))) == data


class Grown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    old: int = 0
    new: Annotated[int | None, msgspec.Meta(extra={"since": "0.2"})] = None


def test_a_field_that_came_later_is_written_where_it_says_something():
    assert said(Grown()) == {"old": 0}
    assert said(Grown(new=0)) == {"old": 0, "new": 0}


def test_of_several_kinds_of_message_the_tag_tells_which():
    run = noted("plain")["runs"][0]
    event = {"type": "queued", "seq": 1, "run": grown(run), "position": 0, "zz": 1}
    kind = cast("type[Event]", Event)
    value, rest = read(json.dumps(event), kind)
    assert isinstance(value, Queued)
    assert value == value_of(json.dumps(event), kind)
    assert set(rest.names()) >= {"zz", "run.zz", "run.recipe.zz"}


@pytest.mark.parametrize("place", [(), ("recipe",), ("rewind",)])
def test_the_wire_stays_strict(place: tuple[str, ...]):
    recipe, rewind = said(Recipe(prompt="a", width=64, height=64)), {"mode": "replay"}
    step = f"{'a' * 32}.1"
    plain = {"type": "continue", "request": "r", "step": step, "recipe": recipe, "rewind": rewind}
    assert isinstance(parse_command(json.dumps(plain)), Continue)
    at: Any = plain
    for name in place:
        at = at[name]
    at["zz"] = NEW
    with pytest.raises(WireError, match="unknown field `zz`"):
        parse_command(json.dumps(plain))


def test_an_empty_history_is_written_as_ever():
    assert in_packet(with_history(None, History())) == {"v": 1, "runs": [], "steps": []}
    assert written(Noted()) == said(Noted())


# On the command line


def test_show_and_rewind_work_beside_what_is_not_known(pentimento: Terminal, tmp_path: Path):
    """The golden model is not here: it is gone on from a run of this bridge's."""
    file = tmp_path / "a.psd"
    pentimento.works("run", "--prompt", "a house", "--size", "32x24", "--steps", "3", "-o", file)
    data = in_packet(read_document(file.read_bytes())[0].xmp)
    tomorrows = json.loads(json.dumps(data["runs"][0])) | {"id": "e" * 32, "number": 77}
    tomorrows["recipe"]["sampler"] = "unipc"
    told = grown(data | {"runs": [tomorrows, *data["runs"]]})
    with (tmp_path / "b.psd").open("wb") as out:
        old = growing(file.read_bytes())
        extend(
            out, old, (), {}, {}, xmp=with_xmp_value(xmp_of(old.psd), DOCUMENT, json.dumps(told))
        )
    shown = pentimento.works("show", tmp_path / "b.psd").out
    assert "Painting 77 (eeeeee) cannot be read (recipe.sampler:" in shown
    assert "than this one knows (zz, recipe.zz)" in shown
    assert set(json.loads(pentimento.works("show", tmp_path / "b.psd", "--json").out)["newer"]) == {
        "e" * 32,
        data["runs"][0]["id"],
    }
    gone_on = pentimento.works(
        "rewind", tmp_path / "b.psd", "--step", "2", "-o", tmp_path / "c.psd"
    )
    assert "than this one knows (zz, recipe.zz)" in gone_on.err
    after = in_packet(read_document((tmp_path / "c.psd").read_bytes())[0].xmp)
    assert after["runs"][:2] == told["runs"]
    assert after["steps"][:3] == told["steps"]
    assert after["zz"] == told["zz"]
    assert len(history_of(packet(after)).runs) == 2
    refused = pentimento("rewind", tmp_path / "b.psd", "--run", "eee", "--step", "2", "-o", file)
    assert refused.status == 2
    assert "Painting 77 (eeeeee) cannot be read" in refused.err


@pytest.mark.parametrize("name", ["plain", "rewound"])
def test_a_golden_document_in_which_no_run_can_be_read_is_told(
    pentimento: Terminal, tmp_path: Path, name: str
):
    data = noted(name)
    for run in data["runs"]:
        run["recipe"]["profile"] = "Rec. 2020"
    file = saved(tmp_path / "a.psd", name, data)
    shown = pentimento.works("show", file).out
    assert shown.count("cannot be read (recipe.profile: ") == len(data["runs"])
    refused = pentimento("rewind", file, "--step", "2", "-o", tmp_path / "b.psd")
    assert "cannot be read (recipe.profile: " in refused.err
    assert len(shown.splitlines()) == len(data["runs"])


def test_a_document_of_a_newer_version_is_refused_by_show(pentimento: Terminal, tmp_path: Path):
    file = saved(tmp_path / "a.psd", "plain", noted("plain") | {"v": 2})
    assert "reads version 1; update Pentimento" in pentimento("show", file).err


# In a store


def rewritten(path: Path, number: int, change: dict[str, Any], **recipe: Any) -> dict[str, Any]:
    """A run's row as a newer version would have left it, in the file and its twin."""
    store = Store(path, QUOTA)
    run = next(run for run in store.runs() if run.number == number)
    row = store._rows("runs", "WHERE id = ?", run.id)[0]  # pyright: ignore[reportPrivateUsage]
    data = grown(json.loads(row[-1])) | change
    data["recipe"] |= recipe
    with store._write():  # pyright: ignore[reportPrivateUsage]
        store._put("runs", *row[:-1], msgspec.json.encode(data))  # pyright: ignore[reportPrivateUsage]
    for step in store.steps(run.id):
        with store._write():  # pyright: ignore[reportPrivateUsage]
            more = msgspec.json.encode(grown(msgspec.to_builtins(step)))
            store._put("steps", step.id, step.run, step.index, more)  # pyright: ignore[reportPrivateUsage]
    store.close()
    return data


def raw(store: Store, table: str, id: str) -> Any:
    return json.loads(store._rows(table, "WHERE id = ?", id)[0][-1])  # pyright: ignore[reportPrivateUsage]


def test_a_row_of_a_newer_version_is_read_changed_and_keeps_what_is_not_known(tmp_path: Path):
    path = closed(tmp_path / "data")
    before = Store(path, QUOTA)
    runs, steps = before.runs(), before.steps()
    before.close()
    data = rewritten(path, 3, {}, strokes=[{"image": IMAGE}])
    store = Store(path, QUOTA)
    assert (store.found, store.runs(), set(store.steps())) == ([], runs, set(steps))
    changed = msgspec.structs.replace(runs[2], kept=not runs[2].kept)
    store.save(run=changed)
    assert store.run(changed.id) == changed
    assert raw(store, "runs", changed.id) == data | {"kept": changed.kept}
    step = store.steps(changed.id)[0]
    assert raw(store, "steps", step.id) == grown(msgspec.to_builtins(step))
    refs = store._all("SELECT image FROM image_refs WHERE run = ?", changed.id)  # pyright: ignore[reportPrivateUsage]
    assert (IMAGE,) in refs  # what it names is not swept
    store.close()
    again = Store(path, QUOTA)  # checksums and twin agree
    assert (again.found, again.run(changed.id)) == ([], changed)
    assert raw(again, "runs", changed.id) == data | {"kept": changed.kept}
    again.close()


def test_a_run_of_a_store_that_cannot_be_read_is_named_and_kept(tmp_path: Path):
    path = closed(tmp_path / "data")
    data = rewritten(path, 3, {}, sampler="unipc")
    id = data["id"]
    for _ in range(2):  # it stays so
        store = Store(path, QUOTA)
        (sentence,) = store.found
        assert sentence.startswith(f"Painting 3 ({id[:6]}) cannot be read (recipe.sampler: ")
        assert len(store.runs()) == 5
        assert id not in {step.run for step in store.snapshot().steps}
        with pytest.raises(Missing, match="update Pentimento"):
            store.run(id)
        assert raw(store, "runs", id) == data
        assert store.next_number() > 6
        store.close()


def test_of_a_run_that_waits_it_is_known_what_would_be_painted_without(tmp_path: Path):
    path = closed(tmp_path / "data")
    id = rewritten(path, 3, {"state": "queued"})["id"]
    store = Store(path, QUOTA)
    assert "recipe.zz" in store.unknown(id)
    assert store.unknown(store.runs()[0].id) == ""
    store.close()


def test_a_flipped_bit_in_a_row_of_a_newer_version_is_restored_from_the_twin(tmp_path: Path):
    path = closed(tmp_path / "data")
    data = rewritten(path, 3, {})
    file = bytearray(path.read_bytes())
    found = file.find(json.dumps(NEW["of"][0]).encode(), file.find(data["id"].encode()))
    file[found + 1] ^= 1
    path.write_bytes(file)
    store = Store(path, QUOTA)
    assert store.runs()  # reads every row
    assert raw(store, "runs", data["id"]) == data
    store.close()
