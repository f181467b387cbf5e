"""How one attempt ended, and what that means for its delivery."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EXCERPT_MAX = 2000

HTTP_OK = range(200, 300)
HTTP_GONE = 410
HTTP_TOO_MANY = 429
HTTP_UNAVAILABLE = 503
# Longer than this nobody is left alone for one answer.
PAUSE_MAX_SECONDS = 3600


@dataclass(frozen=True)
class Outcome:
    """The result of one attempt.

    :param state: what the delivery becomes; ``retry`` turns into ``dead`` once the
        policy's attempts are used up.
    :param excerpt: at most 2,000 characters, without secrets.
    :param started_at: of the request itself, naive UTC; default: of the claim.
    :param values: further values of the delivery (result, linked document …).
    """

    state: Literal["done", "ignored", "retry", "dead", "parked"]
    excerpt: str = ""
    http_status: int | None = None
    error_class: str = ""
    error_code: str = ""
    retry_after_seconds: float | None = None
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    exception: Any = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def says_nothing_of_the_endpoint(self) -> bool:
        """Whether nothing was sent, or the receiver only asked for another pace."""
        return self.state == "parked" or self.http_status == HTTP_TOO_MANY

    @property
    def is_no_attempt(self) -> bool:
        """Whether the receiver did not look at it: it asked for another pace."""
        return self.state == "retry" and self.http_status == HTTP_TOO_MANY

    @property
    def pause_seconds(self) -> float:
        """How long the receiver asks to be left alone with everything; 0: not at all."""
        if self.http_status not in (HTTP_TOO_MANY, HTTP_UNAVAILABLE):
            return 0
        return min(self.retry_after_seconds or 0, PAUSE_MAX_SECONDS)


def judge_response(
    status: int, excerpt: str, retry_after_seconds: float | None
) -> Outcome:
    """Return what a receiver's answer means (Standard Webhooks, "Delivery").

    Only 2xx is success. 410 is final; any other answer is tried again, because
    receivers answer 4xx while they are being set up.
    """
    text = excerpt[:EXCERPT_MAX]
    if status in HTTP_OK:
        return Outcome("done", text, http_status=status)
    return Outcome(
        "dead" if status == HTTP_GONE else "retry",
        text,
        http_status=status,
        error_class="HTTPStatus",
        error_code=str(status),
        retry_after_seconds=retry_after_seconds,
    )
