"""Serves the storefront's page on this machine: what any static hosting would do on AWS."""

import hashlib
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from local_stack import project
from local_stack.gateway_port import HOST
from local_stack.storefront_files import Content, StorefrontFiles

CONFIG = "/config.json"
SHUTDOWN_SECONDS = 0.05
"""How long a stop waits at most for the loop to see it."""
IDLE_SECONDS = 60
"""After which a browser's silent connection is closed."""
LARGEST_PORT = 65535

_HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class StorefrontServer:
    """The page's server: next to the gateway's port when that is free, else on any."""

    def __init__(self, gateway_port: int, files: StorefrontFiles | None = None) -> None:
        self._port = gateway_port + 1 if gateway_port < LARGEST_PORT else 0
        self._files = files or StorefrontFiles(
            page=project.ROOT / "storefront", client=project.ROOT / "clients" / "js"
        )
        self._server: ThreadingHTTPServer | None = None
        self._is_serving = False

    @property
    def url(self) -> str:
        """The address of the shop; certain once the port is taken."""
        return f"http://{HOST}:{self._port}/"

    def take_port(self) -> str:
        """Answers the address, which is certain from now on; who comes early waits for the page."""
        self._listening()
        return self.url

    def start(self, api_url: str, websocket_url: str) -> None:
        """Returns when the page is served; it stays at its address over a stop and a start."""
        if self._is_serving:
            return
        server = self._listening()
        server.RequestHandlerClass = _handler(self._files, api_url, websocket_url)
        threading.Thread(target=server.serve_forever, args=(SHUTDOWN_SECONDS,), daemon=True).start()
        self._is_serving = True

    def _listening(self) -> ThreadingHTTPServer:
        if self._server is None:
            try:
                self._server = ThreadingHTTPServer((HOST, self._port), BaseHTTPRequestHandler)
            except OSError:  # somebody else's port
                self._server = ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler)
            self._port = self._server.server_port
        return self._server

    def stop(self) -> None:
        """Returns when nothing listens any more."""
        if self._server is None:
            return
        if self._is_serving:  # else there is no loop whose end could be awaited
            self._server.shutdown()
        self._server.server_close()
        self._server, self._is_serving = None, False


def content_security_policy(api_url: str, websocket_url: str) -> str:
    """Answers what the page may do: run and show what is ours, and talk to the API."""
    ours = " ".join(_origin(url) for url in (api_url, websocket_url))
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self' {ours}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _handler(
    files: StorefrontFiles, api_url: str, websocket_url: str
) -> type[BaseHTTPRequestHandler]:
    settings = {"api_url": api_url, "websocket_url": websocket_url}
    config = Content(json.dumps(settings).encode(), "application/json")
    policy = content_security_policy(api_url, websocket_url)

    def find(path: str) -> Content | None:
        return config if path == CONFIG else files.find(path)

    class Handler(_StorefrontHandler):
        contents = staticmethod(find)
        security_policy = policy

    return Handler


class _StorefrontHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; whatever it answers carries the page's security headers."""

    protocol_version = "HTTP/1.1"
    server_version = "Orderbus"
    sys_version = ""
    timeout = IDLE_SECONDS
    contents: Callable[[str], Content | None]
    security_policy: str

    def do_GET(self) -> None:
        """Answers a file, 304 to whoever has it already, else 404."""
        content = self.contents(urlsplit(self.path).path)
        if content is None:
            self._answer(HTTPStatus.NOT_FOUND, _plain(HTTPStatus.NOT_FOUND))
            return
        tag = f'"{hashlib.sha256(content.body).hexdigest()[:32]}"'
        if _has(self.headers.get("If-None-Match", ""), tag):
            self._answer(HTTPStatus.NOT_MODIFIED, None, ETag=tag)
        else:
            self._answer(HTTPStatus.OK, content, ETag=tag)

    do_HEAD = do_GET  # noqa: N815 -- likewise

    def _refuse(self) -> None:
        status = HTTPStatus.METHOD_NOT_ALLOWED
        self.close_connection = True  # a body may follow that nobody reads
        self._answer(status, _plain(status), Allow="GET, HEAD", Connection="close")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815 -- likewise

    def _answer(self, status: HTTPStatus, content: Content | None, **headers: str) -> None:
        self.send_response(status)
        security = {"Content-Security-Policy": self.security_policy}
        for name, value in (_HEADERS | security | headers).items():
            self.send_header(name, value)
        if content is not None:
            self.send_header("Content-Type", content.content_type)
            self.send_header("Content-Length", str(len(content.body)))
        self.end_headers()
        if content is not None and self.command != "HEAD":
            self.wfile.write(content.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Says nothing: the terminal belongs to whoever started the stack."""


def _plain(status: HTTPStatus) -> Content:
    return Content(f"{status.phrase}\n".encode(), "text/plain; charset=utf-8")


def _has(if_none_match: str, tag: str) -> bool:
    """Whether the header names the tag (RFC 9110, 13.1.2: weakly compared)."""
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in named or tag in named
