"""What a reservation may take from stock."""

from dataclasses import dataclass

from .decision import STATUSES, Status, Use, is_allowed, is_allowed_in_place


@dataclass(frozen=True)
class ReservationScope:
    """The use that goods are wanted for.

    It travels in the context. Being no JSON value, nobody can send one from outside.

    :param permitted: lots with what a permit still opens for this use, in the product's
        unit; ``inf`` where the permit names no quantity.
    """

    use: Use = "consume"
    permitted: tuple[tuple[int, float], ...] = ()

    @property
    def permitted_lot_ids(self) -> list[int]:
        return [lot_id for lot_id, _quantity in self.permitted]

    def list_usable(self) -> list[Status]:
        """Return the statuses that let a lot be used this way."""
        return [status for status in STATUSES if is_allowed(status, self.use)]

    def list_usable_in_place(self) -> list[Status]:
        """Return the statuses of a place or package that let goods be used this way."""
        return [status for status in STATUSES if is_allowed_in_place(status, self.use)]
