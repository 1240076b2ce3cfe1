"""What is typed wrong is told in one sentence: the option, what was given, what is allowed."""

from __future__ import annotations

import pytest

from bridge.__main__ import parser

SIZE = "--size must be WIDTHxHEIGHT in pixels such as 512x384, each side in 8..8192, got "
RUN = ("run", "--prompt", "x", "-o", "a.psd")
REWIND = ("rewind", "a.psd", "--step", "2", "-o", "b.psd")
LIVE = ("live", "--prompt", "x", "-o", "a.png")

WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "a size below zero": ((*RUN, "--size", "-64x64"), SIZE + "'-64x64'"),
    "a size of nothing": ((*RUN, "--size", "64x0"), SIZE + "'64x0'"),
    "a size above the most": ((*RUN, "--size", "9000x64"), SIZE + "'9000x64'"),
    "a size in words": ((*RUN, "--size", "big"), SIZE + "'big'"),
    "no size": (
        (*RUN, "--size", "--steps", "4"),
        "--size needs a value, WIDTHxHEIGHT in pixels such as 512x384, each side in 8..8192, got "
        "'--steps'",
    ),
    "a count of none": ((*RUN, "--count", "0"), "--count must be a whole number in 1..16, got '0'"),
    "a count below": ((*RUN, "--count", "-1"), "--count must be a whole number in 1..16, got '-1'"),
    "half a count": ((*RUN, "--count=1.5"), "--count must be a whole number in 1..16, got '1.5'"),
    "no steps": ((*RUN, "--steps", "0"), "--steps must be a whole number in 1..250, got '0'"),
    "a seed": (
        (*RUN, "--seed", "-1"),
        "--seed must be a whole number in 0..9007199254740991, got '-1'",
    ),
    "an endless scale": (
        (*RUN, "--guidance-scale", "-inf"),
        "--guidance-scale must be a number in 0..100, got '-inf'",
    ),
    "a strength of 0": (
        (*RUN, "--strength", "0"),
        "--strength must be a number above 0 and at most 1, got '0'",
    ),
    "a strength with a comma": (
        (*RUN, "--strength", "0,5"),
        "--strength must be a number above 0 and at most 1, got '0,5'",
    ),
    "an eta": ((*RUN, "--eta", "-.5"), "--eta must be a number in 0..1, got '-.5'"),
    "a blur": ((*RUN, "--blur", "-1e3"), "--blur must be a number in 0..512, got '-1e3'"),
    "an isolate": (
        (*RUN, "--isolate", "-3"),
        "--isolate must be a whole number in 1..250, got '-3'",
    ),
    "a step in words": (
        (*REWIND, "--step", "two"),
        "--step must be a whole number, got 'two'",
    ),
    "no step": ((*REWIND, "--step"), "--step needs a value, a whole number; nothing follows it"),
    "a variation": (
        (*REWIND, "--variation-seed", "-1"),
        "--variation-seed must be a whole number in 0..9007199254740991, got '-1'",
    ),
    "a weight": ((*REWIND, "--weight", "2"), "--weight must be a number in 0..1, got '2'"),
    "a release": ((*REWIND, "--release", "nan"), "--release must be a number in 0..1, got 'nan'"),
    "a region": (
        (*REWIND, "--region", "-1"),
        "--region must be N or N=PROMPT, N from 1 on, got '-1'",
    ),
    "frames": ((*LIVE, "--frames", "0"), "--frames must be a whole number in 1..1000, got '0'"),
    "a port": (("serve", "--port", "-1"), "--port must be a whole number in 0..65535, got '-1'"),
    "a sampler": ((*RUN, "--sampler", "plms"), "--sampler must be one of ddim, euler, "),
    "a prompt with a dash": (
        (*RUN, "--prompt", "-snow"),
        "--prompt needs a value, got '-snow'; a value that begins with - is given as "
        "--prompt=-snow",
    ),
    "a flag with a value": ((*RUN, "--json=yes"), "--json takes no value, got 'yes'"),
    "an unknown option": (
        (*RUN, "--promt", "y"),
        "there is no option --promt; did you mean --prompt?",
    ),
    "an unknown word": ((*RUN, "a.json", "b.json"), "there is no place for b.json."),
    "no output": (("run",), "-o/--output must be given"),
    "no picture": ((*RUN, "--init", ""), "--init must be the name of a file, got ''"),
    "no mask": ((*RUN, "--mask", " "), "--mask must be the name of a file, got ' '"),
    "no palette": ((*RUN, "--palette", ""), "--palette must be the name of a file, got ''"),
    "no layout": ((*RUN, "--layout", ""), "--layout must be the name of a file, got ''"),
    "no edit": ((*REWIND, "--edit", ""), "--edit must be the name of a file, got ''"),
    "no rewind's mask": ((*REWIND, "--mask", ""), "--mask must be the name of a file, got ''"),
    "no run": ((*REWIND, "--run", ""), "--run must be a run's id, got ''"),
    "no recipe": (("run", "", "-o", "a.psd"), "RECIPE.json must be the name of a file, got ''"),
    "no name": (("run", "-o", ""), "-o must be the name of a file, got ''"),
    "no model": ((*RUN, "--model", ""), "--model must be the name of a file, got ''"),
    "no device": (
        (*RUN, "--device", ""),
        "--device must be auto, cpu, cuda, cuda:NUMBER or mps, got",
    ),
    "an unknown command": (
        ("paint",),
        "COMMAND must be one of serve, pair, run, live, rewind, show, doctor, got 'paint'",
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_an_option_says_what_was_given_and_what_is_allowed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, sentence = WORDS[name]
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(arguments)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"pentimento {arguments[0]}: {sentence}".replace(" paint:", ":"))
    assert len(said.splitlines()) == 1


def test_a_value_that_begins_with_a_dash_is_understood_where_it_is_a_number() -> None:
    assert parser().parse_args([*REWIND[:3], "-5", *REWIND[4:]]).step == -5
    assert parser().parse_args([*RUN, "--guidance-scale", "-0"]).guidance_scale == 0
    assert parser().parse_args([*RUN, "--strength", "1e-1", "--size", "64×48"]).size == (64, 48)
