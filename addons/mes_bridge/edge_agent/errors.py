"""What can go wrong, in words for the person or machine that caused it."""

from collections.abc import Sequence
from typing import Any


class AgentError(Exception):
    """The agent cannot go on; the text says what to do."""


class Refusal(Exception):
    """An event is not taken in. Nothing of it is kept.

    :param slug: stable kebab-case name, published as ``urn:problem:<slug>``.
    :param status: of an HTTP answer, RFC 9110.
    :param faults: ``(JSON Pointer, sentence)`` of each wrong member.
    :param retry_after_seconds: when to offer it again; None: never as it is.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        faults: Sequence[tuple[str, str]] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after_seconds = retry_after_seconds

    def as_dict(self) -> dict[str, Any]:
        """Return problem details, RFC 9457 section 3."""
        problem: dict[str, Any] = {
            "type": f"urn:problem:{self.slug}",
            "title": self.slug.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            problem["errors"] = [
                {"pointer": pointer, "detail": detail}
                for pointer, detail in self.faults
            ]
        return problem
