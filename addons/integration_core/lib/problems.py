"""Problem details for HTTP APIs (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Fault:
    """One fault of a payload.

    :param pointer: JSON Pointer (RFC 6901) into the event that was sent.
    :param detail: what is wrong there and what to send instead.
    """

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that tells a machine what was wrong and what to do about it.

    :param slug: stable kebab-case name, published as ``urn:problem:<slug>``.
    :param status: HTTP status code.
    :param headers: further response headers, such as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {slug}: {detail or title}")
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def as_dict(self) -> dict[str, Any]:
        """Return the body of the answer, RFC 9457 section 3."""
        body: dict[str, Any] = {
            "type": f"urn:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.faults:
            body["errors"] = [
                {"pointer": fault.pointer, "detail": fault.detail}
                for fault in self.faults
            ]
        return body
