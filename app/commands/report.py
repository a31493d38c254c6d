"""`report`: write the report of a case again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.arguments import Subparsers


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
