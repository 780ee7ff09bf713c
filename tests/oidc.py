"""An OpenID Connect provider of one's own on this machine, for the tests of signing in.

It does what providers do: a page to say who one is, a code, tokens signed with RS256, keys, and an end. Written
from the standard (OpenID Connect Core 1.0, RFC 7636 and 7519), with nothing of the library that the page speaks
to it with.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "nvq-planner", "a secret of the tests"

FAULTS = ("forged", "expired", "unsigned", "another audience", "another nonce", "another issuer")
"""Ways in which a token can be wrong."""

FORM = """<!doctype html><title>Sign in</title><h1>Provider of the tests</h1>
<form><input name="account" aria-label="Account" autofocus>{hidden}<button>Go on</button></form>"""


def packed(content: bytes) -> str:
    """Base64 as in tokens: letters for addresses, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def number(value: int) -> str:
    return packed(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def signed(claims: dict[str, Any], key: rsa.RSAPrivateKey, algorithm: str = "RS256") -> str:
    """A token with these claims."""
    parts = [packed(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "one"}, claims)]
    if algorithm == "none":
        return ".".join([*parts, ""])
    told = key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
    return ".".join([*parts, packed(told)])


@dataclass
class Provider:
    """The provider: its address, what is wrong with its tokens, what it has been asked.

    `claims` are put into every token.
    """

    address: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    fault: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"email_verified": True})
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        at = {name: f"{self.address}/{name}" for name in ("authorize", "token", "jwks", "logout")}
        return {
            "issuer": self.address,
            "authorization_endpoint": at["authorize"],
            "token_endpoint": at["token"],
            "jwks_uri": at["jwks"],
            "end_session_endpoint": at["logout"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        public = self.key.public_key().public_numbers()
        told = {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256"}
        return {"keys": [{**told, "n": number(public.n), "e": number(public.e)}]}

    def code(self, asked: dict[str, str]) -> str:
        """A code for who has said who they are; the address to go back to with it."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, given: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code; None where the code is none, or who asks is not who it was given to."""
        asked = self.codes.pop(given.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = given.get("client_secret") == SECRET or authorization in (f"Basic {basic}", f"Basic {plain}")
        if asked is None or not known or given.get("redirect_uri") != asked["redirect_uri"]:
            return None
        if (
            packed(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
            != asked["code_challenge"]
        ):
            return None
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": hashlib.sha256(asked["account"].encode()).hexdigest()[:12],
            "email": asked["account"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        if self.fault == "expired":
            claims |= {"iat": now - 90_000, "exp": now - 86_400}
        claims |= {
            "another audience": {"aud": "somebody-else"},
            "another nonce": {"nonce": "drawn by nobody"},
            "another issuer": {"iss": "https://login.example.org"},
        }.get(self.fault, {})
        key = rsa.generate_private_key(65537, 2048) if self.fault == "forged" else self.key
        token = signed(claims, key, "none" if self.fault == "unsigned" else "RS256")
        return {
            "access_token": secrets.token_urlsafe(),
            "token_type": "Bearer",
            "id_token": token,
            "expires_in": 300,
        }


class _Answers(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        self.provider.asked.append(where.path)
        if where.path == "/.well-known/openid-configuration":
            self._json(self.provider.discovery())
        elif where.path == "/jwks":
            self._json(self.provider.keys())
        elif where.path == "/authorize" and "account" in asked:
            self._to(self.provider.code(asked))
        elif where.path == "/authorize":
            hidden = "".join(f'<input type="hidden" name="{k}" value="{v}">' for k, v in asked.items())
            self._send(200, "text/html", FORM.format(hidden=hidden).encode())
        elif where.path == "/logout":
            self._to(asked["post_logout_redirect_uri"])
        else:
            self._send(404, "text/plain", b"")

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        found = self.provider.tokens(given, self.headers.get("Authorization", ""))
        if found is None:
            self._json({"error": "invalid_grant"}, 400)
        else:
            self._json(found)

    def _to(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()

    def _json(self, content: dict[str, Any], status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    found = Provider(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Answers", (_Answers,), {"provider": found})
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
