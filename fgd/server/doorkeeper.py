"""Who may come in: links that work once, cookies that are signed, a password where one is needed.

A page on this machine is opened with a link that holds a token; the token is exchanged for a
cookie and is worth nothing afterwards. Cookies outlive a restart of the server, because the key
that signs them lies in the project's state folder, readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

LIFE = 24 * 3600
"""Seconds for which a cookie is good; every page that is opened renews it."""

TRIES, PAUSE = 5, 30.0
"""Wrong passwords from one address before it has to wait, and for how many seconds."""

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def load_key(path: Path) -> bytes:
    """The key that signs cookies, made on first use. Raises ``OSError``."""
    try:
        key = path.read_bytes()
        if len(key) == 32 and not path.stat().st_mode & 0o077:
            return key
        path.unlink()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    key = secrets.token_bytes(32)
    with os.fdopen(handle, "wb") as stream:
        stream.write(key)
    return key


@dataclass
class Doorkeeper:
    """One server's door. ``address`` is what it is bound to, ``clock`` tells the seconds."""

    key: bytes
    port: int
    address: str = "127.0.0.1"
    password: str = ""
    encrypted: bool = False
    clock: Callable[[], float] = time.time
    _token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def __post_init__(self) -> None:
        # Another password makes the cookies of the old one worthless.
        self._sign = hmac.new(self.key, self.password.encode(), "sha256").digest()
        self._hash = self._slow(self.password) if self.password else b""
        self.password = "set" if self.password else ""

    # -- links ---------------------------------------------------------------------------------

    @property
    def scheme(self) -> str:
        """``http``, or ``https`` with a certificate."""
        return "https" if self.encrypted else "http"

    @property
    def origin(self) -> str:
        """Where the pages are, as one would write it into a browser."""
        name = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{name}:{self.port}"

    @property
    def link(self) -> str:
        """The link that opens the door once."""
        return f"{self.origin}/open?token={self._token}"

    def spend(self, token: str) -> bool:
        """Whether this is the token of the link; if so there is another one from now on."""
        right = hmac.compare_digest(token.encode(), self._token.encode())
        if right:
            self._token = secrets.token_urlsafe(24)
        return right

    # -- passwords -----------------------------------------------------------------------------

    def wait(self, client: str) -> float:
        """Seconds until an address may try a password again."""
        tries, since = self._wrong.get(client, (0, 0.0))
        return max(0.0, since + PAUSE - self.clock()) if tries >= TRIES else 0.0

    def admits(self, password: str, client: str) -> bool:
        """Whether a password is right; wrong ones are counted."""
        if not self._hash or self.wait(client):
            return False
        if hmac.compare_digest(self._slow(password), self._hash):
            self._wrong.pop(client, None)
            return True
        tries, _ = self._wrong.get(client, (0, 0.0))
        if len(self._wrong) > 1000:
            self._wrong.clear()
        self._wrong[client] = (1 if tries >= TRIES else tries + 1, self.clock())
        return False

    def _slow(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode(), salt=self._salt, n=2**14, r=8, p=1)

    # -- cookies -------------------------------------------------------------------------------

    @property
    def cookie_name(self) -> str:
        """Cookies do not tell ports apart, names do."""
        return f"fgd_{self.port}"

    def cookie(self) -> str:
        """A new cookie: when it was made, a random part, and a signature of both."""
        body = f"{int(self.clock())}.{secrets.token_urlsafe(16)}"
        return f"{body}.{self._signature(body)}"

    def knows(self, cookie: str) -> bool:
        """Whether we made this cookie, and not too long ago."""
        body, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return False
        made = body.partition(".")[0]
        return made.isdigit() and -60 <= self.clock() - int(made) <= LIFE

    def _signature(self, body: str) -> str:
        return hmac.new(self._sign, body.encode(), "sha256").hexdigest()

    # -- names ---------------------------------------------------------------------------------

    def is_host(self, host: str) -> bool:
        """Whether a request was meant for us.

        A page on the internet can make its own name point at this machine (DNS rebinding); its
        requests carry that name. So a name must be one of ours. An address cannot be rebound.
        """
        name, port = _split(host)
        if port != self.port:
            return False
        if self.address in LOCAL:
            return name in LOCAL
        return name in self._names() or _is_address(name)

    def is_origin(self, origin: str) -> bool:
        """Whether a request comes from one of our own pages."""
        scheme, _, host = origin.partition("://")
        return scheme == self.scheme and self.is_host(host)

    def _names(self) -> set[str]:
        mine = socket.gethostname().lower()
        return {*LOCAL, self.address.lower(), mine, f"{mine.partition('.')[0]}.local"}


def _split(host: str) -> tuple[str, int]:
    """``[::1]:8750`` to ``("::1", 8750)``; port 0 where none is written."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or len(port) > 5:
        return host.lower(), 0
    return name.strip("[]").lower(), int(port)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
