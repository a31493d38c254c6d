"""A time-stamp authority of the tests' own: its key, its certificate, and the port at which it answers (RFC 3161)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from asn1crypto import tsp
from pyhanko.sign.timestamps import DummyTimeStamper

from core.validation.stamping import own_authority


@lru_cache(maxsize=1)
def authority() -> DummyTimeStamper:
    """A time-stamp authority of this test's own."""
    return own_authority("Test authority")


@contextmanager
def answering_authority() -> Iterator[tuple[str, list[bytes]]]:
    """The address of the authority on this machine, and the requests that it was sent."""
    sent: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = authority().request_tsa_response(tsp.TimeStampReq.load(sent[-1])).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsr", sent
        finally:
            server.shutdown()
            thread.join()
