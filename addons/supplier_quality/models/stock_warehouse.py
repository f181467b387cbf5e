from odoo import models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    def _get_rejected_place(self):
        """Return the place for goods without a lot that may only be scrapped or returned."""
        quarantine = self._get_quarantine_place().sudo()  # as below
        place = quarantine.child_ids.filtered(
            lambda place: place.disposition == "rejected"
        )[:1]
        if not place:
            place = quarantine.create(
                {"name": self.env._("Rejected"), "location_id": quarantine.id}
            )
            place._set_disposition(
                "rejected", self.env._("What is rejected lies here"), path="system"
            )
        return place.with_env(self.env)

    def _get_quarantine_place(self):
        """Return the place for held goods of the warehouse; one is made where none is."""
        self.ensure_one()
        # Where held goods go is decided by rule, whoever receives them.
        places = self.env["stock.location"].sudo()
        place = places.search(
            [
                ("is_quarantine", "=", True),
                ("usage", "=", "internal"),
                ("location_id", "child_of", self.view_location_id.id),
            ],
            limit=1,
        )
        place = place or place.create(
            {
                "name": self.env._("Quarantine"),
                "location_id": self.lot_stock_id.id,
                "is_quarantine": True,
                "company_id": self.company_id.id,
            }
        )
        return place.with_env(self.env)
