"""A real Chromium, spoken to over its DevTools protocol."""

import base64
import contextlib
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import websocket

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # A page that was left keeps its database open there, and the next one waits for it.
    "--disable-features=BackForwardCache",
    "--hide-scrollbars",
    "--window-size=1440,1200",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--lang=en-US",
)
# A first page builds every asset bundle; beside other suites that takes its time.
WAIT_SECONDS = 120
SIGN_IN_SECONDS = 45
SIGN_IN_ATTEMPTS = 3


class Browser:
    """One page. Everything waits for what it names, and fails with what was there."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.console_errors: list[str] = []
        self._numbers = itertools.count(1)

    def __enter__(self) -> "Browser":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._launch()
        return self

    def _launch(self) -> None:
        self._profile = tempfile.mkdtemp(prefix="odoo-browser-")
        self._process = subprocess.Popen(
            ["chromium", *FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = self._wait_for_port()
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/json", timeout=30
        ) as answer:
            pages = json.loads(answer.read())
        page = next(page for page in pages if page["type"] == "page")
        self._socket = websocket.create_connection(
            page["webSocketDebuggerUrl"], timeout=60
        )
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")

    def __exit__(self, *_error: object) -> None:
        self._quit()

    def _quit(self) -> None:
        with contextlib.suppress(Exception):
            self._socket.close()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _wait_for_port(self) -> int:
        file = Path(self._profile) / "DevToolsActivePort"
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if file.exists() and (text := file.read_text().splitlines()):
                return int(text[0])
            time.sleep(0.1)
        raise AssertionError("Chromium did not start.")

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(
            json.dumps({"id": number, "method": method, "params": parameters})
        )
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self._notice(answer)

    def _notice(self, event: dict[str, Any]) -> None:
        """Keep what the console says of errors."""
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.console_errors.append(str(parameters["exceptionDetails"]))
        elif event.get("method") == "Runtime.consoleAPICalled":
            if parameters["type"] == "error":
                self.console_errors.append(str(parameters["args"]))
        elif event.get("method") == "Log.entryAdded":
            entry = parameters["entry"]
            # A websocket of the bus may close when a page is left.
            if entry["level"] == "error" and "websocket" not in entry.get("url", ""):
                self.console_errors.append(f"{entry['text']} {entry.get('url', '')}")

    def run(self, script: str) -> Any:
        """Evaluate JavaScript in the page. Returns its value."""
        result = self._send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise AssertionError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(
        self, script: str, failure: str, seconds: float = WAIT_SECONDS
    ) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.run(f"Boolean({script})"):
                return
            time.sleep(0.2)
        raise AssertionError(
            f"{failure}; the page says: {self.text()[:800]}; the console says: "
            f"{self.console_errors}"
        )

    def text(self) -> str:
        """Return all text of the page, values of fields included."""
        return (
            self.run("""
            [document.body?.innerText,
             ...[...document.querySelectorAll('input, textarea')].map((e) => e.value)]
            .join(' ')
        """)
            or ""
        )

    def sign_in(self, login: str, password: str) -> None:
        """Sign in and wait for the web client.

        On a busy machine a fresh Chromium sometimes never starts its client, with all
        files delivered and no error: as a person would, close it and open another.
        """
        for _attempt in range(SIGN_IN_ATTEMPTS - 1):
            try:
                self._sign_in(login, password, SIGN_IN_SECONDS)
            except AssertionError:
                self._quit()
                self._launch()
            else:
                return
        self._sign_in(login, password, WAIT_SECONDS)

    def sign_out(self) -> None:
        """Forget who was signed in."""
        self._send("Network.clearBrowserCookies")

    def _sign_in(self, login: str, password: str, seconds: float) -> None:
        self._send("Page.navigate", url=f"{self.url}/web/login")
        self.wait("document.querySelector('input[name=login]')", "No login form")
        self.wait("document.readyState === 'complete'", "The login page never ends")
        self.run(f"""
            document.querySelector('input[name=login]').value = {json.dumps(login)};
            document.querySelector('input[name=password]').value = {json.dumps(password)};
            document.querySelector('form.oe_login_form').submit();
        """)
        self.wait(
            "document.querySelector('.o_main_navbar')", "Signing in failed", seconds
        )

    def open(self, path: str, expected: str) -> None:
        """Go to a page of the client and wait until it shows something."""
        self._send("Page.navigate", url=f"{self.url}{path}")
        self.wait(
            "document.querySelector('.o_form_view, .o_list_view, .o_kanban_view,"
            " .o_integration_dashboard, .o_portal_wrap')"
            " && !document.querySelector('.o_blockUI')",
            f"{path} does not open",
        )
        if not expected.startswith("integration-"):
            self.expect(expected)

    def expect(self, *texts: str) -> None:
        """Wait until the page shows these texts, whatever their case."""
        for text in texts:
            deadline = time.monotonic() + WAIT_SECONDS
            while text.lower() not in self.text().lower():
                if time.monotonic() > deadline:
                    raise AssertionError(
                        f"'{text}' is missing in: {self.text()[:1500]}"
                    )
                time.sleep(0.2)

    def click_text(self, text: str, selector: str) -> None:
        """Click the element of a kind that shows a text."""
        pattern = json.dumps(re.escape(text))
        find = (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".find((e) => new RegExp('^\\\\s*' + {pattern} + '\\\\s*$').test(e.textContent))"
        )
        self.wait(find, f"There is no '{text}' to click")
        self.run(f"{find}.click()")

    def fill(self, field: str, value: str) -> None:
        """Type into a field of a form."""
        find = (
            f"document.querySelector('[name={field}] input, [name={field}] textarea')"
        )
        self.wait(find, f"There is no field {field}")
        self.run(f"""
            (() => {{
                const element = {find};
                element.value = {json.dumps(value)};
                for (const kind of ['input', 'change']) {{
                    element.dispatchEvent(new Event(kind, {{bubbles: true}}));
                }}
            }})()
        """)

    def press(self, name: str) -> None:
        """Click a button of a form by its name."""
        find = f"document.querySelector('button[name={name}]:not([disabled])')"
        self.wait(find, f"There is no button {name}")
        self.run(f"{find}.click()")

    def take_console_errors(self) -> list[str]:
        """Return what the console said of errors since this was asked last."""
        errors, self.console_errors = self.console_errors, []
        return errors

    def shoot(self, name: str, settle_seconds: float = 0.7) -> Path:
        """Take a picture, once pictures and transitions settled. Returns its file."""
        time.sleep(settle_seconds)
        data = self._send("Page.captureScreenshot", format="png")["data"]
        file = self.folder / f"{name}.png"
        file.write_bytes(base64.b64decode(data))
        return file
