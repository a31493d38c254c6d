"""docs/command-line.md says what is so."""

import re
import shlex
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


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_understood(example):
    program, *words = shlex.split(example)
    assert program == "unswap"
    cli.build_parser().parse_args(words)
