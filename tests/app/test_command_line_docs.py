"""docs/command-line.md says what is so."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli
from app.commands.doctor import BROKEN
from app.report_check import FAILED_CODE, UNCHECKED_CODE
from core import errors

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```\n(.*?)```", PAGE, re.S) for line in block.splitlines()]


def test_every_exit_code_is_in_the_table():
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.M)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.UnswapError)]
    raised = {kind.exit_code for kind in kinds if kind not in (errors.UnswapError, errors.CaseError)}
    assert listed == raised | {0, 1, 2, BROKEN, FAILED_CODE, UNCHECKED_CODE, cli.INTERRUPTED, cli.BROKEN_PIPE}


def options_of(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """(command, option) of a parser and all below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in dict.fromkeys(action.choices.values()):
                yield from options_of(child)
        else:
            yield from ((parser.prog, option) for option in action.option_strings if option.startswith("--"))


def test_every_option_of_every_command_is_on_the_page():
    options = dict.fromkeys(options_of(cli.build_parser()))
    assert ("unswap gallery add", "--note") in options
    missing = [pair for pair in options if not re.search(rf"{re.escape(pair[1])}(?![\w-])", PAGE)]
    assert missing == []


def test_the_files_of_recover_are_named_in_its_help_as_on_the_page():
    (row,) = re.findall(r"^\| `embeddings.npz` \| (.*) \|$", PAGE, re.M)
    parsers = next(a for a in cli.build_parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    told = re.search(r"embeddings\.npz\s+\((.*?)\)", parsers["recover"].description, re.S)[1]
    for name in re.split(r",\s+", told):
        assert f"`{name}`" in row, name
    assert {"dfrec_score", "companion_score", "surroundings", "surroundings_id"} <= set(re.split(r",\s+", told))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_understood(example):
    program, *words = shlex.split(example)
    assert program == "unswap"
    cli.build_parser().parse_args(words)
