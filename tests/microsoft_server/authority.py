"""Entra ID as far as msal needs it: discovery, client credentials, device code, authorization code, refresh.

Each refusal carries the AADSTS number that the real service gives (learn.microsoft.com, "Microsoft Entra
authentication and authorization error codes").
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from html import escape
from urllib.parse import parse_qs, urlencode

import jwt
from cryptography.x509 import load_pem_x509_certificate

from tests.microsoft_server.mailbox import Raw
from tests.microsoft_server.tenant import READ_BASIC, App, Grant, Refused, Tenant

# AADSTS number -> (error, suberror, sentence)
FAILURES = {
    "50057": ("invalid_grant", "", "The user account is disabled."),
    "50076": ("interaction_required", "basic_action", "You must use multi-factor authentication."),
    "50173": ("invalid_grant", "bad_token", "The provided grant has expired due to it being revoked."),
    "53003": ("interaction_required", "message_only", "Access has been blocked by Conditional Access policies."),
    "65001": (
        "invalid_grant",
        "consent_required",
        "The user or administrator has not consented to use the application.",
    ),
    "700016": ("unauthorized_client", "", "Application was not found in the directory."),
    "700027": ("invalid_client", "", "The certificate with identifier used to sign the client assertion is expired."),
    "700082": ("invalid_grant", "bad_token", "The refresh token has expired due to inactivity."),
    "7000112": ("unauthorized_client", "", "Application is disabled."),
    "7000215": ("invalid_client", "", "Invalid client secret provided."),
    "7000222": ("invalid_client", "", "The provided client secret keys are expired."),
    "90002": ("invalid_request", "", "Tenant not found."),
}


def failure(number: str) -> Raw:
    """An error answer of the token endpoint."""
    error, suberror, sentence = FAILURES[number]
    return {
        "error": error,
        "suberror": suberror,
        "error_description": f"AADSTS{number}: {sentence} Trace ID: 0 Correlation ID: 0 Timestamp: 0",
        "error_codes": [int(number)],
    }


class Authority:
    """Answers below https://host/<tenant>/."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def answer(self, method: str, base: str, path: str, query: str, body: str) -> tuple[int, dict[str, str], Raw | str]:
        """Status, headers and JSON of a request; `base` is https://host:port."""
        tenant_name, _, rest = path.strip("/").partition("/")
        if tenant_name not in (self.tenant.id, "organizations", "common", "example.org"):
            return 400, {}, failure("90002")
        root = f"{base}/{tenant_name}"
        form = {k: v[0] for k, v in parse_qs(body if method == "POST" else query).items()}
        if rest == "v2.0/.well-known/openid-configuration":
            return 200, {}, self._discovery(root)
        if rest == "oauth2/v2.0/devicecode" and method == "POST":
            return 200, {}, self._device(form, root)
        if rest == "device":
            if method == "POST":
                self.approve_device(form["user"])
                return 200, {"Content-Type": "text/html"}, "<html><body>Signed in: go back.</body></html>"
            return 200, {"Content-Type": "text/html"}, self._device_page()
        if rest == "oauth2/v2.0/authorize":
            return self._authorize(form)
        if rest == "oauth2/v2.0/token" and method == "POST":
            answered = self._token(form, root)
            return (400 if "error" in answered else 200), {}, answered
        raise Refused(404, "NotFound")

    def _discovery(self, root: str) -> Raw:
        return {
            "issuer": f"{root.rsplit('/', 1)[0]}/{self.tenant.id}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
        }

    def _device(self, form: Raw, root: str) -> Raw:
        code = secrets.token_urlsafe(16)
        user_code = f"{secrets.randbelow(10**8):08d}"
        self.tenant.devices[code] = {"user": None, "user_code": user_code, "form": form, "polls": 0}
        return {
            "device_code": code,
            "user_code": user_code,
            "verification_uri": f"{root}/device",
            "expires_in": 900,
            "interval": 1,
            "message": f"To sign in, open {root}/device and enter the code {user_code}.",
        }

    def _device_page(self) -> str:
        """The page that a person opens to type the code; here they only say who they are."""
        people = "".join(f"<option>{escape(address)}</option>" for address in self.tenant.mailboxes)
        return (
            f'<html><body><form method="post">Sign in as <select name="user">{people}</select> '
            "<button>Sign in</button></form></body></html>"
        )

    def approve_device(self, user: str) -> None:
        """The person typed the code and signed in: every waiting device flow goes on."""
        for device in self.tenant.devices.values():
            device["user"] = user

    def _authorize(self, form: Raw) -> tuple[int, dict[str, str], Raw | str]:
        """The page on which a person signs in; here `login_hint` has signed in already."""
        user = form.get("login_hint") or next(iter(self.tenant.mailboxes))
        code = secrets.token_urlsafe(16)
        self.tenant.codes[code] = {**form, "user": user}
        fields = {"code": code, "state": form.get("state", "")}
        if form.get("response_mode") != "form_post":
            return 302, {"Location": f"{form['redirect_uri']}?{urlencode(fields)}"}, {}
        inputs = "".join(f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in fields.items())
        page = (
            f'<html><body onload="document.forms[0].submit()"><form method="post" action="{form["redirect_uri"]}">'
            f"{inputs}<button>Signed in as {escape(user)}: go on</button></form></body></html>"
        )
        return 200, {"Content-Type": "text/html"}, page

    def _token(self, form: Raw, root: str) -> Raw:
        app = self.tenant.apps.get(form.get("client_id", ""))
        if app is None:
            return failure("700016")
        grant = form.get("grant_type")
        if grant == "client_credentials":
            problem = app.problem or self._credential_problem(app, form, root)
            if problem:
                return failure(problem)
            token = self.tenant.token_for(None, app.client_id, app.roles, from_exchange=app.from_exchange)
            return {"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": token}
        if grant in ("device_code", "urn:ietf:params:oauth:grant-type:device_code"):
            device = self.tenant.devices.get(form.get("device_code", ""))
            if device is None or device["user"] is None:
                return {"error": "authorization_pending", "error_description": "AADSTS70016: pending"}
            del self.tenant.devices[form["device_code"]]
            return self._user_token(device["user"], app, device["form"].get("scope", ""), None, root)
        if grant == "authorization_code":
            asked = self.tenant.codes.pop(form.get("code", ""), None)
            verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if asked is None or asked.get("code_challenge") != base64.urlsafe_b64encode(verifier).rstrip(b"=").decode():
                return {"error": "invalid_grant", "error_description": "AADSTS501481: PKCE does not match"}
            return self._user_token(asked["user"], app, asked["scope"], asked.get("nonce"), root)
        if grant == "refresh_token":
            held = self.tenant.refresh.get(form.get("refresh_token", ""))
            if held is None:
                return failure("50173")
            return self._user_token(held.user or "", app, form.get("scope", ""), None, root)
        return {"error": "unsupported_grant_type", "error_description": "AADSTS70003"}

    def _credential_problem(self, app: App, form: Raw, root: str) -> str | None:
        assertion = form.get("client_assertion")
        if assertion is None:
            return None if app.secret is not None and form.get("client_secret") == app.secret else "7000215"
        for pem in app.certificates:
            certificate = load_pem_x509_certificate(pem)
            key = certificate.public_key()
            try:
                jwt.decode(assertion, key, algorithms=["RS256", "PS256"], audience=f"{root}/oauth2/v2.0/token")  # type: ignore[arg-type]
            except jwt.PyJWTError:
                continue
            return "700027" if certificate.not_valid_after_utc < self.tenant.clock() else None
        return "700027"

    def _user_token(self, user: str, app: App, scope: str, nonce: str | None, root: str) -> Raw:
        problem = app.problem or self.tenant.problems.get(user)
        if problem:
            return failure(problem)
        asked = tuple(s.rsplit("/", 1)[-1] for s in scope.split() if s not in ("openid", "profile", "offline_access"))
        consented = self.tenant.scopes.setdefault(user, asked or READ_BASIC)
        refresh = secrets.token_urlsafe(24)
        box = self.tenant.mailbox(user)
        self.tenant.refresh[refresh] = Grant(user, app.client_id, consented, self.tenant.clock() + timedelta(days=90))
        moment = int(self.tenant.clock().timestamp())
        claims = {
            "iss": f"{root.rsplit('/', 1)[0]}/{self.tenant.id}/v2.0",
            "aud": app.client_id,
            "iat": moment,
            "nbf": moment,
            "exp": moment + 3600,
            "sub": f"sub-{box.id}",
            "oid": box.id,
            "tid": self.tenant.id,
            "preferred_username": user,
            "name": user.partition("@")[0].title(),
            **({"nonce": nonce} if nonce else {}),
        }
        return {
            "token_type": "Bearer",
            "scope": " ".join(w for w in scope.split() if w.rsplit("/", 1)[-1] in (*consented, "openid", "profile")),
            "expires_in": 3600,
            "ext_expires_in": 3600,
            "access_token": self.tenant.token_for(user, app.client_id, consented),
            "refresh_token": refresh,
            "id_token": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.",
            "client_info": _part({"uid": box.id, "utid": self.tenant.id}),
        }


def _part(value: Raw) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
