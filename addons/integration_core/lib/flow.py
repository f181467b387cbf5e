"""The rules of one flow, and what holds where nobody set any."""

from dataclasses import dataclass, field, replace

from .ordering import OrderRules


@dataclass(frozen=True)
class Flow:
    """How the deliveries of one flow are worked off.

    :param schedule: seconds before the second, third … attempt.
    :param latency_target_seconds: from received to done.
    :param lane_id: database id of the lane, 0 when there is none.
    :param policy_id: database id of the policy, 0 where the tier's defaults hold.
    :param rate_limit_per_minute: messages of this flow that are taken in; 0: as many
        as its system may send.
    :param retention_days: how long settled messages are kept; 0: for good.
    """

    tier: str
    max_attempts: int
    schedule: tuple[int, ...]
    latency_target_seconds: int
    lane_id: int = 0
    policy_id: int = 0
    order: OrderRules = field(default_factory=OrderRules)
    rate_limit_per_minute: int = 0
    requires_idempotency_key: bool = False
    replay_needs_approval: bool = False
    retention_days: int = 0

    def in_lane(self, lane_id: int) -> "Flow":
        """Return the same rules in a lane of this database."""
        return replace(self, lane_id=lane_id)


URGENT_TIER = "1"
DEFAULTS = {
    URGENT_TIER: Flow(URGENT_TIER, 8, (2, 5, 15, 60, 300, 900), 2),
    "2": Flow("2", 10, (5, 30, 120, 600, 1800, 7200), 60),
    "3": Flow("3", 12, (60, 300, 1800, 7200, 18000), 3600),
}
