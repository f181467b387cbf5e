from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.lot_disposition.exceptions import LotOnHoldError


class MesOrder(models.Model):
    """A hold holds on the shop floor too: what it used all the same, a person hears of."""

    _inherit = "mes.order"

    def _post(self, folded):
        try:
            return super()._post(folded)
        except LotOnHoldError as error:
            # Nothing of the report is kept: the delivery rolls back and waits.
            lot = self._find_held_lot()
            raise BusinessError(
                str(error),
                kind="mes_bridge.lot_on_hold",
                fingerprint=f"{self.name}:{lot.id}",
                values={"mes_order_id": self.id, "mes_lot_id": lot.id},
            ) from error

    def _find_held_lot(self):
        """Return the held lot that the newest reports speak of."""
        return (
            self._get_events().sorted("id", reverse=True).lot_id.filtered("is_held")[:1]
        )
