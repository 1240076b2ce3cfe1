"""What has to be painted again of a run that the store lost, and in which order."""

from typing import Any

import msgspec
import pytest

from bridge.history.history import History, history_in
from bridge.history.replay import Replay, as_in_document, lost_from, replay_of
from bridge.made import Difference
from bridge.wire import Continue, Run
from pipelines.recipe import Hold, Kept, Recipe, Rewind

ONE, TWO, THREE, FOUR = (str(number) * 32 for number in (1, 2, 3, 4))
EDIT, HANDED, MASK = (letter * 64 for letter in "abc")
HOLDS = Rewind(mode="hold", edit=EDIT, handed=HANDED, mask=MASK)
KEEPS = Rewind(mode="repaint", mask=MASK, keep_outside=True)
RECIPE = Recipe(prompt="x", width=8, height=8)


def a_run(id: str, recipe: Recipe = RECIPE, **more: Any) -> Run:
    plain: dict[str, Any] = {"number": int(id[0]), "request": id, "state": "finished"}
    plain |= {"first": 0, "last": 3, "working_width": 8, "working_height": 8, "enlarged": 1.0}
    return Run(id=id, recipe=recipe, **plain | more)


def holding(run: str, **more: Any) -> Run:
    """A branch that holds a step of another run."""
    hold = Hold(step=f"{run}.1", edit=EDIT, handed=HANDED, mask=MASK)
    recipe = msgspec.structs.replace(RECIPE, hold=hold)
    return a_run(TWO, recipe, parent=f"{run}.1", rewind=HOLDS, **more)


def replayed(
    run: Run, *stored: Run, document: tuple[Run, ...] = (), made: dict[str, str] | None = None
) -> Replay:
    steps = {f"{one.id}.{index}" for one in stored for index in range(one.first, one.last + 1)}
    return replay_of(run, 3, History(runs=(run, *document)), stored, steps, made or {})


def test_the_run_that_was_left_comes_first_and_the_rewind_adds_its_own_again() -> None:
    old, branch = a_run(ONE), holding(ONE)
    first = replayed(branch, document=(old,))
    assert (first.done, first.next and first.next.lost) == ((), ONE)
    then = replayed(branch, a_run(THREE), document=(old,), made={ONE: THREE})
    assert [(one.lost, one.run) for one in then.done] == [(ONE, THREE)]
    assert then.next is not None
    assert isinstance(then.next.command, Continue)
    assert then.next.command.step == f"{THREE}.1"
    assert then.next.command.rewind == HOLDS
    assert then.next.command.recipe == RECIPE, "without the hold that the rewind makes"
    assert then.next.images == {"rewind.edit": EDIT, "rewind.handed": HANDED, "rewind.mask": MASK}
    again = msgspec.structs.replace(holding(THREE), id=FOUR, parent=f"{THREE}.1")
    last = replayed(branch, a_run(THREE), again, document=(old,))
    assert [(one.lost, one.run) for one in last.done] == [(ONE, THREE), (TWO, FOUR)]
    assert last.next is None
    assert as_in_document(again, {ONE: THREE}).recipe == branch.recipe


def test_what_lies_in_the_store_is_not_painted_again() -> None:
    old, branch = a_run(ONE), holding(ONE)
    order = replayed(branch, old, document=(old,)).next
    assert order is not None
    assert order.lost == TWO


def test_a_hold_of_an_older_rewind_stays_and_follows_its_run() -> None:
    kept = Kept(step=f"{ONE}.3", picture=EDIT, mask=MASK)
    hold = Hold(step=f"{ONE}.1", edit=EDIT, handed=HANDED, mask=MASK)
    recipe = msgspec.structs.replace(RECIPE, hold=hold, kept=kept)
    branch = a_run(TWO, recipe, parent=f"{ONE}.2", rewind=KEEPS)
    order = replayed(branch, a_run(THREE), document=(a_run(ONE),)).next
    assert order is not None
    assert order.command.recipe is not None
    assert order.command.recipe.kept is None
    assert order.command.recipe.hold is not None
    assert order.command.recipe.hold.step == f"{THREE}.1"


def test_a_branch_whose_beginning_nobody_knows_is_named() -> None:
    assert replayed(holding(ONE)) == Replay(orphan=TWO)


def test_a_run_of_the_document_itself_is_never_taken_for_the_lost_one() -> None:
    twin = a_run(THREE)
    assert replayed(a_run(ONE), twin).next is None
    assert replayed(a_run(ONE), twin, document=(twin,)).next is not None


def test_what_is_not_as_it_was_is_named_and_painted_anew_where_that_may_be_more_exact() -> None:
    old = a_run(ONE, made_with={"torch": "1", "device": "cpu"})
    other = a_run(TWO, made_with={"torch": "2"})
    differs = (Difference("device", "cpu", "?"), Difference("torch", "1", "2"))
    assert replayed(old, other).done[0].differs == differs
    newest = a_run(THREE, msgspec.structs.replace(RECIPE, seed=7), made_with={"torch": "1"})
    assert replayed(old, other, newest).next is not None
    assert replayed(old, other, newest, made={ONE: TWO}).done[0].differs == differs


def test_what_is_no_lost_run_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="replay: "):
        lost_from(b"{}")
    lost = lost_from(b'{"index": "{}", "run": "x"}')
    with pytest.raises(ValueError, match="has no run x"):
        lost.replay([], [])


@pytest.mark.parametrize("text", ["", "{", '{"v": 1, "runs": [', "[" * 100_000])
def test_a_list_that_was_damaged_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(ValueError, match=r"\(XMP\) is damaged, .*; go on from an older copy"):
        history_in(text)
