"""Captions are true, varied, and survive the tokenizer."""

from pathlib import Path

import numpy as np

from pipelines.embedded import WEIGHTS
from pipelines.embedded.scenes import words as say
from pipelines.embedded.scenes.captions import caption, full_caption, held_out_captions, words
from pipelines.embedded.scenes.prompts import PROMPTS
from pipelines.embedded.scenes.scene import HELD_OUT, scene
from pipelines.embedded.training.tokens import LENGTH, new_tokenizer, new_vocabulary

NOUNS = {  # the words that name a kind and no other
    "house": {"house", "cottage", "home"},
    "boat": {"boat", "sailboat", "ship"},
    "conifer": {"fir", "pine", "conifer", "spruce"},
    "lighthouse": {"lighthouse", "tower"},
    "bridge": {"bridge"},
    "autumn": {"autumn", "orange"},
}


def drawn(count: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [caption(scene(seed), rng) for seed in range(count)]


def spoken(text: str) -> list[str]:
    return text.replace(",", "").split()


def test_captions_come_back_from_their_tokens() -> None:
    tokenizer = new_tokenizer()
    for text in [*drawn(300), *PROMPTS]:
        ids = tokenizer(text).input_ids
        back = tokenizer.decode(ids, skip_special_tokens=True)
        assert isinstance(back, str)
        assert back.replace(" ,", ",") == text


def test_no_caption_is_longer_than_the_encoder_hears() -> None:
    tokenizer = new_tokenizer()
    rng = np.random.default_rng(4)
    texts = [*drawn(4000), *(full_caption(scene(seed), rng) for seed in range(4000)), *PROMPTS]
    assert max(len(ids) for ids in tokenizer(texts).input_ids) <= LENGTH


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


def test_a_tokenizer_begun_from_weights_keeps_their_ids_and_reads_every_word_as_one() -> None:
    older = type(new_tokenizer()).from_pretrained(WEIGHTS, subfolder="tokenizer")
    newer = new_tokenizer(WEIGHTS)
    texts = ["a red house on the left, green grass, a blue sky", "a boat at night"]
    assert newer(texts).input_ids == older(texts).input_ids
    assert all(len(newer(word).input_ids) == 3 for word in words())
    vocabulary, _ = new_vocabulary(WEIGHTS)
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))


def test_captions_name_each_thing_and_no_other() -> None:
    rng = np.random.default_rng(1)
    for seed in range(400):
        what = scene(seed)
        said = set(spoken(caption(what, rng).replace("orange evening", "")))
        for kind, nouns in NOUNS.items():
            there = kind in {thing.kind for thing in what.things}
            assert bool(nouns & said) == there, (kind, said)


def test_a_colour_is_named_only_if_something_has_it() -> None:
    rng = np.random.default_rng(6)
    for seed in range(400):
        what = scene(seed)
        said = set(spoken(caption(what, rng)))
        for colour in ("red", "brown"):
            has = {thing.colour for thing in what.things} | {what.flowers}
            striped = any(thing.kind == "lighthouse" for thing in what.things)
            assert colour not in said or colour in has or striped, (colour, said)


def test_full_captions_say_every_side_and_every_colour() -> None:
    rng = np.random.default_rng(2)
    for seed in range(200):
        what = scene(seed)
        text = full_caption(what, rng)
        for thing in what.things:
            assert any(side in text for side in say.SIDE_WORDS[thing.side]), text
            assert thing.colour in spoken(text) or not thing.colour, text


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
