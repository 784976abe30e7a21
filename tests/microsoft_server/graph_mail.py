"""Mail below a user: folders and their delta, messages and their delta, lists, single messages."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from tests.microsoft_server.mailbox import Folder, Mailbox, Raw
from tests.microsoft_server.rounds import DELTA, VERSION, Answer, Call, Pages, passes, selected
from tests.microsoft_server.tenant import Grant, Refused, Round, Tenant

_BODY = ("body", "bodyPreview", "uniqueBody")
_LIMIT = 5000


class MailRoutes:
    """Answers below mailFolders and messages."""

    def __init__(self, tenant: Tenant, pages: Pages) -> None:
        self.tenant, self.pages = tenant, pages

    def answer(self, call: Call, grant: Grant, box: Mailbox, head: str, tail: list[str]) -> Answer:
        """One request."""
        if head == "messages":
            if tail and DELTA.match(tail[0]):
                raise Refused(
                    400, "ErrorInvalidRequest", "Change tracking is not supported against 'microsoft.graph.message'."
                )
            if len(tail) == 1:
                self.tenant.asked["message"] += 1
                return self.pages.shaped("message", (200, {}, self._message(call, grant, box, tail[0])))
            raise Refused(501, "NotImplemented")
        if tail and DELTA.match(tail[0]):
            self.tenant.asked["folders"] += 1
            return self._folders(call, box)
        if len(tail) == 1:
            self.tenant.asked["folder"] += 1
            return self.pages.shaped(
                "mailFolder", (200, {}, self._folder_row(box, self._folder(box, tail[0]), call.options))
            )
        if len(tail) >= 2 and tail[1] == "messages":
            folder = self._folder(box, tail[0])
            if len(tail) == 2:
                self.tenant.asked["list"] += 1
                return self._list(call, grant, box, folder)
            if DELTA.match(tail[2]):
                self.tenant.asked["messages"] += 1
                return self._messages(call, grant, box, folder)
        raise Refused(501, "NotImplemented")

    @staticmethod
    def _folder(box: Mailbox, name: str) -> Folder:
        for folder in box.folders.values():
            if name in (folder.id, folder.well_known):
                return folder
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _folders(self, call: Call, box: Mailbox) -> Answer:
        state = self.pages.state_of(call, "folders", box.address)
        if state is None:
            self.pages.only(call, "includeHiddenFolders", "$select", "changeType")
            queue = box.folder_round(0)
            state = Round("folders", box.address, call.options, [e for e in queue if e.kind == "enter"], box.seq)
        elif not state.queue and "$deltatoken" in call.options:
            state = Round("folders", box.address, state.options, box.folder_round(state.since), box.seq)
        rows = []
        taken, link = self.pages.take(call, state)
        for entry in taken:
            folder = box.folders.get(entry.id)
            if folder is None:
                rows.append({"id": entry.id, "@removed": {"reason": "deleted"}})
            elif not folder.hidden or state.options.get("includeHiddenFolders") == "true":
                rows.append(self._folder_row(box, folder, state.options))
        return self.pages.page("mailFolder", call, rows, link, f"{call.path}")

    @staticmethod
    def _folder_row(box: Mailbox, folder: Folder, options: dict[str, str]) -> Raw:
        row = {
            "id": folder.id,
            "displayName": folder.name,
            "parentFolderId": folder.parent,
            "childFolderCount": sum(f.parent == folder.id for f in box.folders.values()),
            "totalItemCount": len(folder.members),
            "unreadItemCount": sum(not box.messages[m]["isRead"] for m in folder.members),
            "isHidden": folder.hidden,
        }
        return selected(row, options)

    def _messages(self, call: Call, grant: Grant, box: Mailbox, folder: Folder) -> Answer:
        state = self.pages.state_of(call, "messages", box.address)
        if state is not None and state.folder != folder.id:
            raise Refused(400, "ErrorInvalidRequest", "The token belongs to another folder.")
        if state is None:
            self.pages.only(call, "$select", "$filter", "$orderby", "$top", "$expand", "changeType")
            self._check_select(call.options)
            queue = box.first_round(folder)
            wanted = call.options.get("$filter")
            if wanted:
                if not re.fullmatch(r"receivedDateTime (ge|gt) \S+", wanted):
                    raise Refused(400, "ErrorInvalidUrlQueryFilter", "The query filter is not supported.")
                queue = [e for e in queue if passes(box.messages[e.id], wanted)][:_LIMIT]
            if call.options.get("$orderby", "receivedDateTime desc").lower() != "receiveddatetime desc":
                raise Refused(400, "ErrorInvalidUrlQuery", "The query order is not supported.")
            state = Round("messages", box.address, call.options, queue, box.seq, folder.id)
        elif not state.queue and "$deltatoken" in call.options:
            queue = box.next_round(folder, state.since)
            wanted = state.options.get("$filter")
            if wanted:
                queue = [e for e in queue if e.id not in box.messages or passes(box.messages[e.id], wanted)]
            state = Round("messages", box.address, state.options, queue, box.seq, folder.id)
        rows = []
        taken, link = self.pages.take(call, state)
        for entry in taken:
            if entry.kind == "leave" or entry.id not in folder.members:
                if entry.kind == "leave":
                    rows.append({"id": self._shown_id(call, box, entry.id), "@removed": {"reason": "deleted"}})
                continue
            raw = box.messages[entry.id]
            if entry.kind == "change":
                row = {k: raw[k] for k in ("parentFolderId", *entry.props) if k in raw}
                rows.append({**selected(row, {}), "id": self._shown_id(call, box, entry.id)})
            else:
                rows.append(self._shown(call, grant, box, raw, state.options))
        return self.pages.page("message", call, rows, link, call.path)

    def _list(self, call: Call, grant: Grant, box: Mailbox, folder: Folder) -> Answer:
        self._check_select(call.options)
        found = [e.id for e in box.first_round(folder)]
        if "$filter" in call.options:
            found = [i for i in found if passes(box.messages[i], call.options["$filter"])]
        size = min(int(call.options.get("$top") or call.page_size or 10), self.tenant.page_limit)
        skip = int(call.options.get("$skip", "0"))
        rows = [self._shown(call, grant, box, box.messages[i], call.options) for i in found[skip : skip + size]]
        status, headers, answered = self.pages.page("message", call, rows, None, call.path)
        assert answered is not None
        del answered["@odata.deltaLink"]
        if skip + size < len(found):
            options = {**call.options, "$skip": str(skip + size), "$top": str(size)}
            answered["@odata.nextLink"] = f"{call.base}{VERSION}/{call.path.strip('/')}?{urlencode(options)}"
        return status, headers, answered

    def _message(self, call: Call, grant: Grant, box: Mailbox, message_id: str) -> Raw:
        self._check_select(call.options)
        for immutable, mutable in box.mutable.items():
            if immutable in box.messages and message_id in (immutable, mutable):
                return self._shown(call, grant, box, box.messages[immutable], call.options)
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _check_select(self, options: dict[str, str]) -> None:
        if self.tenant.header_refused and "internetMessageHeaders" in options.get("$select", ""):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def _shown(self, call: Call, grant: Grant, box: Mailbox, raw: Raw, options: dict[str, str]) -> Raw:
        row = {k: v for k, v in raw.items() if not k.startswith("@")}
        if "internetMessageHeaders" not in options.get("$select", ""):
            row.pop("internetMessageHeaders", None)
        row = selected(row, options)
        if all("ReadBasic" in s for s in grant.scopes if s.startswith("Mail.Read")):
            row = {k: v for k, v in row.items() if k not in _BODY}
        row["id"] = self._shown_id(call, box, raw["id"])
        if "@odata.type" in raw:
            row["@odata.type"] = raw["@odata.type"]
        row["@odata.etag"] = 'W/"CQAAABYAAAB"'
        return row

    @staticmethod
    def _shown_id(call: Call, box: Mailbox, message_id: str) -> str:
        return message_id if call.immutable else box.mutable[message_id]
