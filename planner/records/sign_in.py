"""How people sign in to a page that others reach too: the file that says it, and whom a sign-in names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from planner.catalogue.rule_file import FileTable, Name, Names, read_whole
from planner.errors import DataError, Problem

EMAIL = "email"
"""The claim by which people are known unless the file says another one."""

FROM_PROXY = "from_proxy"
"""What the server calls the account that the proxy names, once it is known to come from there."""

SECRET = 32
"""The fewest characters of what signs the cookie that a sign-in is kept in."""

_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a request comes from: the account, or why there is none; neither where nobody has signed in."""

    account: str = ""
    refusal: str = ""


def _address(text: str) -> str:
    """An address that nobody on the way can read or change: https, or on this machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("https", "http") or parts.username is not None:
        raise ValueError("must be an address such as https://planner.example.org")
    if parts.scheme == "http" and host not in _HERE:
        raise ValueError("must begin with https://: what is signed in by could be read on the way")
    return text


def _origin(text: str) -> str:
    parts = urlsplit(_address(text))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must end with the host or its port: the page has no path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise ValueError("must be the name of a header: letters, digits and hyphens")
    return text


def _peers(names: list[str]) -> list[str]:
    try:
        return [str(ip_address(name)) for name in names]
    except ValueError:
        raise ValueError("must be numeric addresses, such as 127.0.0.1") from None


def _long(text: str) -> str:
    if len(text) < SECRET:
        raise ValueError(f"must have at least {SECRET} characters, drawn at random")
    return text


class Provider(FileTable):
    """`[provider]`: an OpenID Connect provider, which names who signs in.

    `account` is the claim by which people are known. An e-mail address counts only where the provider says
    that it is verified, or the file that it need not. A sign-in ends after `hours`.
    """

    discovery: Annotated[Name, AfterValidator(_address)]
    client_id: Name
    client_secret: Name
    account: Name = EMAIL
    unverified: bool = False
    hours: Annotated[int, Field(ge=1, le=720)] = 12
    cookie_secret: Annotated[Name, AfterValidator(_long)] | None = None

    def visitor(self, claims: Mapping[str, Any], now: datetime) -> Visitor:
        """Whom the claims of a token name, which Streamlit has verified when it was issued.

        Streamlit keeps a sign-in for 30 days and looks at no time in it, so that is done here.
        """
        if claims.get("is_logged_in") is not True:
            return Visitor()
        issued = claims.get("iat")
        if not isinstance(issued, int | float) or now.timestamp() - issued > self.hours * 3_600:
            return Visitor(refusal=f"A sign-in ends after {self.hours} hours: sign in again.")
        account = claims.get(self.account)
        if not isinstance(account, str) or not account.strip():
            return Visitor(refusal=f"Your sign-in does not say who you are: it has no {self.account}.")
        if (
            self.account == EMAIL
            and not self.unverified
            and claims.get("email_verified") not in (True, "true")
        ):
            return Visitor(refusal="Your sign-in does not say that your e-mail address is verified.")
        return Visitor(account_of(account))


class Proxy(FileTable):
    """`[proxy]`: a reverse proxy that signs people in, and names them in a header.

    The header counts only in a request that comes from one of its numeric `addresses`.
    """

    addresses: Annotated[Names, AfterValidator(_peers)]
    header: Annotated[Name, AfterValidator(_header)] = "X-Forwarded-Email"

    def visitor(self, claims: Mapping[str, Any], now: datetime) -> Visitor:
        """Whom the proxy names."""
        account = claims.get(FROM_PROXY)
        return Visitor(account_of(account)) if isinstance(account, str) else Visitor()


class SignIn(FileTable):
    """The whole file: the page's address as browsers have it, and one way to sign in."""

    address: Annotated[Name, AfterValidator(_origin)]
    provider: Provider | None = None
    proxy: Proxy | None = None

    @property
    def host(self) -> str:
        """The host name by which browsers reach the page."""
        return urlsplit(self.address).hostname or ""

    def visitor(self, claims: Mapping[str, Any]) -> Visitor:
        """Whom what the server knows of a request names now."""
        way = self.provider or self.proxy
        return Visitor() if way is None else way.visitor(claims, datetime.now(UTC))


_said: list[SignIn | None] = []


def put_in_force(found: SignIn | None) -> None:
    """Says how people sign in to the page that this process serves; None: nobody does.

    Not by a variable of the environment: only the server that also guards hosts and headers may say so.
    """
    _said[:] = [found]


def in_force() -> SignIn | None:
    """How people sign in to the page that this process serves; None where they do not."""
    return _said[0] if _said else None


def is_guarded() -> bool:
    """Whether the server of this process is the planner's own, which looks at who reaches it."""
    return bool(_said)


def account_of(text: str) -> str:
    """An account as it is compared: an e-mail address in small letters, anything else as it is.

    Letters beyond ASCII stay: some become others when they are made small, and the address somebody else's.
    """
    account = text.strip()
    return account.lower() if "@" in account and account.isascii() else account


def read_sign_in(path: Path) -> SignIn:
    """The file that says how people sign in.

    Raises
    ------
    DataError
        With every problem of the file; no secret is quoted.
    """
    try:
        found = read_whole(SignIn, path)
    except DataError as error:
        raise DataError(_without_secret(problem) for problem in error.problems) from None
    if (found.provider is None) == (found.proxy is None):
        raise DataError([Problem(str(path), "must have either [provider] or [proxy], and not both")])
    return found


def _without_secret(problem: Problem) -> Problem:
    table_or_secret = problem.field.endswith("secret") or problem.field in ("provider", "proxy", "")
    return replace(problem, value="") if table_or_secret else problem
