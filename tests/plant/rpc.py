"""Odoo over JSON-RPC, as an administrator's script would use it."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import requests


class OdooError(Exception):
    """Odoo refused; the text is the sentence a person would read."""


@dataclass
class Odoo:
    """One signed-in user.

    :param url: without a slash at the end.
    """

    url: str
    database: str
    login: str
    password: str = field(repr=False)
    uid: int = 0
    numbers: Any = field(default_factory=lambda: itertools.count(1), repr=False)

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.uid = self._call(
            "common", "login", self.database, self.login, self.password
        )
        if not self.uid:
            raise OdooError(f"{self.login} cannot sign in.")

    def _call(self, service: str, method: str, *arguments: Any) -> Any:
        response = self.session.post(
            f"{self.url}/jsonrpc",
            timeout=120,
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "id": next(self.numbers),
                "params": {"service": service, "method": method, "args": arguments},
            },
        )
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            data = answer["error"].get("data") or {}
            raise OdooError(data.get("message") or answer["error"].get("message"))
        return answer.get("result")

    def call(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a public method of a model."""
        return self._call(
            "object",
            "execute_kw",
            self.database,
            self.uid,
            self.password,
            model,
            method,
            arguments,
            options,
        )

    def run_cron(self, cron: int, patience_seconds: float = 60) -> None:
        """Run a scheduled action now; one that runs already is waited for."""
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                self.call("ir.cron", "method_direct_trigger", [cron])
                return
            except OdooError as error:
                if "already executing" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.5)

    def create(self, model: str, **values: Any) -> int:
        return self.call(model, "create", [values])[0]

    def search(self, model: str, *domain: Any, **options: Any) -> list[int]:
        return self.call(model, "search", list(domain), **options)

    def count(self, model: str, *domain: Any) -> int:
        return self.call(model, "search_count", list(domain))

    def read(
        self, model: str, *domain: Any, fields: list[str], **options: Any
    ) -> list[Any]:
        return self.call(model, "search_read", list(domain), fields=fields, **options)

    def get(self, model: str, record_id: int, *fields: str) -> dict[str, Any]:
        return self.call(model, "read", [record_id], list(fields))[0]

    def ref(self, xmlid: str) -> int:
        """Return the id behind an external identifier."""
        module, _, name = xmlid.partition(".")
        rows = self.read(
            "ir.model.data",
            ("module", "=", module),
            ("name", "=", name),
            fields=["res_id"],
        )
        return rows[0]["res_id"]
