"""The examples of docs/client.md, run against a spooler."""

import re
from pathlib import Path
from typing import Any

import pytest
import trio

from running import printing_city, selftest
from spooler.client import open_lasting_client

DOC = (Path(__file__).parent.parent / "docs" / "client.md").read_text()


def examples() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", DOC, re.DOTALL):
        exec(compile(block, "client.md", "exec"), names)
    return names


async def test_the_examples_do_what_the_page_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = examples()
    address = f"unix:{tmp_path / 's.sock'}"
    jobs = [selftest(f"S-{n}") for n in range(3)] + [selftest("S-bad", kind="diploma")]
    async with printing_city(tmp_path):
        await trio.to_thread.run_sync(names["school"], address, jobs)
        assert "accepted=3, known=0, refused=1" in capsys.readouterr().out
        await names["school_async"](address, iter(jobs))
        said = capsys.readouterr().out
        assert "accepted=0, known=3, refused=1" in said
        assert "\nS-bad there is no such kind" in said
        events: list[str] = []
        async with open_lasting_client(address, "tests") as client:
            with trio.CancelScope() as scope:

                def done(event: str, facts: dict[str, Any], cursor: str) -> None:
                    assert cursor
                    events.append(event)
                    if events.count("submitted") == 3:
                        scope.cancel()

                await names["follow"](client, "", done)
        assert events.count("submitted") == 3
