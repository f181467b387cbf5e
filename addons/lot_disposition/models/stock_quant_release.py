from odoo import fields, models
from odoo.exceptions import UserError


class StockQuant(models.Model):
    """What a place or a package holds is released from its stock."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.quant"

    is_held_by_place = fields.Boolean(
        compute="_compute_disposition", help="By its place or package, not by its lot."
    )

    def _compute_disposition(self):
        result = super()._compute_disposition()
        for quant in self:
            quant.is_held_by_place = bool(quant._find_place_holder())
        return result

    def _find_place_holder(self):
        """Return the place or package that holds these goods, or None."""
        for holder, _status in self._get_holders():
            if holder._disposition_column != "lot_id":
                return holder
        return None

    def action_release_quantity(self):
        """Ask how much of these goods may leave the place or package that holds them."""
        self.ensure_one()
        holder = self._find_place_holder()
        if holder is None:
            raise UserError(
                self.env._("No place or package holds %s.", self.product_id.display_name)
            )
        column = holder._disposition_column
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release %s", self.product_id.display_name),
            "res_model": "lot.disposition.permit",
            "view_mode": "form",
            "context": {
                f"default_{column}": self[column].id,
                "default_product_id": self.product_id.id,
                "default_quantity": self.quantity,
            },
        }
