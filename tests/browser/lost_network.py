"""A network that can be lost: a relay before the county that is cut and mended."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Relay:
    """Passes every connection on to a port of this machine, until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: set[socket.socket] = set()
        self._listener = self._listen(0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Nobody gets through any more, and who was through is cut off."""
        for place in (self._listener, *self._open):
            with suppress(OSError):
                place.shutdown(socket.SHUT_RDWR)
            place.close()
        self._open.clear()

    def mend(self) -> None:
        """As before, at the same address."""
        self._listener = self._listen(int(self.url.rpartition(":")[2]))

    def _listen(self, port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        made.listen(50)
        threading.Thread(target=self._accept, args=(made,), daemon=True).start()
        return made

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pass, args=(source, sink), daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for place in (source, sink):
        with suppress(OSError):
            place.shutdown(socket.SHUT_RDWR)
