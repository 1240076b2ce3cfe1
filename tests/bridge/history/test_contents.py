"""What the bridge reads in an open document, by what its layers say."""

import json
from typing import Any

import msgspec
import pytest

from bridge.history.contents import Contents, LayerTexts, StepLayer, Texts, contents_of, texts_from
from bridge.history.names import group_name, step_name
from bridge.history.run_layers import Painting, group_of
from bridge.psd.metadata import SETTINGS_KEY, Metadata
from bridge.wire import Run, Step
from pipelines.recipe import Recipe

ONE, TWO, THREE = (str(number) * 32 for number in (1, 2, 3))
IDS = {"a": "a" * 64, "b": "b" * 64, "c": "c" * 64}


def a_run(id: str, **more: Any) -> Run:
    plain: dict[str, Any] = {"number": int(id[0]), "request": id, "state": "finished"}
    plain |= {"first": 0, "last": 3, "working_width": 8, "working_height": 8, "enlarged": 1.0}
    return Run(id=id, recipe=Recipe(prompt="x", width=8, height=8), **plain | more)


def a_step(run: str, index: int) -> Step:
    return Step(
        id=f"{run}.{index}", run=run, parent=None, index=index, sigma=9.5 - index, seconds=1
    )


def listed(*runs: str, steps: tuple[tuple[str, int, str], ...]) -> str:
    """A document's own list, each step with what was handed out."""
    plain = [
        msgspec.to_builtins(a_step(run, index)) | {"image": IDS[image]}
        for run, index, image in steps
    ]
    return json.dumps({"v": 1, "runs": msgspec.to_builtins([*map(a_run, runs)]), "steps": plain})


def layer(id: int, note: dict[str, Any] | None = None, **more: Any) -> LayerTexts:
    return LayerTexts(id=id, settings=json.dumps({"v": 1, **note}) if note else None, **more)


def where(found: Contents) -> dict[str, int]:
    return {step: one.layer for step, one in found.papers.layers.items()}


LIST = listed(ONE, TWO, THREE, steps=((ONE, 0, "a"), (ONE, 1, "b"), (TWO, 0, "c")))


def test_a_list_remembers_what_was_taken_away_and_claims_nothing_that_never_came() -> None:
    step = {"run": ONE, "step": f"{ONE}.1", "image": IDS["b"], "left": 3, "top": 4}
    group = layer(9, {"run": ONE, "keep": 6, "left": 3, "top": 4}, layers=())
    layers = (layer(12, step), layer(11, {**step, "quality": "linear"}), group)
    found = contents_of(Texts(index=LIST, layers=layers))
    assert found.papers.runs == [ONE, TWO]
    assert found.papers.groups == {ONE: 9, TWO: -1}
    assert found.papers.keeps == {ONE: 6}
    assert where(found) == {f"{ONE}.0": -1, f"{ONE}.1": 11, f"{TWO}.0": -1}, "the oldest counts"
    linear = StepLayer(layer=11, image=IDS["b"], quality="linear")
    assert found.papers.layers[f"{ONE}.1"] == linear
    assert (found.papers.places[ONE].left, found.papers.places[ONE].top) == (3, 4)
    assert sorted(found.ours) == [9, 11, 12]
    assert found.runs == json.loads(LIST)["runs"], "as they stand there"


def test_one_place_of_a_note_is_enough_and_what_is_no_note_is_nobodys() -> None:
    note = json.dumps({"v": 1, "run": ONE, "step": f"{ONE}.0", "image": IDS["a"]})
    later = json.dumps({"v": 2, "run": ONE, "step": f"{ONE}.1"})
    layers = (
        LayerTexts(id=1, settings="{", xmp=note),
        LayerTexts(id=2, settings=later),
        LayerTexts(id=3, xmp='{"v": 1, "run": 7}'),
        LayerTexts(id=0, settings=note.replace(".0", ".2")),  # a host's id
        layer(5, {"run": ONE, "input": "mask", "image": IDS["c"]}),
    )
    found = contents_of(Texts(index=None, layers=layers))
    assert where(found) == {f"{ONE}.0": 1, f"{ONE}.2": 0}
    assert found.papers.inputs == [IDS["c"]]
    assert (found.runs, found.steps, found.papers.groups) == ([], [], {ONE: -1})


def test_without_notes_names_in_a_group_count_and_no_others() -> None:
    zero, first = (step_name(a_step(ONE, index)) for index in (0, 1))
    inside = (
        LayerTexts(id=2, name=zero, left=3, top=4),
        LayerTexts(id=3, name=first, left=5, top=6),
        LayerTexts(id=4, name="mine"),
    )
    group = LayerTexts(id=7, name=group_name(a_run(ONE)), layers=inside)
    outside = LayerTexts(id=8, name=zero)
    found = contents_of(Texts(index=LIST, layers=(outside, group)))
    assert where(found) == {f"{ONE}.0": 2, f"{ONE}.1": 3, f"{TWO}.0": -1}
    assert found.papers.groups[ONE] == 7
    assert found.papers.layers[f"{ONE}.1"].image == IDS["b"]
    assert found.papers.places[ONE].left == 5, "a group lies where its uppermost step does"
    alone = contents_of(Texts(index=None, layers=(group,)))
    assert (alone.papers.runs, alone.ours) == ([], [])


@pytest.mark.parametrize("index", ["", "{", "[]", '{"v": 1, "runs": 3}', "null", '"text"'])
def test_a_list_that_was_cut_short_counts_as_none(index: str) -> None:
    note = {"run": ONE, "step": f"{ONE}.0", "image": IDS["a"]}
    found = contents_of(Texts(index=index, layers=(layer(1, note),)))
    assert (where(found), found.runs, found.newer) == ({f"{ONE}.0": 1}, [], "")


def test_what_of_a_list_cannot_be_read_is_passed_on_to_be_written_back() -> None:
    plain = json.loads(LIST)
    plain["runs"][0]["recipe"]["sampler"] = "of tomorrow"
    plain["steps"].append({"no": "id"})
    found = contents_of(Texts(index=json.dumps(plain), layers=()))
    assert found.runs == plain["runs"]
    assert found.steps == plain["steps"][:-1]


def test_a_list_of_a_newer_version_is_named_and_left() -> None:
    found = contents_of(Texts(index='{"v": 2, "runs": {"by": "name"}}', layers=()))
    assert (found.newer, found.runs, found.steps) == ("2", [], [])


def test_what_the_command_line_writes_is_read_as_it_reads_it() -> None:
    group = group_of(Painting(run=a_run(ONE), steps=(), left=3, top=4), iter(range(1, 9)))
    texts = Texts(index=None, layers=(_texts(group.id, group.metadata),))
    assert contents_of(texts).papers.groups == {ONE: group.id}


def _texts(id: int, metadata: Metadata) -> LayerTexts:
    return LayerTexts(id=id, settings=metadata.settings[SETTINGS_KEY], layers=())


def test_what_is_no_document_is_refused_in_a_sentence() -> None:
    for data in (b"", b"[]", b'{"index": 3, "layers": []}', b'{"layers": []}'):
        with pytest.raises(ValueError, match="texts: "):
            texts_from(data)
    with pytest.raises(ValueError, match="too much"):
        texts_from(b"," * 2**21)
