"""Captions are true, varied, and survive the tokenizer."""

from pathlib import Path

import numpy as np

from pipelines.embedded.captions import (
    PROMPTS,
    SIDE_WORDS,
    THING_WORDS,
    caption,
    full_caption,
    held_out_captions,
    words,
)
from pipelines.embedded.scenes import HELD_OUT, scene
from pipelines.embedded.tokens import LENGTH, new_tokenizer


def drawn(count: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [caption(scene(seed), rng) for seed in range(count)]


def test_captions_come_back_from_their_tokens() -> None:
    tokenizer = new_tokenizer()
    for text in [*drawn(300), *PROMPTS]:
        ids = tokenizer(text).input_ids
        back = tokenizer.decode(ids, skip_special_tokens=True)
        assert isinstance(back, str)
        assert back.replace(" ,", ",") == text
        assert len(ids) <= LENGTH


def test_every_word_is_one_token_and_any_other_text_comes_back_too() -> None:
    tokenizer = new_tokenizer()
    assert all(len(tokenizer(word).input_ids) == 3 for word in words())
    text = "zebra übermut 7"
    ids = tokenizer(text).input_ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_the_tokenizer_is_the_same_after_saving(tmp_path: Path) -> None:
    tokenizer = new_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    again = type(tokenizer).from_pretrained(tmp_path)
    assert again.model_max_length == LENGTH
    assert again(drawn(50)).input_ids == tokenizer(drawn(50)).input_ids


def test_captions_name_each_thing_and_no_other() -> None:
    rng = np.random.default_rng(1)
    for seed in range(300):
        what = scene(seed)
        text = caption(what, rng)
        for kind, names in THING_WORDS.items():
            nouns = {name.split(" with ")[0].split()[-1] for name in names}
            assert bool(nouns & set(text.replace(",", "").split())) == (
                kind in {thing.kind for thing in what.things}
            ), text


def test_full_captions_say_every_side() -> None:
    rng = np.random.default_rng(2)
    for seed in range(200):
        what = scene(seed)
        text = full_caption(what, rng)
        for thing in what.things:
            assert any(side in text for side in SIDE_WORDS[thing.side]), text


def test_wordings_vary_from_two_words_to_many() -> None:
    texts = drawn(400)
    assert len(set(texts)) > 380
    lengths = [len(text.split()) for text in texts]
    assert min(lengths) <= 3
    assert max(lengths) >= 20
    rng = np.random.default_rng(3)
    assert len({caption(scene(3), rng) for _ in range(50)}) > 40


def test_held_out_captions_are_of_scenes_never_trained_on_and_stay_the_same() -> None:
    pairs = held_out_captions(20)
    assert [scene.seed for scene, _ in pairs] == list(range(HELD_OUT, HELD_OUT + 20))
    assert pairs == held_out_captions(20)
