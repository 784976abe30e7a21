"""The handlers of the pages: who is there, what is shown to them, and what their buttons do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from alerts.links import GOOD_FOR, BadLink, Links, Ticket
from metrics.history import History
from metrics.tone.section import ToneSection
from models.cycles import no_search_for_cycles
from models.records import Partner, Standing
from models.settings import Settings
from models.store.store import Store
from web.answering import BadForm, act, question_of
from web.editing import Outlook, changed, differences, fields_of
from web.fact_sheet import fact_sheet
from web.first_page import groups_of, source_lines, status_rows, tally
from web.shown import partner_page

log = logging.getLogger(__name__)

COOKIE = "gonequiet"
_LARGEST_FORM = 10_000
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the pages ask of the flows, which they do not know.

    past     folds a partner's history at a horizon, and gives the names that headers gave to addresses
    tone     the section about a partner's tone up to a moment; None where no text was ever read
    outlook  where a partner would stand if it were set like this; without it nothing can be edited
    """

    past: Callable[[Partner, datetime], tuple[History, dict[str, str]]]
    tone: Callable[[str, datetime], ToneSection | None] | None = None
    outlook: Callable[[Partner], Outlook | None] | None = None


def root_of(settings: Settings) -> str:
    """The path under which a proxy shows the pages, from the address in mails: "/quiet", or "" for none."""
    return urlsplit(settings.alerts.link_base or "").path.rstrip("/")


class Pages:
    """The handlers; every blocking step runs in a thread."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime], sight: Sight) -> None:
        self._store, self._settings, self._clock, self._sight = store, settings, clock, sight
        self._root = root_of(settings)
        self._links = Links(self._root, store.readers.link_key())
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=select_autoescape(("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["root"] = self._root

    async def status(self, request: Request) -> Response:
        """Every partner in one line, worst first."""
        reader = self._reader(request)
        if reader is None:
            return self._stranger()
        return await run_in_threadpool(self._status, reader)

    async def partner(self, request: Request) -> Response:
        """One partner: why it stands where it stands."""
        reader = self._reader(request)
        if reader is None:
            return self._stranger()
        return await run_in_threadpool(self._at_once, self._partner, request.path_params["key"], reader)

    async def sheet(self, request: Request) -> Response:
        """The fact sheet of one partner: the same measures of both sides, no person, no judgement."""
        if self._reader(request) is None:
            return self._stranger()
        return await run_in_threadpool(self._at_once, self._sheet, request.path_params["key"])

    async def ask(self, request: Request) -> Response:
        """What a link in a mail opens: a question, or the page it points to."""
        return await run_in_threadpool(self._at_once, self._ask, request.path_params["token"])

    async def answer(self, request: Request) -> Response:
        """The button under the question, or a mail program's one-click unsubscribing."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_FORM:
                return self._message("That was too long.", "Please shorten your text.", 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return await run_in_threadpool(self._at_once, self._answer, request.path_params["token"], form)

    def _at_once(self, page: Callable[..., Response], *given: object) -> Response:
        with no_search_for_cycles():
            return page(*given)

    def nothing_here(self, _request: Request, error: Exception) -> Response:
        """An address that leads nowhere, or is used in a way that it is not made for; in words, like every page."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        if status == 405:
            return self._message("This address is only for reading.", "Nothing was changed.", 405)
        return self._message("There is no such page.", "The address may be cut short, or from an older mail.", status)

    def failed(self, _request: Request, error: Exception) -> Response:
        """A fault of ours; the log has its kind, the visitor a sentence."""
        log.error("a page failed: %s", type(error).__name__)
        return self._message("This page could not be made.", "The fault is ours. gonequiet doctor may know why.", 500)

    def _status(self, reader: str) -> Response:
        now, settings = self._clock(), self._settings
        operator = settings.alerts.operator or "operator"
        rows = status_rows(
            self._store.partners.all(),
            self._store.standings.all(),
            self._store.concerns.standing(),
            settings.zone,
            now=now,
        )
        sources = source_lines(self._store.sources.all(), settings, now=now)
        return self._html(
            "status.html.j2",
            number=len(rows),
            tally=tally(rows),
            groups=groups_of(rows, "" if reader == operator else reader),  # who runs it answers for all
            sources=sources,
            unwell=sum(not is_well for _, _, is_well in sources),
            failed=self._store.letters.failed(),
        )

    def _watched(self, key: str) -> tuple[Partner | None, Standing | None]:
        """The partner of this key and how it stands; of thousands only this one is read."""
        found = self._store.partners.watched([key])
        if not found:
            return None, None
        return found[0].partner, self._store.standings.all([found[0].id]).get(key)

    def _partner(self, key: str, reader: str) -> Response:
        partner, standing = self._watched(key)
        if partner is None:
            return self._message("No such partner.", "It may have been removed. The first page lists all.", 404)
        if standing is None:
            return self._message(partner.title, "Not judged yet: the next run does it.", 200)
        now, store = self._clock(), self._store
        history, names = self._sight.past(partner, standing.judged_at)
        shown = partner_page(
            partner,
            standing,
            history,
            names,
            flips=store.standings.flips(key, limit=40),
            answers=store.answers.of_partners([key]),
            concerns=[concern for concern in store.concerns.of(key) if concern.until is None],
            sources=store.sources.all(),
            carriers=[name for name, _ in store.sources.carriers().get(key, [])],
            backup=store.partners.find(partner.backup) if partner.backup is not None else None,
            tone=self._sight.tone(key, standing.judged_at) if self._sight.tone is not None else None,
            settings=self._settings,
            now=now,
        )
        actions = ["leave"]
        if shown.calls:  # to what nobody was told of, there is nothing to answer
            actions = ["handled", "snooze-3", "snooze-7", "snooze-14", "leave", "not-a-problem"]
        actions += ["edit"] if self._may_edit(partner, reader) else []
        actions += ["undo"] if shown.can_undo else []
        links = [
            (action, self._links.url(Ticket(action=action, reader=reader, partner=key), now=now)) for action in actions
        ]
        return self._html("partner.html.j2", page=shown, links=links, tone=shown.tone)

    def _sheet(self, key: str) -> Response:
        partner, standing = self._watched(key)
        if partner is None or standing is None:
            return self._message("No such partner.", "It was removed, or it has not been judged yet.", 404)
        history, _ = self._sight.past(partner, standing.judged_at)
        we = next((name for name in (*self._store.partners.us(), *self._settings.us) if "@" not in name), "we")
        return self._html("sheet.html.j2", sheet=fact_sheet(partner, history, we=we))

    def _may_edit(self, partner: Partner, reader: str) -> bool:
        """Whoever answers for the partner, and the operator; everybody else only reads."""
        ours = {partner.owner, partner.deputy, self._settings.alerts.operator or "operator"}
        return self._sight.outlook is not None and reader in ours

    def _edit(self, ticket: Ticket, token: str, form: Mapping[str, str] | None) -> Response:
        """The form, what it would change, and on a second press the change itself."""
        now = self._clock()
        partner = self._store.partners.find(ticket.partner)
        if partner is None or not self._may_edit(partner, ticket.reader) or self._sight.outlook is None:
            return self._message("This cannot be edited.", "Its owner, its deputy and the operator can.", 403)
        before = self._sight.outlook(partner)
        problem, rows = "", tuple[tuple[str, str, str, bool], ...]()
        if form is not None:
            try:
                wanted = changed(partner, form)
            except BadForm as e:
                problem = str(e)
            else:
                if form.get("do") == "save":
                    self._store.partners.change(wanted)
                    said = "Saved. It takes effect with the next round."
                    response = self._html("done.html.j2", said=said, undo=None, key=partner.key)
                    return self._known(response, ticket.reader, now)
                after = self._sight.outlook(wanted)
                if before is not None and after is not None:
                    rows = differences(before, after, self._settings.zone, now=now)
        response = self._html(
            "edit.html.j2",
            status=422 if problem else 200,
            partner=partner,
            fields=fields_of(partner, form),
            token=token,
            problem=problem,
            rows=rows,
        )
        return self._known(response, ticket.reader, now)

    def _ask(self, token: str) -> Response:
        now = self._clock()
        try:
            ticket = self._links.read(token, now=now)
        except BadLink as e:
            return self._message("This link cannot be used.", str(e), 403, known=False)
        if ticket.action in {"details", "status", "read"}:
            there = f"/partners/{ticket.partner}" if ticket.action == "details" else "/"
            return self._known(RedirectResponse(self._root + there, status_code=303), ticket.reader, now)
        if ticket.action == "edit":
            return self._edit(ticket, token, None)
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
            return self._message("This link cannot be used.", str(e), 403, known=False)
        if ticket.action == "edit":
            return self._edit(ticket, token, form)
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
            path=f"{self._root}/",
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
            known=False,
        )

    def _message(self, title: str, text: str, status: int, *, known: bool = True) -> Response:
        """One sentence and another; who is `known` gets a way to the first page."""
        return self._html("message.html.j2", status=status, title=title, text=text, known=known)

    def _html(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(**values), status_code=status)
