"""Main functions of children, for tests of how children are started."""

import os
import sys
import time


def main() -> None:
    """Do what the first line of standard input says."""
    match sys.stdin.readline().split():
        case ["descriptors"]:
            os.write(1, " ".join(sorted(os.listdir("/proc/self/fd"), key=int)).encode())  # noqa: PTH208
        case ["sleep"]:
            time.sleep(600)
        case ["fail"]:
            raise ValueError
        case ["exit", status]:
            os._exit(int(status))
        case ["id"]:
            os.write(1, str(os.getpid()).encode())
