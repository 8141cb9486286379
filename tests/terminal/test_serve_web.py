"""A class in the browser: a websocket as a page would open it, with a terminal behind it."""

import asyncio
import hashlib
import json
import re
import tomllib
from importlib.resources import files

import aiohttp
import pyte
import pytest
from class_server import ClassServer
from terminal import PATIENCE_S

from nnsim.recording import save


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory):
    place = tmp_path_factory.mktemp("web")
    folder = place / "served"
    folder.mkdir()
    save(folder / "xor.nnsim", [trained("xor").timeline])
    one = ClassServer(place, folder, door="web")
    one.token = re.search(r"\?token=(\S+)", one.greeting)[1]
    one.address = f"http://127.0.0.1:{one.port}"
    yield one
    assert one.close() == 0


class Tab:
    """A page's terminal: what comes over the websocket is drawn, and questions of the program are answered."""

    def __init__(self, socket, columns=100, lines=30):
        self.socket, self.said = socket, ""
        self.screen = pyte.Screen(columns, lines)
        self.screen.write_process_input = self._reply
        self._answers = []
        self._stream = pyte.ByteStream(self.screen)

    async def wait_for(self, text):
        async with asyncio.timeout(PATIENCE_S):
            while not any(text in line for line in (*self.screen.display, self.said)):
                message = await self.socket.receive()
                if message.type == aiohttp.WSMsgType.BINARY:
                    self._stream.feed(message.data)
                elif message.type == aiohttp.WSMsgType.TEXT:
                    self.said = json.loads(message.data)["say"]
                else:
                    assert message.type not in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE), "\n".join(
                        self.screen.display
                    )
                while self._answers:
                    await self.keys(self._answers.pop(0))

    def _reply(self, text):
        self._answers.append(text)

    async def keys(self, text):
        await self.socket.send_bytes(text.encode())


def opened(server, client, **named):
    asked = {"token": server.token, "columns": "100", "rows": "30", **named.pop("query", {})}
    headers = {"Origin": server.address, **named}
    return client.ws_connect(f"{server.address}/terminal", params=asked, headers=headers)


async def test_keys_step_a_resize_follows_and_the_process_ends_with_the_tab(server):
    async with aiohttp.ClientSession() as client:
        async with opened(server, client) as socket:
            tab = Tab(socket)
            await tab.wait_for("xor.nnsim")
            await tab.keys("\r")
            await tab.wait_for("epoch 0/10,000")
            await tab.keys("\x1b[C")
            await tab.wait_for("epoch 1/10,000")
            await socket.send_str(json.dumps({"columns": 80, "rows": 24}))
            tab.screen.resize(24, 80)
            await tab.wait_for("epoch 1/10,000")
        server.wait_for(r"end .*student=guest .*the tab was closed")


async def test_two_tabs_are_two_sessions_and_a_link_opens_a_recording_at_a_place(server):
    async with aiohttp.ClientSession() as client, opened(server, client) as first:
        query = {"opens": "xor", "at": "loss<0.2"}
        async with opened(server, client, query=query) as second:
            one, other = Tab(first), Tab(second)
            await other.wait_for("· loss 0.19")
            await one.wait_for("xor.nnsim")
            await one.keys("q")
            await one.wait_for("The session has ended")


@pytest.mark.parametrize(
    ("query", "origin", "status"),
    [
        ({"token": "wrong"}, None, 403),
        ({"token": ""}, None, 403),
        ({}, "http://elsewhere.example", 403),
        ({}, "null", 403),
    ],
)
async def test_a_wrong_token_and_a_foreign_page_are_refused(server, query, origin, status):
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with opened(server, client, query=query, Origin=origin or server.address):
                pass
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"opens": "../../etc/passwd"}, "is not served here"),
        ({"opens": "xor", "at": "nowhere"}, "is no place"),
        ({"student": "../x"}, "is no name"),
    ],
)
async def test_what_cannot_be_opened_is_said_on_the_page(server, query, said):
    async with aiohttp.ClientSession() as client, opened(server, client, query=query) as socket:
        await Tab(socket).wait_for(said)


async def test_the_page_fetches_nothing_from_elsewhere(server):
    async with aiohttp.ClientSession() as client:
        async with client.get(server.address) as answer:
            assert answer.status == 403
        async with client.get(f"{server.address}/replay/xor", params={"token": server.token}) as answer:
            page = await answer.text()
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        linked = re.findall(r'(?:src|href)="([^"]+)"', page)
        async with client.get(f"{server.address}/static/page.css") as answer:
            linked += re.findall(r'url\("([^"]+)"\)', await answer.text())
        assert len(linked) == 7
        for one in linked:
            assert one.startswith("/static/")
            async with client.get(f"{server.address}{one}") as answer:
                assert answer.status == 200
        async with client.get(f"{server.address}/static/sources.toml") as answer:
            assert answer.status == 404


def test_what_others_made_is_what_they_published():
    static = files("nnsim.serve") / "static"
    for name, source in tomllib.loads((static / "sources.toml").read_text()).items():
        assert hashlib.sha256((static / name).read_bytes()).hexdigest() == source["sha256"], name
        assert (static / source["licence"]).read_text()
