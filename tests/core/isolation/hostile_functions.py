"""Functions that do in a child process what hostile input might make a library do."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from core.errors import NotMediaError


def echo(path, argument, data):
    return argument.encode() + data


def read_own(path, argument, data):
    return path.read_bytes()


def read_other(path, argument, data):
    return Path(argument).read_bytes()


def list_folder(path, argument, data):
    return repr(os.listdir(argument)).encode()  # noqa: PTH208


def write_other(path, argument, data):
    Path(argument).write_bytes(b"x")
    return b""


def append_to_own(path, argument, data):
    with path.open("ab") as file:
        file.write(b"x")
    return b""


def remove_own(path, argument, data):
    path.unlink()
    return b""


def connect(path, argument, data):
    socket.create_connection(("127.0.0.1", int(argument)), timeout=2).close()
    return b""


def datagram(path, argument, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"x", ("127.0.0.1", int(argument)))
    return b""


def run_program(path, argument, data):
    return subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True).stdout


def fork(path, argument, data):
    if os.fork() == 0:
        os._exit(0)
    return b""


def signal_parent(path, argument, data):
    os.kill(os.getppid(), signal.SIGTERM)
    return b""


def allocate(path, argument, data):
    return bytes(bytearray(int(argument))[:1])


def allocate_in_a_library(path, argument, data):
    """What malloc answers, not Python."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    return b"refused" if library.malloc(ctypes.c_size_t(int(argument))) is None else b"granted"


def spin(path, argument, data):
    while True:
        pass


def sleep(path, argument, data):
    time.sleep(600)
    return b""


def crash(path, argument, data):
    ctypes.string_at(0)
    return b""


def refuse(path, argument, data):
    raise NotMediaError("it is no media", next_step="check it")


def fail(path, argument, data):
    raise ZeroDivisionError("one over nothing")


def answer_too_much(path, argument, data):
    return bytes(int(argument))


def speak_nonsense(path, argument, data):
    for descriptor in range(3, 8):  # one of them leads to the parent
        with suppress(OSError):
            os.write(descriptor, b"garbage that is no answer at all")
    os._exit(0)


def use_threads(path, argument, data):
    """Whether a thread started later is confined as well."""
    seen = []

    def attempt():
        try:
            Path(argument).read_bytes()
            seen.append(b"read")
        except PermissionError:
            seen.append(b"denied")

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return seen[0]
