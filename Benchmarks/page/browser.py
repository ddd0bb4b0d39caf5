"""A headless Chromium, driven through its own protocol with nothing but the standard library."""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request


class Browser:
    """One page of a Chromium of its own. Use it as a context: the process ends with it."""

    def __init__(self, width=1280, height=720, scale=1, dark=False):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            raise SystemExit("no chromium was found: apt-get install chromium")
        self.folder = tempfile.mkdtemp(prefix="tacho-page-")
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
             f"--user-data-dir={self.folder}", f"--window-size={width},{height}", "--no-first-run", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self._port()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(entry for entry in json.load(answer) if entry["type"] == "page")
        self.socket = _WebSocket(page["webSocketDebuggerUrl"])
        self.number = 0
        self.events = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
        if dark:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def _port(self):
        path = os.path.join(self.folder, "DevToolsActivePort")
        for _ in range(400):
            if os.path.exists(path):
                with open(path) as file:
                    lines = file.read().split("\n")
                if len(lines) > 1:
                    return int(lines[0])
            if self.process.poll() is not None:
                raise SystemExit("chromium ended before it could be reached")
            time.sleep(0.05)
        raise SystemExit("chromium did not open its port within 20 s")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression):
        """The value of an expression; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait(self, expression, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.evaluate(f"Boolean({expression})"):
                return
            time.sleep(0.02)
        raise RuntimeError(f"not true within {seconds} s: {expression}")

    def problems(self):
        """Errors in the console, exceptions, and requests to other hosts than this machine."""
        self.evaluate("0")
        found = []
        for event in self.events:
            name, body = event.get("method"), event.get("params", {})
            if name == "Runtime.exceptionThrown":
                found.append(body["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif name == "Log.entryAdded" and body["entry"]["level"] == "error":
                found.append(body["entry"]["text"])
            elif name == "Runtime.consoleAPICalled" and body["type"] in ("error", "assert"):
                found.append(" ".join(str(argument.get("value")) for argument in body["args"]))
            elif name == "Network.requestWillBeSent" and not body["request"]["url"].startswith(("http://127.0.0.1", "file:", "data:", "about:", "blob:")):
                found.append("request to " + body["request"]["url"])
        return found

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x, y, modifiers=0):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1, modifiers=modifiers)
        self.mouse("mouseReleased", x, y, button="left", buttons=0, clickCount=1, modifiers=modifiers)

    def drag(self, x, y, x2, y2, modifiers=0, steps=8):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1, modifiers=modifiers)
        for step in range(1, steps + 1):
            self.mouse("mouseMoved", x + (x2 - x) * step / steps, y + (y2 - y) * step / steps, button="left", buttons=1, modifiers=modifiers)
        self.mouse("mouseReleased", x2, y2, button="left", buttons=0, clickCount=1, modifiers=modifiers)

    def key(self, key):
        more = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


class _WebSocket:
    """The client's side of RFC 6455, as far as Chromium needs it."""

    def __init__(self, url):
        host, path = url.removeprefix("ws://").split("/", 1)
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)), timeout=120)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError("chromium refuses the connection: " + head.decode())

    def send(self, text):
        data = text.encode()
        if len(data) < 126:
            length = struct.pack("!B", 0x80 | len(data))
        elif len(data) < 1 << 16:
            length = struct.pack("!BH", 0x80 | 126, len(data))
        else:
            length = struct.pack("!BQ", 0x80 | 127, len(data))
        mask = os.urandom(4)
        repeated = mask * (len(data) // 4 + 1)
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(repeated[:len(data)], "big")).to_bytes(len(data), "big") if data else b""
        self.socket.sendall(b"\x81" + length + mask + masked)

    def _take(self, count):
        while len(self.buffer) < count:
            more = self.socket.recv(1 << 20)
            if not more:
                raise RuntimeError("chromium closed the connection")
            self.buffer += more
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive(self):
        text = b""
        while True:
            first, second = self._take(2)
            length = second & 127
            if length == 126:
                length = struct.unpack("!H", self._take(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self._take(8))[0]
            data = self._take(length)
            if first & 15 == 9:
                self.socket.sendall(b"\x8a\x80" + os.urandom(4))
                continue
            if first & 15 in (0, 1):
                text += data
                if first & 128:
                    return text.decode()
