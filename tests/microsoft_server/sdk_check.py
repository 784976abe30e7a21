"""Whether the local server speaks Graph, asked by Microsoft's own msgraph-sdk.

The SDK is no dependency of this project (400 MB installed): run this in an environment of its own.

    python -m venv /tmp/sdk && /tmp/sdk/bin/pip install msgraph-sdk trustme requests jsonschema pyjwt cryptography
    /tmp/sdk/bin/python -m tests.microsoft_server.sdk_check
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.kiota_client_factory import KiotaClientFactory
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder as CalendarView,
)
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder as CalendarDelta,
)

from tests.microsoft_server.agenda import attendee
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, READ_BASIC, Tenant

ANA = "ana@example.org"


class _Credential:
    """A token straight from the tenant: what the sign-in does is proved with msal."""

    def __init__(self, tenant: Tenant) -> None:
        self._token = tenant.token_for(None, CLIENT_ID, (*READ_BASIC, "Mail.Send"))

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        """For an hour."""
        return AccessToken(self._token, int(time.time()) + 3600)


def client_of(server: MicrosoftServer) -> GraphServiceClient:
    """Microsoft's client, told where our server is."""
    context = ssl.create_default_context(cafile=str(server.ca_file))
    provider = AzureIdentityAuthenticationProvider(_Credential(server.tenant), allowed_hosts=["localhost"])  # type: ignore[arg-type]
    http = KiotaClientFactory.create_with_default_middleware(client=httpx.AsyncClient(verify=context, trust_env=False))
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = server.graph_root
    return GraphServiceClient(request_adapter=adapter)


def _prefer(size: int) -> RequestConfiguration[Any]:
    configuration: RequestConfiguration[Any] = RequestConfiguration()
    configuration.headers.add("Prefer", f'odata.maxpagesize={size}, IdType="ImmutableId"')
    return configuration


async def _round(first: Any, size: int) -> tuple[list[Any], int, str]:
    """Every row of a delta round, the number of pages, and the delta link."""
    page = await first.get(request_configuration=_prefer(size))
    rows, pages = list(page.value), 1
    while page.odata_next_link:
        page = await first.with_url(page.odata_next_link).get(request_configuration=_prefer(size))
        rows, pages = rows + list(page.value), pages + 1
    return rows, pages, page.odata_delta_link


async def _refusal(asked: Awaitable[Any]) -> tuple[int, str]:
    """Status and code of a refusal; AssertionError where it was no refusal."""
    try:
        await asked
    except ODataError as e:
        return e.response_status_code or 0, (e.error.code or "") if e.error else ""
    raise AssertionError("accepted what Graph refuses")


async def check(server: MicrosoftServer) -> list[str]:
    """What was tried and seen, one line each; AssertionError where the server is no Graph."""
    said: list[str] = []
    tenant, now = server.tenant, datetime.now(UTC).replace(microsecond=0)
    box = tenant.add_mailbox(ANA)
    mails = [box.deliver(at=now - timedelta(minutes=n)) for n in range(25)]
    user = client_of(server).users.by_user_id(ANA)

    folders, _, _ = await _round(user.mail_folders.delta, 50)
    assert "Posteingang" in [f.display_name for f in folders]
    said.append(f"mailFolders/delta: {len(folders)} folders")

    inbox = user.mail_folders.by_mail_folder_id("inbox").messages.delta
    rows, pages, link = await _round(inbox, 10)
    assert (len(rows), pages) == (25, 3)
    assert {r.id for r in rows} == set(mails)
    assert rows[0].from_.email_address.address.endswith("@northwind.example")
    said.append("messages/delta: 25 messages in 3 pages, immutable ids, typed senders")

    box.delete(mails[0])
    box.move(mails[1], "archive")
    new = box.deliver(at=now)
    rows, _, link = await _round(inbox.with_url(link), 10)
    removed = {r.id for r in rows if "@removed" in r.additional_data}
    assert removed == {mails[0], mails[1]}
    assert new in {r.id for r in rows}
    said.append("messages/delta later: 2 @removed, 1 new")

    tenant.age_tokens()
    refusal = await _refusal(inbox.with_url(link).get(request_configuration=_prefer(10)))
    assert refusal == (410, "SyncStateNotFound")
    said.append("an aged token: ODataError 410 SyncStateNotFound")

    assert (await _refusal(user.messages.delta.get()))[0] == 400
    said.append("/users/{id}/messages/delta, which the SDK offers: ODataError 400, as from Graph")

    one = await user.messages.by_message_id(mails[2]).get(request_configuration=_prefer(1))
    assert one.id == mails[2]
    said.append("messages/{id}: found by immutable id")

    guests = (attendee("ann@northwind.example", "accepted", at="2026-01-02T08:00:00Z"),)
    tenant.agendas[ANA].sparse_occurrences = False
    tenant.agendas[ANA].add(now, attendees=guests, now=now)
    tenant.agendas[ANA].add_series([now + timedelta(days=7 * n) for n in range(4)], attendees=guests, now=now)
    query = CalendarDelta.DeltaRequestBuilderGetQueryParameters(
        start_date_time=(now - timedelta(days=1)).isoformat(), end_date_time=(now + timedelta(days=60)).isoformat()
    )
    configuration = _prefer(10)
    configuration.query_parameters = query
    view = await user.calendar_view.delta.get(request_configuration=configuration)
    assert len(view.value) == 5
    assert view.value[0].attendees[0].status.response.value == "accepted"
    said.append("calendarView/delta: 5 instances with typed attendees")

    configuration.query_parameters = CalendarDelta.DeltaRequestBuilderGetQueryParameters(
        start_date_time=now.isoformat(), end_date_time=now.isoformat(), select=["subject"]
    )
    assert (await _refusal(user.calendar_view.delta.get(request_configuration=configuration)))[0] == 400
    said.append("calendarView/delta with $select: ODataError 400")

    configuration.query_parameters = CalendarView.CalendarViewRequestBuilderGetQueryParameters(
        start_date_time=(now - timedelta(days=1)).isoformat(),
        end_date_time=(now + timedelta(days=60)).isoformat(),
        select=["id", "start", "attendees"],
        top=2,
    )
    listed, pages, link = [], 0, None
    while pages == 0 or link:
        view = user.calendar_view.with_url(link) if link else user.calendar_view
        page = await view.get(request_configuration=configuration if not link else _prefer(2))
        listed, pages, link = listed + list(page.value), pages + 1, page.odata_next_link
    assert (len({e.id for e in listed}), pages) == (5, 3)
    assert all(e.subject is None and e.attendees for e in listed)
    said.append("calendarView without delta: 5 instances in 3 pages, only what was selected")

    server.graph.hooks.post = lambda _url, asked, _body: (200, asked["validationToken"])
    made = await client_of(server).subscriptions.post(
        Subscription(
            change_type="created,updated,deleted",
            notification_url="https://receiver.example.org/push",
            lifecycle_notification_url="https://receiver.example.org/push",
            resource=f"/users/{ANA}/messages",
            client_state="x",
            expiration_date_time=now + timedelta(minutes=10_000),
        )
    )
    assert made is not None
    assert made.id in tenant.subscriptions
    said.append("subscriptions: made after the handshake")

    assert not tenant.violations, tenant.violations
    said.append("every answer fits the published shapes" if server.graph.pages.shape.present else "no schema at hand")
    return said


def main() -> int:
    """Run every check and say what was seen."""
    with MicrosoftServer() as server:
        for line in asyncio.run(check(server)):
            sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
