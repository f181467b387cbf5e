"""What is known of a delivery while it is worked on, without its record."""

from dataclasses import dataclass
from datetime import datetime

# Where each member of ``Work`` stands in the table.
COLUMNS = (
    "id",
    "system_id",
    "contract_id",
    "company_id",
    "lane_id",
    "order_scope",
    "attempt_count",
    "received_at",
    "started_at",
    "latency_target_seconds",
    "rescue_count",
)


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed delivery, as its handling and the recording of its attempt need it.

    :param order_scope: consumer and order key, None where order does not matter.
    :param attempt_count: this attempt included; moments are naive UTC.
    :param rescue_count: how often a worker ended before it was done with it.
    """

    delivery_id: int
    system_id: int
    contract_id: int
    company_id: int
    lane_id: int
    order_scope: str | None
    attempt_count: int
    received_at: datetime
    started_at: datetime | None
    latency_target_seconds: int
    rescue_count: int

    @property
    def flow_key(self) -> tuple[int, int]:
        """System and contract: what rules are looked up by."""
        return self.system_id, self.contract_id
