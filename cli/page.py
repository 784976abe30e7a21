"""`gonequiet page`: the page in a browser, on this machine."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from cli.errors import Refusal
from cli.opening import opened
from cli.output import say

if TYPE_CHECKING:
    from cli.opening import Opened


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8420, show_default=True, type=click.IntRange(1, 65535), metavar="N", help="Port to listen on."
)
@click.option("--link", is_flag=True, help="Only print a link that opens the page, good for sixty days.")
@click.option("--as", "reader", metavar="ADDRESS", help="Whose answers they are; default: the operator.")
def command(host: str, port: int, link: bool, reader: str | None) -> None:
    """Serve the page: every partner's standing, the evidence, and the answers behind the links in mails.

    The pages are shown only to who comes by a signed link: from a mail, or the one printed here. Ctrl-C ends it.
    """
    with opened() as house:
        base = house.settings.alerts.link_base or address_of(host, port)
        if not link:
            check_port(host, port)
        who = reader or house.settings.alerts.operator or "operator"
        say(entrance(house, base, who))
        if not link:
            _serve(house, host, port)


def entrance(house: Opened, base: str, reader: str) -> str:
    """A signed link to the page for this reader."""
    from alerts.links import Links, Ticket  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    url = Links(base, house.store.readers.link_key()).url(Ticket(action="read", reader=reader), now=now())
    return url or ""


def address_of(host: str, port: int) -> str:
    """What a browser on this machine opens to see what listens there."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  all addresses, so also this one
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def check_port(host: str, port: int) -> None:
    """Whether pages can be served there; Refusal otherwise."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as e:
        raise Refusal(f"The pages cannot listen on {host}:{port}: {e.strerror}. Choose another --port") from e


def _serve(house: Opened, host: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415

    from cli.receiving import sight_of  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415
    from web.app import create_app  # noqa: PLC0415

    app = create_app(house.store, house.settings, clock=now, sight=sight_of(house))
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", server_header=False))
    say("Open it in a browser; Ctrl-C ends it.")
    with suppress(KeyboardInterrupt):  # the way to end it
        server.run()
