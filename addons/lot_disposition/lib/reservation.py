"""What a reservation may take from stock."""

from dataclasses import dataclass

from .decision import (
    ALLOWED_TO_QUALITY_IN_PLACE,
    STATUSES,
    Status,
    Use,
    is_allowed,
    is_allowed_in_place,
)


@dataclass(frozen=True)
class Release:
    """What a permit lets out of a place or package.

    :param column: ``location_id`` or ``package_id``; :param path: of that record, as
        Odoo's ``parent_path``.
    :param quantity: what may still be reserved, in the product's unit.
    """

    permit_id: int
    column: str
    path: str
    quantity: float

    def lets_out(self, column: str, path: str, holder_path: str) -> bool:
        """Tell whether it is for goods there, and for what holds them.

        :param path: of the place or package the goods are in.
        :param holder_path: of the nearest one around that is on hold.
        """
        return (
            self.column == column
            and path.startswith(self.path)
            and self.path.startswith(holder_path)
        )


@dataclass(frozen=True)
class ReservationScope:
    """The use that goods are wanted for.

    It travels in the context. Being no JSON value, nobody can send one from outside.

    :param permitted: lots with what a permit still opens for this use, in the product's
        unit; ``inf`` where the permit names no quantity.
    :param released: what may leave the places and packages that hold it.
    """

    use: Use = "consume"
    permitted: tuple[tuple[int, float], ...] = ()
    released: tuple[Release, ...] = ()

    @property
    def permitted_lot_ids(self) -> list[int]:
        return [lot_id for lot_id, _quantity in self.permitted]

    def get_use_of(self, column: str) -> Use:
        """Return what the use means for a place or package around the goods.

        What comes in out of a place, such as one of transit, is moved out of it.
        """
        leaves = self.use == "inbound" and column == "location_id"
        return "internal" if leaves else self.use

    @property
    def may_be_released(self) -> bool:
        """Whether this is a use that lets goods out of a place or package at all."""
        return self.get_use_of("location_id") in ALLOWED_TO_QUALITY_IN_PLACE

    def without_permits(self) -> "ReservationScope":
        return ReservationScope(self.use)

    def list_released_patterns(self, column: str) -> list[str]:
        """Return LIKE patterns of the paths of what goods may leave."""
        return [f"{one.path}%" for one in self.released if one.column == column]

    def list_usable(self) -> list[Status]:
        """Return the statuses that let a lot be used this way."""
        return [status for status in STATUSES if is_allowed(status, self.use)]

    def list_usable_in(self, column: str) -> list[Status]:
        """Return the statuses of a place or package that let goods be used this way."""
        use = self.get_use_of(column)
        return [status for status in STATUSES if is_allowed_in_place(status, use)]
