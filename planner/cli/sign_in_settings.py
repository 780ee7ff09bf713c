"""How the page's server signs people in: what Streamlit is told, and a header that only the proxy may set."""

from __future__ import annotations

import importlib.util
import os
import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from planner.errors import DataError, Problem
from planner.records.sign_in import FROM_PROXY, Proxy, SignIn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

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


def _peer(scope: Scope) -> str:
    """The numeric address at the other end of the connection, in its plain form."""
    try:
        peer = ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return ""
    return str(getattr(peer, "ipv4_mapped", None) or peer)
