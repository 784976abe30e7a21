"""What each connected account may really do, how old its consent is, and when it ends; for `doctor`.

Stored facts always; `ask` also asks the services whether the consents still stand, which renews tokens and reads no
mail. Nothing is changed but the sealed token caches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import AccessDenied, ConnectorError, ServiceUnavailable
from models.settings import Settings
from models.store.accounts import Account
from models.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """One account's.

    granted   what it may do; None = cannot be told from here
    lacking   what its tier needs and it may not
    beyond    what it may do and nobody uses
    given_at  when consent was given last, UTC
    used_at   when its token was renewed last, UTC; None = cannot be told
    ending    what ends then: "client secret", "certificate", "consent"
    ends_at   when it ends by itself, UTC; None = it does not, or nobody says
    asked     the service was asked just now, and the consent stands
    trouble   why it does not stand, one sentence; None = it does, or was not asked
    away      the trouble is only that the service could not be asked
    from_exchange  the application has no role in Entra: rights come from Exchange, mailbox by mailbox
    by_admin  an administrator granted it: there is no consent of a person
    """

    given_at: datetime
    granted: frozenset[str] | None = None
    lacking: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    used_at: datetime | None = None
    ending: str = ""
    ends_at: datetime | None = None
    asked: bool = False
    trouble: str | None = None
    away: bool = False
    from_exchange: bool = False
    by_admin: bool = False


def rights_of(
    store: Store, settings: Settings, account: Account, *, clock: Callable[[], datetime], ask: bool
) -> Rights:
    """What is known of one account's rights; never raises for an account that is in trouble."""
    look = {"google": _google, "microsoft": _microsoft}[account.provider]
    try:
        return look(store, settings, account, clock, ask)
    except ConnectorError as e:
        return Rights(given_at=account.connected_at, trouble=str(e), away=isinstance(e, ServiceUnavailable))


def _google(store: Store, settings: Settings, account: Account, clock: Callable[[], datetime], ask: bool) -> Rights:
    from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError  # noqa: PLC0415

    from connectors.google.consent import SCOPES, SEND_SCOPE  # noqa: PLC0415  only who has such an account loads it
    from connectors.google.refusals import why_refused  # noqa: PLC0415
    from flows.open_google import access_to  # noqa: PLC0415

    access = access_to(store, settings, account, clock=clock)
    may_send = account.config.get("send") or account.config.get("may_send")
    wanted = SCOPES[account.tier] + ((SEND_SCOPE,) if may_send else ())
    robot = access.secret.get("kind") == "robot"
    kept = None if robot else access.secret.get("scopes")
    granted = frozenset(kept) if kept else None
    asked = False
    if ask:
        connection = access.connection(wanted if robot else None)
        try:
            connection.credentials.refresh(None)
            asked = True
            told_now = getattr(connection.credentials, "granted_scopes", None)
            granted = frozenset(wanted if robot else told_now or granted or ())
        except (TransportError, OSError) as e:
            raise ServiceUnavailable("Google could not be reached") from e
        except RefreshError as e:
            detail = e.args[1] if len(e.args) > 1 and isinstance(e.args[1], dict) else {}
            told = (str(detail.get("error", "")), str(detail.get("error_description", "")))
            raise AccessDenied(why_refused(*told)) from e
        except GoogleAuthError as e:
            raise AccessDenied("Google gives no token: connect again with `gonequiet connect google`") from e
        finally:
            connection.close()
    lacking = tuple(s for s in wanted if granted is not None and s not in granted)
    if "https://www.googleapis.com/auth/gmail.readonly" in (granted or ()):
        lacking = tuple(s for s in lacking if not s.endswith("gmail.metadata"))
    lasts = access.secret.get("expires_in")
    return Rights(
        given_at=account.connected_at,
        granted=granted,
        lacking=tuple(_short(s) for s in lacking),
        beyond=tuple(sorted(_short(s) for s in (granted or frozenset()) - set(wanted) if _is_api(s))),
        ending="consent" if lasts else "",
        ends_at=account.connected_at + timedelta(seconds=int(lasts)) if lasts else None,
        asked=asked,
        by_admin=robot,
    )


def _microsoft(store: Store, settings: Settings, account: Account, _clock: Callable[[], datetime], ask: bool) -> Rights:
    from connectors.microsoft.entra import expiry  # noqa: PLC0415  only who has such an account loads it
    from connectors.microsoft.rights import beyond, lacking, roles_in, sign_in_of  # noqa: PLC0415
    from connectors.microsoft.tokens import AppTokens, UserTokens  # noqa: PLC0415
    from flows.open_microsoft import APP_ONLY, SealedCache, registration_of, scopes_of  # noqa: PLC0415
    from models.vault import Vault  # noqa: PLC0415

    config = account.config
    registration = registration_of(settings, tenant=config.get("tenant"), client_id=config.get("client_id"))
    app_only = config.get("mode") == APP_ONLY
    wanted = scopes_of(account.tier, app_only=app_only, may_send=bool(config.get("send")))
    granted, used_at = None, None
    if app_only:
        granted = roles_in(AppTokens(registration).token()) if ask else None
    else:
        cache = SealedCache(store, Vault.of(settings.data), account)
        if ask:
            UserTokens(registration, wanted, cache).token(fresh=True)
        kept = cache.load()
        if kept is None:
            raise AccessDenied("no credential is stored: connect the account again")
        signed_in = sign_in_of(kept)
        granted, used_at = signed_in.granted, signed_in.renewed_at
    from_exchange = app_only and granted is not None and not granted
    return Rights(
        given_at=account.connected_at,
        granted=granted,
        lacking=() if granted is None or from_exchange else lacking(wanted, granted),
        beyond=beyond(wanted, granted) if granted is not None else (),
        used_at=used_at,
        ending=("certificate" if registration.certificate_file is not None else "client secret") if app_only else "",
        ends_at=expiry(registration) if app_only else None,
        asked=ask,
        from_exchange=from_exchange,
        by_admin=app_only,
    )


def _short(scope: str) -> str:
    return scope.rsplit("/", 1)[-1]


def _is_api(scope: str) -> bool:
    return scope.startswith("https://www.googleapis.com/auth/") and "userinfo" not in scope
