"""The tokenizer: CLIP's byte-pair scheme with a vocabulary of our own.

Every word of the captions is one token; any other text falls apart into pieces, down to bytes.
"""

from collections import Counter
from itertools import pairwise
from typing import Any

from transformers import CLIPTokenizer

from .captions import words

LENGTH = 40  # tokens of a prompt, the two marks included
START, END = "<|startoftext|>", "<|endoftext|>"


def new_tokenizer() -> CLIPTokenizer:
    """The tokenizer, built from the words of the captions."""
    vocabulary, merges = new_vocabulary()
    pairs: list[Any] = list(merges)  # annotated as strings, taken as pairs
    return CLIPTokenizer(vocab=vocabulary, merges=pairs, model_max_length=LENGTH)


def new_vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Pieces with their ids, the two marks last as CLIP has them; and the pairs to join."""
    merges = merges_for(words())
    letters = byte_letters()
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    pieces += ["".join(pair) for pair in merges]
    return {piece: index for index, piece in enumerate([*pieces, START, END])}, merges


def byte_letters() -> list[str]:
    """The printable stand-ins of the 256 bytes, as GPT-2's byte-pair scheme has them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    stand_in = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in stand_in)
    stand_in.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return [stand_in[byte] for byte in range(256)]


def merges_for(vocabulary: list[str]) -> list[tuple[str, str]]:
    """The pairs to join, most common first, until every word is one piece (arXiv:1508.07909)."""
    split = [[*word[:-1], f"{word[-1]}</w>"] for word in vocabulary]
    merges: list[tuple[str, str]] = []
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
