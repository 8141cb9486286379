"use strict";
// A terminal in the page, and one websocket behind it: bytes both ways, and as text the size of the terminal.
const message = document.getElementById("message");
const place = document.getElementById("terminal");

function say(text) {
  message.textContent = text;
}

async function begin() {
  // The cells are measured with the font, so it has to be there before the terminal is.
  await Promise.all([
    document.fonts.load('16px "nnsim mono"'),
    document.fonts.load('bold 16px "nnsim mono"'),
  ]);
  const terminal = new Terminal({
    fontFamily: '"nnsim mono", monospace',
    fontSize: Number(new URLSearchParams(location.search).get("size")) || 15,
    theme: { background: "#121212" },
    scrollback: 0,
    allowProposedApi: false,
  });
  const fit = new FitAddon.FitAddon();
  terminal.loadAddon(fit);
  terminal.open(place);
  fit.fit();
  terminal.focus();

  const address = new URL("/terminal" + location.search, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (location.pathname.startsWith("/replay/")) {
    address.searchParams.set("opens", decodeURIComponent(location.pathname.slice("/replay/".length)));
  }
  address.searchParams.set("columns", terminal.cols);
  address.searchParams.set("rows", terminal.rows);
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  const encoder = new TextEncoder();

  socket.onmessage = (event) => {
    if (typeof event.data === "string") {
      say(JSON.parse(event.data).say);
    } else {
      terminal.write(new Uint8Array(event.data));
    }
  };
  socket.onclose = () => {
    if (!message.textContent) say("The session has ended. Load the page again for another one.");
    terminal.options.disableStdin = true;
  };
  const send = (data) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(data);
  };
  terminal.onData((data) => send(encoder.encode(data)));
  terminal.onBinary((data) => send(Uint8Array.from(data, (one) => one.charCodeAt(0))));
  terminal.onResize((size) => send(JSON.stringify({ columns: size.cols, rows: size.rows })));
  // With a selection ctrl+c copies, as in every page; without one it is nnsim's key.
  terminal.attachCustomKeyEventHandler((event) => {
    const copies = event.ctrlKey && event.key === "c" && terminal.hasSelection();
    return !(copies || (event.ctrlKey && event.key === "v"));
  });
  new ResizeObserver(() => fit.fit()).observe(place);
  window.nnsimTerminal = terminal;
}

begin().catch((error) => say("The terminal could not be made: " + error.message));
