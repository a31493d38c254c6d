"""Child process of `core.video.sandbox`: inspects one file and prints what it found as one line of JSON."""

from __future__ import annotations

import sys
from pathlib import Path

from core.errors import CaseError
from core.video.child import error_to_json
from core.video.inspect import inspect


def main(arguments: list[str]) -> int:
    """Print ``MediaFacts`` (exit 0) or an error (exit 3) as JSON."""
    try:
        print(inspect(Path(arguments[0])).to_json())
    except CaseError as error:
        print(error_to_json(error))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
