"""How the page's server signs people in: what Streamlit is told, and a header that only the proxy may set."""

from __future__ import annotations

import base64
import importlib.util
import os
import re
import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from planner.errors import DataError, Problem
from planner.records.sign_in import FROM_PROXY, Proxy, SignIn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORWARDED_VARIABLE = "FORWARDED_ALLOW_IPS"
"""Whose word the server takes for where a request comes from, instead of looking at the connection."""


def check_installed(sign_in: SignIn) -> None:
    """Refuses a provider without the library that speaks to it."""
    if sign_in.provider is not None and importlib.util.find_spec("authlib") is None:
        message = "a provider needs Authlib: pip install 'nvq-planner[sign-in]'"
        raise DataError([Problem("app", message)])


def secrets_of(sign_in: SignIn | None) -> dict[str, Any] | None:
    """What Streamlit is to know of the provider; None where nobody signs in there."""
    if sign_in is None or sign_in.provider is None:
        return None
    provider = sign_in.provider
    return {
        "auth": {
            "redirect_uri": f"{sign_in.address}/oauth2callback",
            "cookie_secret": provider.cookie_secret or secrets.token_hex(),
            "client_id": provider.client_id,
            "client_secret": provider.client_secret,
            "server_metadata_url": provider.discovery,
        }
    }


def settings_of(sign_in: SignIn | None) -> dict[str, Any]:
    """Streamlit's settings: no header names anybody, but for the one of the proxy."""
    proxy = sign_in and sign_in.proxy
    return {"server.trustedUserHeaders": {proxy.header: FROM_PROXY} if proxy else {}}


def believe_the_connection() -> None:
    """Has the server look at the connection for where a request comes from.

    It would else take the word of a header (X-Forwarded-For) for it, where a request comes from this machine:
    as those of most proxies do, and those of other programs too.
    """
    os.environ[FORWARDED_VARIABLE] = ""


def named_by_the_proxy(app: ASGIApp, proxy: Proxy) -> ASGIApp:
    """The server with the header that names somebody from the proxy alone, and once.

    Of two headers of the name one is not the proxy's, who did not take it away.
    """
    name = proxy.header.lower().encode("ascii")

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            named = sum(header == name for header, _ in scope["headers"])
            if named != 1 or _peer(scope) not in proxy.addresses:
                kept = [(header, value) for header, value in scope["headers"] if header != name]
                scope = {**scope, "headers": kept}
        await app(scope, receive, send)

    return guarded


LOGIN, BACK = "/auth/login", "/oauth2callback"
"""Where Streamlit sends people to the provider, and where they come back to, to begin at Start."""

ASKED = "nvq-planner-asked"
"""The cookie that has the page that was asked for, while somebody signs in."""

_OWN_PAGE = re.compile(r"/[a-z]*(\?[\x21-\x7e]{0,2000})?")
"""A page of the planner with its choices; never an address elsewhere, which needs a second / or a host."""

_MINUTES = 10


def brought_back(app: ASGIApp, address: str) -> ASGIApp:
    """The server with the way back, after a sign-in, to the page that was asked for.

    `address` is the page's own. The browser names the page where it asks for the sign-in.
    """
    secure = "; Secure" if address.startswith("https:") else ""

    def cookie(value: str, seconds: int) -> tuple[bytes, bytes]:
        told = f"{ASKED}={value}; Path={BACK}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        return b"set-cookie", told.encode("ascii")

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if scope["type"] != "http" or path not in (LOGIN, BACK):
            await app(scope, receive, send)
            return
        page = _page_before(scope, address) if path == LOGIN else _page_of(scope)

        async def answered(message: Message) -> None:
            headers = list(message.get("headers", ()))
            if message["type"] == "http.response.start" and page and path == LOGIN:
                told = base64.urlsafe_b64encode(page.encode("ascii")).decode("ascii")
                message = {**message, "headers": [*headers, cookie(told, 60 * _MINUTES)]}
            elif message["type"] == "http.response.start" and page and 300 <= message["status"] < 400:
                own = [
                    (name, page.encode("ascii") if name == b"location" else value) for name, value in headers
                ]
                message = {**message, "headers": [*own, cookie("", 0)]}
            await send(message)

        await app(scope, receive, answered)

    return guarded


def _page_before(scope: Scope, address: str) -> str:
    """The page that a request comes from, if it is one of the planner's own; else empty."""
    named = [value for name, value in scope["headers"] if name == b"referer"]
    origin, slash, rest = (
        named[0].decode("latin-1").partition(f"{address}/") if len(named) == 1 else ("", "", "")
    )
    return _own_page(f"/{rest}") if slash and not origin else ""


def _page_of(scope: Scope) -> str:
    """The page that the cookie of a sign-in has, if it is one of the planner's own; else empty."""
    sent = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    value = next((part[len(ASKED) + 1 :] for part in sent.split("; ") if part.startswith(f"{ASKED}=")), "")
    try:
        return _own_page(base64.urlsafe_b64decode(value.encode("ascii")).decode("ascii"))
    except ValueError:  # no such text
        return ""


def _own_page(text: str) -> str:
    return text if _OWN_PAGE.fullmatch(text) else ""


def _peer(scope: Scope) -> str:
    """The numeric address at the other end of the connection, in its plain form."""
    try:
        peer = ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return ""
    return str(getattr(peer, "ipv4_mapped", None) or peer)
