"""Programs that know nothing of our code: an example in Node.js, and an editor with its own MessagePack-RPC."""

import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
import trio

from running import SITE, cards, printing_city, selftest

EXAMPLE = Path(__file__).parent.parent / "examples" / "node"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its one dependency, in a folder of its own."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js is not installed (apt: nodejs npm)")
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    if (EXAMPLE / "node_modules").is_dir():
        shutil.copytree(EXAMPLE / "node_modules", folder / "node_modules")
    else:
        installed = subprocess.run(
            ["npm", "ci", "--silent", "--no-audit", "--no-fund"],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=90,
        )
        if installed.returncode:
            pytest.skip(f"npm cannot fetch @msgpack/msgpack here: {installed.stderr.strip()[-200:]}")
    return folder


def job_file(folder: Path, ticket: str) -> Path:
    path = folder / f"{ticket}.json"
    path.write_text(json.dumps(selftest(ticket)))
    return path


async def run_node(folder: Path, address: str, *files: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", str(folder / "print.mjs"), address, *map(str, files)]
    done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


async def test_the_node_example_prints_and_knows_its_jobs_again(node: Path, tmp_path: Path) -> None:
    files = [job_file(tmp_path, "N-1"), job_file(tmp_path, "N-2")]
    async with printing_city(tmp_path) as (_, printer):
        address = f"unix:{tmp_path / 's.sock'}"
        first = await run_node(node, address, *files)
        assert first.returncode == 0, first.stdout + first.stderr
        assert first.stdout.count("accepted") == first.stdout.count("completed") == 2
        again = await run_node(node, address, *files)
        assert again.stdout.count("known already") == 2
        assert len(cards(printer)) == 2


async def test_the_node_example_says_what_is_wrong_with_a_job(node: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(selftest("N-3") | {"site": "99.99.99"}))
    async with printing_city(tmp_path):
        done = await run_node(node, f"unix:{tmp_path / 's.sock'}", file, job_file(tmp_path, "N-4"))
    assert done.returncode == 1
    assert "bad.json: unknown-site: " in done.stdout
    assert "completed" in done.stdout  # its neighbour was not harmed


async def relay_that_loses_an_answer(server: str, proxy: trio.SocketListener, cut: list[int]) -> None:
    """Hands bytes on; the first answer that names a job never arrives: the connection ends instead."""

    async def relay(client: trio.SocketStream) -> None:
        async with client, await trio.open_unix_socket(server) as spooler, trio.open_nursery() as nursery:

            async def up() -> None:
                async for data in client:
                    await spooler.send_all(data)
                nursery.cancel_scope.cancel()

            nursery.start_soon(up)
            async for data in spooler:
                if not cut and b"number" in data:
                    cut.append(len(data))
                    break
                await client.send_all(data)
            nursery.cancel_scope.cancel()

    await trio.serve_listeners(relay, [proxy])


async def test_the_node_example_asks_again_where_an_answer_was_lost(node: Path, tmp_path: Path) -> None:
    cut: list[int] = []
    async with printing_city(tmp_path) as (_, printer), trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(partial(relay_that_loses_an_answer, str(tmp_path / "s.sock"), listener, cut))
        port = listener.socket.getsockname()[1]
        done = await run_node(node, f"tcp:127.0.0.1:{port}", job_file(tmp_path, "N-5"))
        nursery.cancel_scope.cancel()
        assert cut, "no answer was lost"
        assert done.returncode == 0, done.stdout + done.stderr
        assert "known already" in done.stdout
        assert len(cards(printer)) == 1


#: Neovim's own client of MessagePack-RPC, with nothing added: what it prints is JSON.
_EDITOR = """
let c = sockconnect('pipe', '{socket}', {{'rpc': v:true}})
let hello = rpcrequest(c, 'hello', {{'application': 'editor', 'versions': [1]}})
let jobs = rpcrequest(c, 'submit', {{'jobs': [{job}]}})
let job = rpcrequest(c, 'job', {{'id': jobs[0].id, 'wait_ms': 30000}})
call writefile([json_encode([hello, jobs, job])], '{out}')
qall!
"""


async def test_an_editor_prints_a_card_with_its_own_rpc(tmp_path: Path) -> None:
    if shutil.which("nvim") is None:
        pytest.skip("Neovim is not installed (apt: neovim)")
    script, out = tmp_path / "card.vim", tmp_path / "out.json"
    job = json.dumps(selftest("V-1")).replace('"', "'")
    script.write_text(_EDITOR.format(socket=tmp_path / "s.sock", job=job, out=out))
    async with printing_city(tmp_path) as (_, printer):
        await trio.run_process(
            ["nvim", "--headless", "--clean", "-S", str(script)],
            env=os.environ | {"HOME": str(tmp_path)}, capture_stderr=True,
        )  # fmt: skip
        hello, (answer,), last = json.loads(out.read_text())
        assert hello["principal"] == "kantor"
        assert answer["state"] == "pending"
        assert (last["id"], last["state"], last["site"]) == (answer["id"], "completed", SITE)
        assert len(cards(printer)) == 1
