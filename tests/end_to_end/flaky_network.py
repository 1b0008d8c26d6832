"""A bad network in front of one port of this machine: it refuses, delays and cuts connections."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

HOST = "127.0.0.1"
CHUNK = 4096
REFUSED = 0.2
CUT = 0.5
LONGEST_PAUSE = 0.15
MOST_BYTES = 6000
"""A cut comes at the latest after so many bytes of answers: a few of the smaller ones."""


@dataclass(frozen=True)
class Fate:
    """What becomes of one connection; all of it is drawn before it begins."""

    refused: bool
    lasts: int | None
    """After how many bytes of the answers it is cut; None: never."""
    pauses: random.Random

    @classmethod
    def drawn(cls, seed: str) -> Self:
        """Answers the fate that belongs to a seed."""
        dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
        refused = dice.random() < REFUSED
        lasts = dice.randrange(MOST_BYTES) if dice.random() < CUT else None
        return cls(refused, lasts, dice)


class FlakyNetwork:
    """A TCP proxy; connection number n of a seed always fares the same."""

    def __init__(self, port: int, seed: int) -> None:
        self._target = port
        self._seed = seed
        self._listener = socket.create_server((HOST, 0))
        self._open: set[socket.socket] = set()
        self.fates: Counter[str] = Counter()
        """How many connections were refused, cut, or left to themselves."""
        self.asked: list[str] = []
        """What each connection asked for first."""

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def through(self, url: str) -> str:
        """Answers an address of the target as it is reached through this network."""
        return url.replace(f":{self._target}/", f":{self.port}/")

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        # A thread that waits in accept() is woken by shutdown, not by close.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            _reset(connection)

    def _accept(self) -> None:
        number = 0
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                fate = Fate.drawn(f"{self._seed}/{number}")
                number += 1
                threading.Thread(target=self._serve, args=(client, fate), daemon=True).start()

    def _serve(self, client: socket.socket, fate: Fate) -> None:
        self.fates["refused" if fate.refused else "cut" if fate.lasts is not None else "left"] += 1
        if fate.refused:
            _reset(client)
            return
        server = socket.create_connection((HOST, self._target))
        ends = {client, server}
        self._open |= ends
        threading.Thread(target=self._send, args=(client, server), daemon=True).start()
        try:
            _answer(server, client, fate)
        finally:
            self._open -= ends
            for end in ends:
                _reset(end)

    def _send(self, client: socket.socket, server: socket.socket) -> None:
        """Hands on what is asked; a client that hangs up ends the connection."""
        with suppress(OSError):
            data = client.recv(CHUNK)
            self.asked.append(data.split(b"\r\n", 1)[0].decode())
            while data:
                server.sendall(data)
                data = client.recv(CHUNK)
            server.shutdown(socket.SHUT_RDWR)


def _answer(server: socket.socket, client: socket.socket, fate: Fate) -> None:
    """Hands on what is answered, late, for as long as the connection lasts."""
    left = fate.lasts
    with suppress(OSError):
        while data := server.recv(CHUNK):
            time.sleep(fate.pauses.uniform(0, LONGEST_PAUSE))  # the delay is the point
            if left is not None and left <= len(data):
                client.sendall(data[:left])
                return
            client.sendall(data)
            left = None if left is None else left - len(data)


def _reset(connection: socket.socket) -> None:
    """Ends a connection as a network does that forgets it: by a reset, without a farewell."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    connection.close()
