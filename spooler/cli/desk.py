"""`spooler desk`: one page for an officer who has never seen a shell. Number keys, whole sentences, nothing to learn.

Four tasks share the page: keys, the spooler's notes, the clock in the corner, and the connection that is opened again
whenever it breaks. What the page does with a key is desk_page's; what it looks like, desk_screen's.
"""

import argparse
import secrets
import termios
from typing import Any, Final

import trio
from rich.live import Live

from spooler.client import AsyncClient, ConnectionLost, ServerError, open_client

from .connecting import add_address, address, token
from .desk_flows import MOST_CHOICES, Request, Seen, stocks_of
from .desk_page import Page
from .desk_refusals import refusal
from .desk_screen import draw
from .show import OK, REFUSED, USAGE, CommandError, console
from .terminal import keys, keys_alone
from .times import CityClock

_AGAIN: Final = 2.0  # seconds until a spooler that does not answer is tried again
_CARDS: Final = 50  # of the latest, from which a page chooses
#: Refusals that pass: the page stays, and looks again.
_PASSES: Final = frozenset({"busy", "stopping", "internal", "stale"})


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("desk", help="an officer's page: what prints, what stands still, was the card good?")
    parser.add_argument("--site", required=True, help="the site's code")
    parser.add_argument("--lang", choices=("id", "en"), default="id", help="Indonesian (default) or English")
    add_address(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the page until the officer leaves it."""
    where, secret = address(arguments), token(arguments)
    page = Page(arguments.site, arguments.lang, lambda: f"desk-{secrets.token_hex(8)}")
    try:
        with keys_alone() as fd, Live(console=console(), screen=True, auto_refresh=False) as live:
            trio.run(Desk(page, live, where, secret).run, fd, strict_exception_groups=False)
    except termios.error:
        raise CommandError(
            "meja ini memerlukan terminal / the desk needs a terminal; for a script use `spooler printers`, `resolve`,"
            " `stock`", USAGE,
        ) from None  # fmt: skip
    except ServerError as error:
        raise CommandError(refusal(error, arguments.lang), REFUSED) from error
    return OK


class Desk:
    """The tasks around one page."""

    def __init__(self, page: Page, live: Live, where: str, secret: str | None) -> None:
        self._page = page
        self._live = live
        self._where = where
        self._secret = secret
        self._client: AsyncClient | None = None
        self._clock: CityClock | None = None  # until the first connection nobody knows which zone is the city's

    async def run(self, fd: int) -> None:
        """Until the officer leaves, or the terminal ends. Raises ServerError where the spooler refuses the site."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow)
            nursery.start_soon(self._tick)
            async for key in keys(fd):
                for request in self._page.key(key, trio.current_time()):
                    await self._ask(request)
                self._draw()
                if self._page.over:
                    break
            nursery.cancel_scope.cancel()

    # -- tasks -------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Keep a connection, and show what it says."""
        while True:
            try:
                async with open_client(self._where, "spooler-desk", self._secret) as self._client:
                    async with self._client.watch(entries=True, state=True) as notes:
                        await self._look(self._client)
                        async for _ in notes:
                            await self._look(self._client)
            except (ConnectionLost, OSError):
                pass
            except ServerError as error:
                if error.code not in _PASSES:
                    raise
            finally:
                self._client = None
            self._page.show(Seen(self._page.seen.site, name=self._page.seen.name))
            self._draw()
            await trio.sleep(_AGAIN)

    async def _tick(self) -> None:
        while True:
            self._draw()
            await trio.sleep(1)

    # -- helpers -----------------------------------------------------------------------------------------------

    async def _ask(self, request: Request) -> None:
        """Carry a request out, and tell the page how it went."""
        self._draw()
        try:
            if self._client is None:
                raise ConnectionLost("no connection")
            result = await self._client.call(request.method, dict(request.params))
        except ServerError as error:
            self._page.refused(refusal(error, self._page.language))
        except ConnectionLost:
            self._page.refused(self._page.texts.lost)
        else:
            self._page.answered(request, result)
        if self._client is not None:
            try:
                await self._look(self._client)
            except (ConnectionLost, ServerError):
                pass  # the connection's own task looks again

    async def _look(self, client: AsyncClient) -> None:
        """Everything that the page shows, anew."""
        site = self._page.seen.site
        here = [s for s in (await client.call("sites", {}))["sites"] if s["code"] == site]
        if not here:
            raise CommandError(self._page.texts.no_site.format(site), USAGE)
        printers = [p for p in (await client.call("printers", {}))["printers"] if p["site"] == site]
        jobs = {}
        for state, limit in (
            ("processing", MOST_CHOICES), ("processing-stopped", MOST_CHOICES), ("pending-held", MOST_CHOICES),
            ("pending", MOST_CHOICES),
        ):  # fmt: skip
            jobs[state] = (await client.call("jobs", {"site": site, "state": state, "limit": limit}))["jobs"]
        cards = (await client.call("cards", {"site": site, "limit": _CARDS}))["cards"]
        self._page.show(
            Seen(
                site, name=here[0]["name"], printers=tuple(printers), printing=tuple(jobs["processing"]),
                doubts=tuple(jobs["processing-stopped"]), held=tuple(jobs["pending-held"]),
                waiting=tuple(jobs["pending"]), cards=tuple(cards), counts=here[0]["jobs"],
                loads={p["name"]: stocks_of(p["kinds"]) for p in printers}, connected=True,
            ),
            trio.current_time(),
        )  # fmt: skip
        self._draw()

    def _draw(self) -> None:
        if self._client is not None:
            self._clock = CityClock(self._client)
        self._live.update(draw(self._page, "" if self._clock is None else self._clock.now()), refresh=True)
