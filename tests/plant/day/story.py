"""What the parts of the day have in common."""

from tests.plant.setup import Plant

LOT_A, LOT_B, FINISHED_LOT = "RHC-2411-A", "RHC-2411-B", "PH-2411-01"


def message_id(plant: Plant, uuid: str) -> int:
    """Return the database id of a message."""
    return plant.odoo.search("integration.message", ("uuid", "=", uuid))[0]
