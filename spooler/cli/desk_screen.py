"""The desk's page as it is drawn: 80 columns and 24 lines suffice for three printers, and on any screen the question or
the menu stands above what may not fit. Colour only underlines what the words say.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from spooler.model.gate import PAUSE_REASONS

from .desk_flows import Choice, Entry, Look, Seen, spoken
from .desk_flows import said as sentence
from .desk_page import LEAVE, Page
from .desk_texts import Texts

_NEXT = 5  # numbers of the queue that are named
_PICTURE = (72, 20)  # characters; each shows two pixels, one above the other


def draw(page: Page, clock: str) -> RenderableType:
    """The whole page. `clock`: the time of day as text."""
    if page.picture is not None:
        return Panel(Group(half_blocks(page.picture), Text(page.texts.picture)), title=_title(page, clock))
    # what the keys answer comes before what may be too long for the screen: no key for a question that nobody saw
    parts: list[RenderableType] = [_now(page.texts, page.seen)]
    parts.append(_question(page) if page.ask is not None else _menu(page))
    if page.message:
        parts.append(Text(page.message, style="bold"))
    parts.append(_stops(page))
    return Panel(Group(*parts), title=_title(page, clock), title_align="left")


def _title(page: Page, clock: str) -> str:
    return f"{page.texts.title} · {page.seen.name or page.seen.site} · {clock}"


def _now(texts: Texts, seen: Seen) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    printing = ", ".join(f"{job['number']} ({texts.say(job['kind'])}, {job['printer']})" for job in seen.printing)
    grid.add_row(Text(texts.printing), Text(printing or texts.nothing_prints, style="bold"))
    waiting = seen.counts.get("pending", 0)
    line = Text(str(waiting), style="bold")
    if waiting:
        line.append(f"   {', '.join(job['number'] for job in seen.waiting[:_NEXT])}{' …' if waiting > _NEXT else ''}")
    grid.add_row(Text(texts.waiting), line)
    if seen.held:
        grid.add_row(Text(texts.held), Text(str(len(seen.held)), style="bold"))
    for printer in seen.printers:
        supplies = ", ".join(
            f"{texts.say(s['name'])} {s['left']}" for s in printer["supplies"] if s["left"] is not None
        )
        grid.add_row(Text(printer["name"]), Text("  ".join(filter(None, (texts.say(printer["state"]), supplies)))))
    return grid


def _stops(page: Page) -> RenderableType:
    """Every reason that a printer names, and three steps out of the worst of the first printer that has stopped."""
    texts, seen = page.texts, page.seen
    if not seen.connected:
        return Text(texts.lost, style="bold red")
    stopped = [printer for printer in seen.printers if printer["reasons"]]
    stopped.sort(key=lambda printer: printer["state"] != "stopped")
    if not stopped:
        return Text(f"\n{texts.no_stop}\n", style="green")
    grid = Table.grid(padding=(0, 2))
    for printer in stopped:
        said = " ".join(_said(word, printer, page.language) for word in printer["reasons"])
        steps = spoken(printer["reasons"][0], page.language)[1] if printer is stopped[0] else ()
        todo = "".join(f"\n{n}. {step}" for n, step in enumerate(steps, 1))
        grid.add_row(Text(printer["name"]), Text.assemble((said, "bold red"), todo))
    heading = texts.stops if stopped[0]["state"] == "stopped" else texts.advice
    return Group(Text(f"{heading}:", style="bold red"), grid)


def _said(word: str, printer: Mapping[str, Any], language: str) -> str:
    said: str = spoken(word, language)[0]
    if word == "paused" and printer.get("paused") in PAUSE_REASONS:
        said = f"{said} {sentence(PAUSE_REASONS[printer['paused']], language)}."
    return said


def _question(page: Page) -> RenderableType:
    ask, texts = page.ask, page.texts
    if isinstance(ask, Look):
        return Text(texts.working)
    if isinstance(ask, Entry):
        line = Text.assemble((ask.question, "bold"), "  ", (page.typed + "_", "reverse"))
        return Group(line, Text(f"{texts.enter}; Esc {texts.back}"))
    assert isinstance(ask, Choice)
    lines = [Text(ask.about)] if ask.about else []
    lines.append(Text(ask.question, style="bold"))
    lines += [_numbered(str(n), answer) for n, answer in enumerate(ask.answers, 1)]
    return Group(*lines, _numbered("0", texts.later if ask.question == texts.question else texts.back))


def _menu(page: Page) -> RenderableType:
    listed = [_numbered(key, label) for key, label in page.menu]
    return Group(Text(page.texts.menu, style="bold"), Columns(listed, padding=(0, 3), column_first=True))


def _numbered(key: str, label: str) -> Text:
    style = "bold yellow" if key == LEAVE else "bold cyan"
    return Text.assemble((f" {key} ", style), f" {label}")


def half_blocks(png: bytes) -> Text:
    """A picture in characters, each of two pixels; good enough to tell one face and one name from another."""
    width, height = _PICTURE
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        small = image.convert("RGB")
        small.thumbnail((width, 2 * height), Image.Resampling.BOX)
    pixels = small.load()
    assert pixels is not None
    text = Text(no_wrap=True)
    for y in range(0, small.height - 1, 2):
        for x in range(small.width):
            above, below = _colour(pixels[x, y]), _colour(pixels[x, y + 1])
            text.append("▀", style=f"{above} on {below}")
        text.append("\n")
    return text


def _colour(pixel: Any) -> str:
    return "#{:02x}{:02x}{:02x}".format(*pixel)
