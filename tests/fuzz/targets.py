"""What can be sent rubbish, each as a function of bytes that returns, or raises what no caller was told to expect."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from spooler.backends.contract import Exchange, LanguageError
from spooler.backends.registry import families, family
from spooler.client.core import ClientCore
from spooler.config import ConfigError
from spooler.config.load import parse
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry, Planes
from spooler.model.problem import CODES, Problem
from spooler.model.request import JobRequest
from spooler.render.errors import BadPictureError, TemplateError
from spooler.render.facts import measure
from spooler.render.loader import load_template
from spooler.render.photo import draw_mono_photo, draw_photo, draw_signature
from spooler.wire import Connection, Limits, Notification, ProtocolError, Request
from spooler.wire.methods import METHODS, check_params
from spooler.wire.submission import parse_job

LIMITS: Final = Limits(max_message=1 << 16)
#: So small that a decoded picture costs little; the bounds of headers are the product's own.
_CARD: Final = Geometry("fuzz", 64, 40, 300, 0.0, 0.0)
_BOX: Final = (5, 3, 24, 32)
_MOST_STEPS: Final = 200


def wire(data: bytes) -> None:
    """The server's end of a connection, and what each request goes through before anybody acts on it.

    The first byte says how the stream is cut.
    """
    piece = 1 + (data[0] if data else 0)
    connection = Connection(LIMITS)
    for at in range(1, len(data), piece):
        for event in connection.receive_data(data[at : at + piece]):
            if isinstance(event, ProtocolError):
                assert event.problem.code in CODES
                assert connection.farewell()
            else:
                _request(event)


def _request(event: Request | Notification) -> None:
    if not isinstance(event, Request) or event.method not in METHODS:
        return
    params = check_params(event.method, event.params, LIMITS)
    if isinstance(params, Problem):
        assert params.code in CODES
    elif event.method in ("submit", "check"):
        for index, raw in enumerate(params["jobs"]):
            job = parse_job(raw, f"jobs[{index}]", LIMITS)
            assert isinstance(job, JobRequest) or job.code in CODES


def client(data: bytes) -> None:
    """What an application's library hears from whatever answers at the address."""
    core = ClientCore(LIMITS)
    core.request("hello", {})
    piece = 1 + (data[0] if data else 0)
    for at in range(1, len(data), piece):
        core.receive(data[at : at + piece])


def config(data: bytes) -> None:
    """A config file."""
    try:
        parse(data.decode("utf-8", "replace"), "fuzz.toml", Path("/nowhere"))
    except ConfigError as error:
        if not error.faults:
            raise


def template(data: bytes) -> None:
    """A card's template; the first byte says of which kind."""
    kinds = sorted(KINDS)
    kind = KINDS[kinds[(data[0] if data else 0) % len(kinds)]]
    try:
        load_template(data[1:].decode("utf-8", "replace"), kind)
    except TemplateError as error:
        if not error.faults:
            raise


def printer(data: bytes) -> None:
    """What a printer of any family answers, in any of its conversations: replies of lengths that the bytes say."""
    replies: list[bytes] = []
    at = 0
    while at < len(data):
        replies.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    for name in families():
        models = family(name).models
        model = models[min(models)]
        language = family(name).language(model.name, min(model.inks))
        for script in (language.inquire(), language.reset()):
            _converse(script, replies or [b""])


def _converse(script: Any, replies: list[bytes]) -> None:
    answers = cycle(replies)
    answer: bytes | None = None
    for _ in range(_MOST_STEPS):
        try:
            step = script.send(answer)
        except (StopIteration, LanguageError):
            return
        answer = next(answers) if isinstance(step, Exchange) else None


def photo(data: bytes) -> None:
    """A photo: its header, its decoding and its scaling, for a ribbon with dyes and for one without."""
    facts = measure(data)
    if facts is None or facts.width * facts.height > 1 << 16:
        return  # beyond that a header costs the fuzzer's time and shows nothing new
    for draw, inks in ((draw_photo, "ymc"), (draw_mono_photo, "k")):
        try:
            draw(data, Planes.blank(_CARD, inks), _BOX)
        except BadPictureError:
            pass


def signature(data: bytes) -> None:
    """A signature: its header, its inflating and its scaling."""
    facts = measure(data)
    if facts is None or facts.width * facts.height > 1 << 16:
        return
    try:
        draw_signature(data, Planes.blank(_CARD, "k"), _BOX)
    except BadPictureError:
        pass


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    target.__name__: target for target in (wire, client, config, template, printer, photo, signature)
}
