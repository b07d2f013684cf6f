"""The walls (DESIGN.md 3): a file imports only from rows above its own, and decisions touch neither clock nor file.

The imports are read from the syntax tree, also those inside functions and under TYPE_CHECKING. Each rule is first
tried on a planted violation, so that a checker that sees nothing cannot pass.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

ALL_ABOVE = frozenset({"ext", "model", "rules", "wire", "config", "render", "store"})
#: room -> the rooms of ours that it may import, besides itself.
ROOMS: dict[str, frozenset[str]] = {
    "ext": frozenset(),
    "model": frozenset(),
    "rules": frozenset({"model"}),
    "wire": frozenset({"ext", "model"}),
    "config": frozenset({"model"}),
    "render": frozenset({"ext", "model"}),
    "papers": frozenset({"model"}),
    "store": frozenset({"model"}),
    "backends": frozenset({"ext", "model"}),
    "daemon": ALL_ABOVE,
    "client": frozenset({"wire", "model"}),
    "cli": ALL_ABOVE | {"papers", "daemon", "client"},
}
#: Rooms that reach the backends, and the only doors.
DOORS = ("spooler.backends.registry", "spooler.backends.contract")
DOOR_USERS = frozenset({"daemon", "cli"})

#: Standard modules that neither read, wait, nor tell the time or the dice: what rows 0 to 2 may use.
# fmt: off
PURE = frozenset({
    "__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses",
    "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "ipaddress",
    "itertools", "json", "math", "operator", "re", "string", "struct", "textwrap", "types", "typing",
    "typing_extensions", "unicodedata", "urllib.parse", "zlib",
})
# fmt: on
#: room -> what else it may use. Rooms that do not stand here are free, but for FORBIDDEN.
OUTSIDE: dict[str, frozenset[str]] = {
    "ext": frozenset(),
    "model": frozenset({"attrs"}),
    "rules": frozenset({"attrs"}),
    "wire": frozenset({"attrs", "msgpack"}),
    # config reads the one file it is given, and the tables that ship with it
    "config": frozenset({"attrs", "cattrs", "tomllib", "pathlib", "os.path", "importlib.resources"}),
}
#: Only the daemon runs tasks; render and store are called from its threads.
TASKS = frozenset({"trio", "asyncio", "anyio", "socket", "selectors"})
FORBIDDEN: dict[str, frozenset[str]] = {"render": TASKS, "papers": TASKS, "store": TASKS}
#: What a decision must not call, whatever it imports.
CLOCKS = frozenset({"now", "utcnow", "today"})

#: The judges of the languages: a package that shares nothing with them.
SIMULATOR = "spooler.backends.simulator"


def locate(path: str) -> tuple[str, str]:
    """(room, package) of a file given relative to the repository."""
    parts = path.split("/")
    if parts[0] in ("ext", "backends"):
        return parts[0], ".".join(["spooler", *parts[:-1]])
    room = "cli" if parts[1:] == ["__main__.py"] else parts[1]
    return room, ".".join(parts[:-1])


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Every imported name in full: `from ..model import job` in spooler.rules gives spooler.model.job."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_any(name: str, modules: frozenset[str] | tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def violations(path: str, source: str, languages: frozenset[str] = frozenset()) -> list[str]:
    """What the file at `path` may not do, as sentences. `languages`: the modules of printer families."""
    room, package = locate(path)
    if room == "__init__.py":
        room = "model"  # the package itself: as innocent as the innermost room
    tree = ast.parse(source)
    found = [why for name in imports(tree, package) if (why := _import(room, path, name, languages))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in ("import_module", "__import__"):
                found.append("imports by name: the walls cannot be seen")
            elif room in OUTSIDE and called in CLOCKS and isinstance(node.func, ast.Attribute):
                found.append(f"asks a clock: {called}()")
            elif room in OUTSIDE and room != "config" and called == "open" and isinstance(node.func, ast.Name):
                found.append("opens a file")
    return [f"{path} {why}" for why in found]


def _import(room: str, path: str, name: str, languages: frozenset[str]) -> str | None:
    if name.split(".")[0] == "spooler":
        target = [*name.split("."), ""][1]
        if target not in ROOMS:
            return None  # spooler.__version__
        if room == "backends":
            return _within_backends(locate(path)[1], name)
        if target == room or target in ROOMS[room]:
            return None
        if target == "backends" and room in DOOR_USERS:
            doors = (*DOORS, SIMULATOR) if room == "cli" else DOORS
            return None if is_any(name, doors) else f"reaches past the doors of backends: {name}"
        return f"({room}) may not import from {target}: {name}"
    if is_any(name, FORBIDDEN.get(room, frozenset())):
        return f"({room}) runs no tasks and opens no sockets: {name}"
    innocent = room in OUTSIDE or (room == "backends" and f"{locate(path)[1]}.{Path(path).stem}" in languages)
    if innocent and not is_any(name, PURE | OUTSIDE.get(room, frozenset({"attrs"}))):
        what = "a module that may read, wait or tell the time" if _standard(name) else "a library of another room"
        return f"({room}) imports {what}: {name}"
    return None


def _within_backends(package: str, name: str) -> str | None:
    target = name.split(".")[1]
    if target not in ROOMS["backends"] | {"backends"}:
        return f"(backends) may not import from {target}: {name}"
    if package != SIMULATOR:
        return f"leans on a simulator: {name}" if is_any(name, (SIMULATOR,)) else None
    if target in ("backends", "ext") and not is_any(name, (SIMULATOR,)):
        return f"is a simulator: it must share nothing with what it judges: {name}"
    return None


def _standard(name: str) -> bool:
    return name.split(".")[0] in sys.stdlib_module_names


def families() -> frozenset[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return frozenset(point.split(":")[0] for point in project["entry-points"]["spooler.families"].values())


FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("spooler", "backends", "ext")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", FILES)
def test_file_keeps_to_its_row(path: str) -> None:
    assert violations(path, (ROOT / path).read_text(), families()) == []


def test_kernels_know_nothing_of_ours() -> None:
    foreign = re.compile(r"^\s*(?:from|import|cimport)\s+spooler(?!\.ext\b)", re.MULTILINE)
    assert foreign.search("import os\nfrom spooler.model cimport job\n")
    assert not foreign.search("from spooler.ext cimport cpu\n")
    sources = [path for pattern in ("*.pyx", "*.pxd") for path in (ROOT / "ext").glob(pattern)]
    assert [path.name for path in sources if foreign.search(path.read_text())] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {path.parent.name for path in (ROOT / "spooler").glob("*/__init__.py")} | {"ext", "backends"}
    assert rooms == set(ROOMS)
    assert {locate(path)[0] for path in FILES} >= set(ROOMS)


PLANTED = [
    ("ext/a.py", "from spooler.model import job"),
    ("ext/a.py", "import os"),
    ("spooler/model/a.py", "from spooler.rules import order"),
    ("spooler/model/a.py", "from ..rules.order import place"),
    ("spooler/model/a.py", "from .. import store"),
    ("spooler/model/a.py", "import msgpack"),
    ("spooler/model/a.py", "import cattrs"),
    ("spooler/rules/a.py", "import time"),
    ("spooler/rules/a.py", "from time import monotonic"),
    ("spooler/rules/a.py", "import trio"),
    ("spooler/rules/a.py", "import random"),
    ("spooler/rules/a.py", "import msgpack"),
    ("spooler/rules/a.py", "from pathlib import Path"),
    ("spooler/rules/a.py", "def f():\n    import socket"),
    (
        "spooler/rules/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from spooler.store import contract",
    ),
    ("spooler/rules/a.py", "from datetime import datetime\nx = datetime.now()"),
    ("spooler/rules/a.py", "from datetime import date\nx = date.today()"),
    ("spooler/rules/a.py", "x = open('f')"),
    ("spooler/rules/a.py", "from importlib import import_module"),
    ("spooler/rules/a.py", "x = __import__('time')"),
    ("spooler/rules/deep/a.py", "from ...daemon import engine"),
    ("spooler/wire/a.py", "from spooler.config import load"),
    ("spooler/wire/a.py", "import socket"),
    ("spooler/wire/a.py", "import urllib.request"),
    ("spooler/config/a.py", "from spooler.rules.order import OrderPolicy"),
    ("spooler/config/a.py", "import os"),
    ("spooler/render/a.py", "from spooler.store import contract"),
    ("spooler/render/a.py", "from spooler.backends.contract import Model"),
    ("spooler/render/a.py", "from spooler import backends"),
    ("spooler/render/a.py", "import trio"),
    ("spooler/papers/a.py", "from spooler.render import proof"),
    ("spooler/papers/a.py", "from spooler.store.contract import Store"),
    ("spooler/papers/a.py", "import trio"),
    ("spooler/daemon/a.py", "from spooler.papers import daily_pdf"),
    ("spooler/store/a.py", "from spooler.rules.order import place"),
    ("spooler/store/a.py", "from spooler.render import proof"),
    ("spooler/store/a.py", "from spooler.ext import raster"),
    ("spooler/store/a.py", "import trio.lowlevel"),
    ("backends/evolis.py", "from spooler.render import plate"),
    ("backends/evolis.py", "from .simulator.evolis import simulate"),
    ("backends/evolis.py", "from spooler.backends.simulator import World"),
    ("backends/evolis.py", "import trio"),
    ("backends/evolis.py", "from time import time"),
    ("backends/tcp.py", "from spooler.store.contract import Store"),
    ("backends/tcp.py", "from spooler.daemon import press"),
    ("backends/simulator/a.py", "from spooler.backends.evolis import FAMILY"),
    ("backends/simulator/a.py", "from ..evolis import FAMILY"),
    ("backends/simulator/a.py", "from .. import evolis"),
    ("backends/simulator/a.py", "from ..contract import Exchange"),
    ("backends/simulator/a.py", "from spooler.ext import raster"),
    ("backends/simulator/a.py", "from ...ext.raster import separate"),
    ("backends/simulator/a.py", "import spooler.backends.evolis"),
    ("backends/simulator/a.py", "from spooler.daemon import press"),
    ("spooler/daemon/a.py", "from spooler.backends.evolis import FAMILY"),
    ("spooler/daemon/a.py", "from spooler.backends import tcp"),
    ("spooler/daemon/a.py", "import spooler.backends"),
    ("spooler/daemon/a.py", "from spooler.backends.simulator import World"),
    ("spooler/daemon/a.py", "from spooler.client import connect"),
    ("spooler/daemon/a.py", "from spooler.cli import main"),
    ("spooler/client/a.py", "from spooler.store import contract"),
    ("spooler/client/a.py", "from spooler.daemon import server"),
    ("spooler/client/a.py", "from spooler.backends import registry"),
    ("spooler/cli/a.py", "from spooler.backends.evolis import FAMILY"),
    ("spooler/cli/a.py", "from importlib import import_module\nimport_module('spooler.backends.evolis')"),
    ("spooler/__init__.py", "from spooler.daemon import engine"),
]

ALLOWED = [
    ("ext/__init__.py", "from .raster import separate"),
    ("spooler/model/a.py", "from enum import StrEnum\nfrom attrs import frozen\nfrom collections.abc import Sequence"),
    ("spooler/model/a.py", "from .job import Job\nfrom . import ids\nfrom spooler import __version__"),
    ("spooler/rules/a.py", "from datetime import date\nx = date(2000, 1, 1)\nx.replace(day=2)"),
    ("spooler/rules/a.py", "from ..model.job import Job\nimport re"),
    ("spooler/wire/a.py", "import msgpack\nimport struct\nfrom urllib.parse import quote"),
    ("spooler/config/a.py", "import tomllib\nfrom pathlib import Path\nfrom cattrs.errors import BaseError"),
    ("spooler/render/a.py", "import PIL\nfrom spooler.ext import raster\nfrom pathlib import Path"),
    ("spooler/papers/a.py", "import zxingcpp\nfrom reportlab.pdfgen import canvas\nfrom spooler.model import daysheet"),
    ("spooler/store/a.py", "import apsw\nimport os\nfrom spooler.model.order import Place"),
    ("backends/evolis.py", "import struct\nfrom spooler.ext import codec\nfrom .contract import Step"),
    ("backends/tcp.py", "import trio\nfrom .contract import LinkError"),
    ("backends/simulator/a.py", "from . import evolis_decoder\nfrom .world import World\nimport trio"),
    ("spooler/daemon/a.py", "from spooler.backends import registry\nfrom spooler.backends.contract import Step"),
    ("spooler/daemon/a.py", "from spooler.rules import order\nfrom spooler.store import embedded\nimport time"),
    ("spooler/client/a.py", "import trio\nfrom spooler.wire import connection"),
    ("spooler/cli/a.py", "from spooler.client import Client\nfrom spooler.daemon import serve\nimport rich"),
    ("spooler/cli/a.py", "from spooler.backends.simulator import fault"),
    ("spooler/__main__.py", "from spooler.cli import main"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "source"), PLANTED)
def test_a_planted_violation_is_seen(path: str, source: str) -> None:
    assert violations(path, source, frozenset({"spooler.backends.evolis"})) != []


@pytest.mark.parametrize(("path", "source"), ALLOWED)
def test_what_the_map_allows_passes(path: str, source: str) -> None:
    assert violations(path, source, frozenset({"spooler.backends.evolis"})) == []
