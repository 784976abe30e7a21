"""The page: where partners stand, why, and the forms behind the links in mails. No script runs, nothing is loaded.

    app = create_app(store, settings, clock=now, past=past)      any ASGI server serves it

Opening a page never changes anything: mail scanners follow every link. Whoever follows a signed link from a mail is
known as its reader for sixty days, by a signed cookie; without one the pages say how to get in and show nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerts.links import GOOD_FOR, BadLink, Links, Ticket
from metrics.history import History
from models.records import Partner
from models.settings import Settings
from models.store.store import Store
from web.answering import BadForm, act, question_of
from web.shown import CANNOT_SEE, partner_page, source_lines, status_rows

COOKIE = "gonequiet"
_LARGEST_FORM = 10_000
_FOLDER = Path(__file__).parent

Past = Callable[[Partner, datetime], tuple[History, dict[str, str]]]


def create_app(
    store: Store,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    past: Past,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The application.

    past    folds a partner's history at a horizon, and gives the names that headers gave to addresses
    routes  further ones, such as the receivers of push notifications
    """
    page = _Page(store, settings, clock, past)
    return Starlette(
        routes=[
            Route("/", page.status, methods=["GET"]),
            Route("/partners/{key}", page.partner, methods=["GET"]),
            Route("/a/{token}", page.ask, methods=["GET"]),
            Route("/a/{token}", page.answer, methods=["POST"]),
            Route("/style.css", _style, methods=["GET"]),
            Route("/health", _health, methods=["GET"]),
            *routes,
        ],
        middleware=[Middleware(_SafeHeaders)],
    )


class _Page:
    """The handlers; every blocking step runs in a thread."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime], past: Past) -> None:
        self._store, self._settings, self._clock, self._past = store, settings, clock, past
        self._links = Links("", store.notices.link_key())
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=select_autoescape(("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def status(self, request: Request) -> Response:
        """Every partner in one line, worst first."""
        reader = self._reader(request)
        if reader is None:
            return self._stranger()
        return await run_in_threadpool(self._status)

    async def partner(self, request: Request) -> Response:
        """One partner: why it stands where it stands."""
        reader = self._reader(request)
        if reader is None:
            return self._stranger()
        return await run_in_threadpool(self._partner, request.path_params["key"], reader)

    async def ask(self, request: Request) -> Response:
        """What a link in a mail opens: a question, or the page it points to."""
        return await run_in_threadpool(self._ask, request.path_params["token"])

    async def answer(self, request: Request) -> Response:
        """The button under the question, or a mail program's one-click unsubscribing."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_FORM:
                return self._message("That was too long.", "Please shorten your text.", 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return await run_in_threadpool(self._answer, request.path_params["token"], form)

    def _status(self) -> Response:
        now = self._clock()
        settings = self._settings
        rows = status_rows(self._store.partners.all(), self._store.standings.all(), settings.zone, now=now)
        sources = source_lines(self._store.sources.all(), settings, now=now)
        return self._html("status.html.j2", rows=rows, sources=sources, failed=self._store.notices.failed_letters())

    def _partner(self, key: str, reader: str) -> Response:
        partner = self._store.partners.find(key)
        standing = self._store.standings.all().get(key)
        if partner is None:
            return self._message("No such partner.", "It may have been removed. The first page lists all.", 404)
        if standing is None:
            return self._message(partner.title, "Not judged yet: the next run does it.", 200)
        now = self._clock()
        history, names = self._past(partner, standing.judged_at)
        shown = partner_page(
            partner,
            standing,
            history,
            names,
            flips=self._store.standings.flips(key, limit=40),
            answers=self._store.answers.of_partners([key]),
            titles={other.key: other.title for other in self._store.partners.all()},
            settings=self._settings,
            now=now,
        )
        actions = ["handled", "snooze-3", "snooze-7", "snooze-14", "leave", "not-a-problem"]
        actions += ["undo"] if shown.can_undo else []
        links = [
            (action, self._links.url(Ticket(action=action, reader=reader, partner=key), now=now)) for action in actions
        ]
        return self._html("partner.html.j2", page=shown, links=links, cannot_see=CANNOT_SEE)

    def _ask(self, token: str) -> Response:
        now = self._clock()
        try:
            ticket = self._links.read(token, now=now)
        except BadLink as e:
            return self._message("This link cannot be used.", str(e), 403)
        if ticket.action in {"details", "status", "read"}:
            there = f"/partners/{ticket.partner}" if ticket.action == "details" else "/"
            return self._known(RedirectResponse(there, status_code=303), ticket.reader, now)
        partner = self._store.partners.find(ticket.partner) if ticket.partner else None
        if ticket.partner and partner is None:
            return self._message("No such partner.", "It may have been removed since the mail was sent.", 404)
        question = question_of(ticket, partner.title if partner else "", self._settings, now=now)
        response = self._html("ask.html.j2", question=question, token=token, problem="", key=ticket.partner)
        return self._known(response, ticket.reader, now)

    def _answer(self, token: str, form: dict[str, str]) -> Response:
        now = self._clock()
        try:
            ticket = self._links.read(token, now=now)
        except BadLink as e:
            return self._message("This link cannot be used.", str(e), 403)
        one_click = form.get("List-Unsubscribe") == "One-Click"
        try:
            said = act(ticket, form, self._store, self._settings, now=now, one_click=one_click)
        except LookupError:
            return self._message("No such partner.", "It may have been removed since the mail was sent.", 404)
        except BadForm as e:
            partner = self._store.partners.find(ticket.partner) if ticket.partner else None
            question = question_of(ticket, partner.title if partner else "", self._settings, now=now)
            return self._html(
                "ask.html.j2", status=422, question=question, token=token, problem=str(e), key=ticket.partner
            )
        if one_click:
            return PlainTextResponse(said)
        undo = None
        if ticket.partner and ticket.action != "undo":
            undo = self._links.url(Ticket(action="undo", reader=ticket.reader, partner=ticket.partner), now=now)
        return self._known(self._html("done.html.j2", said=said, undo=undo, key=ticket.partner), ticket.reader, now)

    def _reader(self, request: Request) -> str | None:
        token = request.cookies.get(COOKIE)
        if token is None:
            return None
        try:
            ticket = self._links.read(token, now=self._clock())
        except BadLink:
            return None
        return ticket.reader if ticket.action == "read" else None

    def _known(self, response: Response, reader: str, now: datetime) -> Response:
        """Remember the reader of a signed link: the pages are for whoever could open the mail."""
        url = self._links.url(Ticket(action="read", reader=reader), now=now) or ""
        response.set_cookie(
            COOKIE,
            url.rpartition("/")[2],
            max_age=int(GOOD_FOR.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=(self._settings.alerts.link_base or "").startswith("https://"),
        )
        return response

    def _stranger(self) -> Response:
        return self._message(
            "Who is there?",
            "Follow the link “Details” in one of your mails, or run: gonequiet page --link",
            403,
        )

    def _message(self, title: str, text: str, status: int) -> Response:
        return self._html("message.html.j2", status=status, title=title, text=text)

    def _html(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(**values), status_code=status)


async def _style(_request: Request) -> Response:
    return Response(
        (_FOLDER / "style.css").read_bytes(), media_type="text/css", headers={"Cache-Control": "max-age=3600"}
    )


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _SafeHeaders:
    """On every answer: no script, nothing from elsewhere, no referrer (addresses hold tokens), no copy kept."""

    _HEADERS = (
        (
            b"content-security-policy",
            b"default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-robots-tag", b"noindex"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *self._HEADERS]
                if b"cache-control" not in known:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        sending: Callable[[Message], Awaitable[None]] = guarded
        await self._app(scope, receive, sending if scope["type"] == "http" else send)
