"""A real browser before `nnsim serve web`: `make test-web`, outside the suite, for a browser is large.

It speaks the protocol of Chromium's developer tools over a websocket, types into the page, resizes it, selects and
copies, cuts every other connection off, and looks at what stands on the terminal.
"""

import asyncio
import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "terminal")]

from class_server import ClassServer  # noqa: E402

from nnsim.recording import save  # noqa: E402
from nnsim.scenario.scenario import read_scenario  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402

PATIENCE_S = 30.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Everything that stands on the terminal, row by row.
READ = """(() => { const b = window.nnsimTerminal?.buffer.active; if (!b) return "";
  return [...Array(b.length).keys()].map(i => b.getLine(i).translateToString(true)).join("\\n"); })()"""


class Tab:
    """One page of the browser.  Args: socket: to its developer tools."""

    def __init__(self, socket):
        self.socket, self._number = socket, 0
        self.fetched = []

    async def tell(self, method, **parameters):
        """Carries out a command of the developer tools.  Returns: its result."""
        self._number += 1
        number = self._number
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = json.loads((await self.socket.receive()).data)
                if message.get("method") == "Network.requestWillBeSent":
                    self.fetched.append(message["params"]["request"]["url"])
                if message.get("id") == number:
                    assert "error" not in message, message
                    return message["result"]

    async def value(self, expression):
        done = await self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return done["result"].get("value")

    async def wait_for(self, text, *read):
        """Waits until a text stands on the terminal, or below it.  Returns: all that stands there.

        Args: read: expressions whose texts are looked at instead.
        """
        async with asyncio.timeout(PATIENCE_S):
            while True:
                asked = read or (READ, "document.getElementById('message').textContent")
                shown = "".join([await self.value(one) for one in asked])
                if text in shown:
                    return shown
                await asyncio.sleep(0.05)

    async def key(self, key, code=0, modifiers=0, text=None):
        for kind in ("keyDown", "keyUp"):
            named = {"type": kind, "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
            if text and kind == "keyDown":
                named["text"] = text
            await self.tell("Input.dispatchKeyEvent", **named)


class Browser:
    """Headless Chromium with its developer tools on a free port."""

    def __init__(self, folder):
        program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
        assert program, f"none of {', '.join(BROWSERS)} is installed"
        self.folder = folder
        self.process = subprocess.Popen(
            [
                *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                "--disable-dev-shm-usage",
                *("--remote-debugging-port=0", f"--user-data-dir={folder}", "--window-size=1000,700"),
                # No name but this machine's is found, so whatever the page fetched from elsewhere would be missing.
                *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    async def port(self):
        async with asyncio.timeout(PATIENCE_S):
            while not (path := Path(self.folder) / "DevToolsActivePort").exists() or not path.read_text():
                await asyncio.sleep(0.05)
        return int(path.read_text().split()[0])

    @contextlib.asynccontextmanager
    async def tab(self, client, address):
        async with client.put(f"http://127.0.0.1:{await self.port()}/json/new?about:blank") as answer:
            about = await answer.json(content_type=None)
        async with client.ws_connect(about["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            tab = Tab(socket)
            for domain in ("Page", "Network", "Runtime"):
                await tab.tell(f"{domain}.enable")
            await tab.tell("Page.navigate", url=address)
            yield tab, about["id"]

    async def close_tab(self, client, number):
        async with client.get(f"http://127.0.0.1:{await self.port()}/json/close/{number}") as answer:
            assert answer.status == 200


async def play(server, browser):
    address = re.search(r"http://\S+", server.greeting)[0]
    async with aiohttp.ClientSession() as client:
        async with browser.tab(client, address) as (tab, number):
            await tab.wait_for("xor.nnsim")
            elsewhere = [one for one in tab.fetched if not one.startswith(("http://127.0.0.1:", "ws://127.0.0.1:"))]
            assert not elsewhere, elsewhere
            assert await tab.value("document.fonts.check('16px \"nnsim mono\"')")
            say("the page loads with everything else cut off, its font too")
            await tab.key("Enter", 13, text="\r")
            before = await tab.wait_for("epoch 0/")
            await tab.key("End", 35)
            after = await tab.wait_for("epoch 300/300")
            assert plot(before) != plot(after)
            say("keys step, and the plot changes")
            columns = await tab.value("window.nnsimTerminal.cols")
            await tab.tell(
                "Emulation.setDeviceMetricsOverride", width=700, height=500, deviceScaleFactor=1, mobile=False
            )
            async with asyncio.timeout(PATIENCE_S):
                while await tab.value("window.nnsimTerminal.cols") == columns:
                    await asyncio.sleep(0.05)
            await tab.wait_for("epoch 300/300")
            (session,) = status(server)
            size = await tab.value("`${window.nnsimTerminal.cols}x${window.nnsimTerminal.rows}`")
            assert session["size"] == size, (session, size)
            say(f"a resize follows: {size}")
            await tab.tell(
                "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
            )
            await tab.value("window.nnsimTerminal.select(1, 0, 5)")
            assert "nnsim" in await tab.value("window.nnsimTerminal.getSelection()")
            await tab.tell("Page.bringToFront")
            await tab.value("document.execCommand('copy')")
            copied = await tab.value("navigator.clipboard.readText()")
            assert copied
            assert copied in await tab.value("window.nnsimTerminal.getSelection()")
            await tab.key("g", 71, text="g")
            await tab.wait_for("Go to")
            await tab.value("navigator.clipboard.writeText('100')")
            await tab.value("window.nnsimTerminal.paste('100')")
            await tab.key("Enter", 13, text="\r")
            await tab.wait_for("epoch 100/300")
            say("copy and paste work")
            async with browser.tab(client, address) as (other, other_number):
                await other.wait_for("xor.nnsim")
                assert len(status(server)) == 2
                say("two tabs are two sessions")
                await browser.close_tab(client, other_number)
            server.wait_for("end .*the tab was closed")
            await browser.close_tab(client, number)
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while status(server):
            assert asyncio.get_running_loop().time() < until
            await asyncio.sleep(0.1)
        say("each process ends with its tab")
        async with browser.tab(
            client, f"{address.partition('?')[0]}replay/xor?at=epoch%2050&{address.partition('?')[2]}"
        ) as (tab, _):
            await tab.wait_for("epoch 50/300")
            say("a link opens a recording at a place")
        async with browser.tab(client, address.partition("?")[0]) as (tab, _):
            await tab.wait_for("lacks the token", "document.body ? document.body.textContent : ''")
            say("without the token there is no page")


def plot(text):
    """The braille that stands on a screen."""
    return re.findall("[\u2801-\u28ff]+", text)


def status(server):
    from nnsim.serve.control import ask

    return ask(server.folder / "state" / "nnsim" / "serve")


def say(text):
    print(f"ok: {text}", flush=True)


def main():
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "served").mkdir()
        run = Run(read_scenario(ROOT / "scenarios" / "xor.toml"), "article", {"train.epochs": 300})
        run.advance_to(300)
        save(folder / "served" / "xor.nnsim", [run.timeline])
        server = ClassServer(folder, folder / "served", door="web")
        browser = Browser(folder / "browser")
        try:
            asyncio.run(play(server, browser))
        finally:
            browser.process.terminate()
            browser.process.wait(PATIENCE_S)
            server.close()


if __name__ == "__main__":
    main()
