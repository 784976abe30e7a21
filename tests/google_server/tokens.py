"""Google's token endpoint: installed apps with PKCE, refreshes, service accounts with a subject, revocation."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

import jwt

from tests.google_server.faults import Reply

LIFE = 3599


@dataclass(slots=True)
class Grant:
    """What one token allows."""

    address: str
    scopes: frozenset[str]
    expires: float = float("inf")


@dataclass(slots=True)
class TokenDesk:
    """Issues and forgets tokens."""

    clients: dict[str, str] = field(default_factory=lambda: {"local-client": "local-secret"})
    robots: dict[str, str] = field(default_factory=dict)  # service account address -> public key PEM
    delegated: frozenset[str] = frozenset()  # scopes the domain's administrator granted to the robots
    consenting: str = "ana@example.org"  # who sits at the browser
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)  # address -> (error, description)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, tuple[Grant, str, str]] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    _made: int = 0

    def issue(self, address: str, scopes: frozenset[str], now: float) -> str:
        """A new access token."""
        self._made += 1
        token = f"ya29.local-{self._made}"
        self.access[token] = Grant(address, scopes, now + LIFE)
        return token

    def standing(self, address: str, scopes: frozenset[str]) -> str:
        """A new refresh token, as after a consent."""
        self._made += 1
        token = f"1//local-{self._made}"
        self.refresh[token] = Grant(address, scopes)
        return token

    def consent(self, query: Mapping[str, list[str]]) -> Reply:
        """The consent page: the person at the browser says yes at once."""
        self._made += 1
        code = f"4/local-{self._made}"
        challenge = query["code_challenge"][0] if query.get("code_challenge_method") == ["S256"] else ""
        redirect = query["redirect_uri"][0]
        address = query.get("login_hint", [self.consenting])[0]
        self.codes[code] = (Grant(address, frozenset(query["scope"][0].split())), challenge, redirect)
        target = redirect + "?" + urlencode({"code": code, "state": query["state"][0], "scope": query["scope"][0]})
        return Reply(302, b"", {"location": target})

    def token(self, body: bytes, now: float) -> Reply:
        """POST /token."""
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        match form.get("grant_type"):
            case "authorization_code":
                return self._code(form, now)
            case "refresh_token":
                return self._refresh(form, now)
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return self._assertion(form["assertion"], now)
        return _refusal("unsupported_grant_type", "Invalid grant_type")

    def revoke(self, body: bytes, query: Mapping[str, list[str]]) -> Reply:
        """POST /revoke: a refresh token takes its access tokens along."""
        token = (parse_qs(body.decode()).get("token") or query.get("token") or [""])[0]
        grant = self.refresh.pop(token, None) or self.access.pop(token, None)
        if grant is None:
            return _refusal("invalid_token", "Token expired or revoked")
        self.revoked.append(token)
        self.access = {k: v for k, v in self.access.items() if v.address != grant.address}
        return Reply(200, b"{}")

    def _code(self, form: dict[str, str], now: float) -> Reply:
        grant, challenge, redirect = self.codes.pop(form.get("code", ""), (None, "", ""))
        if grant is None or form.get("redirect_uri") != redirect:
            return _refusal("invalid_grant", "Malformed auth code.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not challenge or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            return _refusal("invalid_grant", "Invalid code verifier.")
        if self.clients.get(form.get("client_id", "")) != form.get("client_secret"):
            return _refusal("invalid_client", "Unauthorized", 401)
        return self._tokens(grant, now, self.standing(grant.address, grant.scopes))

    def _refresh(self, form: dict[str, str], now: float) -> Reply:
        grant = self.refresh.get(form.get("refresh_token", ""))
        if grant is None:
            return _refusal("invalid_grant", "Token has been expired or revoked.")
        if grant.address in self.refused:
            return _refusal(*self.refused[grant.address])
        if self.clients.get(form.get("client_id", "")) != form.get("client_secret"):
            return _refusal("invalid_client", "Unauthorized", 401)
        return self._tokens(grant, now, None)

    def _assertion(self, assertion: str, now: float) -> Reply:
        claims = jwt.decode(assertion, options={"verify_signature": False})
        public = self.robots.get(claims.get("iss", ""))
        if public is None:
            return _refusal("invalid_grant", "Invalid grant: account not found")
        try:
            jwt.decode(
                assertion, public, ["RS256"], options={"verify_exp": False, "verify_iat": False, "verify_aud": False}
            )
        except jwt.InvalidTokenError:
            return _refusal("invalid_grant", "Invalid JWT Signature.")
        scopes, subject = frozenset(claims["scope"].split()), claims.get("sub", "")
        if not scopes <= self.delegated:
            return _refusal(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized "
                "for any of the scopes requested.",
                401,
            )
        if subject in self.refused:
            return _refusal(*self.refused[subject])
        return self._tokens(Grant(subject, scopes), now, None)

    def _tokens(self, grant: Grant, now: float, refresh: str | None) -> Reply:
        answer = {
            "access_token": self.issue(grant.address, grant.scopes, now),
            "expires_in": LIFE,
            "scope": " ".join(sorted(grant.scopes)),
            "token_type": "Bearer",
        }
        return Reply(200, json.dumps(answer | ({"refresh_token": refresh} if refresh else {})).encode())


def _refusal(error: str, description: str, status: int = 400) -> Reply:
    return Reply(status, json.dumps({"error": error, "error_description": description}).encode())
