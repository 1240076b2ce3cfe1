"""The tokenizer: CLIP's byte-pair scheme with a vocabulary of our own.

Every word of the captions is one token; any other text falls apart into pieces, down to bytes.
"""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from transformers import CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from ..scenes.captions import words

LENGTH = 40  # tokens of a prompt, the two marks included
START, END = "<|startoftext|>", "<|endoftext|>"


def new_tokenizer(start: Path | None = None) -> CLIPTokenizer:
    """The tokenizer of the captions' words. Begun from weights, it keeps their tokens' ids."""
    vocabulary, merges = new_vocabulary(start)
    pairs: list[Any] = list(merges)  # annotated as strings, taken as pairs
    return CLIPTokenizer(vocab=vocabulary, merges=pairs, model_max_length=LENGTH)


def new_vocabulary(
    start: Path | None = None,
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Pieces with their ids, and the pairs to join, those of the start first.

    A new pair joins after all older ones, so no older word falls apart in another way than before.
    """
    vocabulary, merges = read_vocabulary(start) if start else ({}, [])
    known = merges
    merges = merges_for(words(), known)
    if not vocabulary:
        letters = [letter for _, letter in sorted(bytes_to_unicode().items())]  # of each byte
        pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
        pieces += ["".join(pair) for pair in merges]
        pieces += [START, END]  # last, as CLIP has them
    else:
        pieces = [*vocabulary, *("".join(pair) for pair in merges[len(known) :])]
    return {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}, merges


def read_vocabulary(start: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The pieces, in the order of their ids, and the pairs of an exported tokenizer."""
    vocabulary: dict[str, int] = json.loads((start / "tokenizer" / "vocab.json").read_text())
    lines = (start / "tokenizer" / "merges.txt").read_text().splitlines()[1:]
    merges = [(first, second) for first, second in (line.split(" ") for line in lines)]
    return dict(sorted(vocabulary.items(), key=lambda item: item[1])), merges


def merges_for(vocabulary: list[str], known: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The known pairs, then more to join, most common first, until every word is one piece.

    Byte-pair encoding (arXiv:1508.07909).
    """
    split = [[*word[:-1], f"{word[-1]}</w>"] for word in vocabulary]
    merges = list(known)
    for pair in known:
        split = [_joined(word, pair) for word in split]
    while True:
        pairs = Counter(pair for word in split for pair in pairwise(word))
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        split = [_joined(word, best) for word in split]


def _joined(word: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    for piece in word:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
