"""A page that people sign in to, and what comes between: a provider, or proxies that a request can come from."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import PATIENCE, served, settled
from tests.oidc import CLIENT, SECRET, Provider

WIDE = {"width": 1280, "height": 900}


@contextmanager
def with_provider(folder: Path, register: str, provider: Provider, more: str = "") -> Iterator[str]:
    """The address of a page that people sign in to with a provider."""
    file = folder / "sign-in.toml"

    def write(port: int) -> None:
        file.write_text(
            f"address = 'http://127.0.0.1:{port}'\n[provider]\n"
            f"discovery = '{provider.address}/.well-known/openid-configuration'\n"
            f"client_id = '{CLIENT}'\nclient_secret = '{SECRET}'\n{more}"
        )

    with served(folder, "--register", register, "--sign-in", str(file), before=write) as url:
        yield url


def opened(context: BrowserContext, url: str) -> Page:
    """A page of a browser, wherever it leads."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    return page


def sign_in(browser: Browser, url: str, account: str) -> Page:
    """A browser of its own, in which somebody has signed in and sees what there is for them."""
    page = opened(browser.new_context(viewport=WIDE), url)  # type: ignore[arg-type]
    go_in(page, account)
    return page


def go_in(page: Page, account: str) -> None:
    """Signs in, from the door."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Account").fill(account)
    page.get_by_role("button", name="Go on").click()
    settled(page)


def at_the_door(page: Page) -> None:
    """Waits for the door, and sees that there is nothing beside it."""
    settled(page, "NVQ planner")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stHeader").get_by_role("link")).to_have_count(0)
    expect(page.get_by_role("button", name="I am an assessor")).to_have_count(0)


@contextmanager
def relay(port: int, comes_from: str, *headers: str) -> Iterator[str]:
    """An address from which requests go on to a port of this machine, from another address, with these headers.

    What is in them already stays, as at a proxy that adds and takes nothing away.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:

        def wait() -> None:
            with suppress(OSError):
                while True:
                    Thread(
                        target=_pass_on, args=(door.accept()[0], port, comes_from, headers), daemon=True
                    ).start()

        Thread(target=wait, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)


def _pass_on(browser: socket.socket, port: int, comes_from: str, headers: tuple[str, ...]) -> None:
    """One request; a connection that is kept open for others would have them pass without the headers."""
    with browser, suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            more = browser.recv(65_536)
            if not more:
                return
            head += more
        told, rest = head.split(b"\r\n\r\n", 1)
        lines = told.split(b"\r\n")
        if b"upgrade: websocket" not in told.lower():
            lines = [line for line in lines if not line.lower().startswith(b"connection:")]
            lines.append(b"Connection: close")
        lines += [header.encode() for header in headers]
        with socket.create_connection(("127.0.0.1", port), source_address=(comes_from, 0)) as server:
            server.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
            back = Thread(target=_pour, args=(server, browser), daemon=True)
            back.start()
            _pour(browser, server)
            back.join()


def _pour(source: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            into.sendall(part)
    with suppress(OSError):
        into.shutdown(socket.SHUT_WR)
