from odoo import api, fields, models


class ResUsers(models.Model):
    """The plants whose connections a person sees."""

    _inherit = "res.users"

    integration_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "res_users_integration_warehouse_rel",
        string="Plants",
        help="Whoever has plants here sees only messages, exceptions and connections of "
        "systems of these plants, and of systems without a plant. Empty: of all plants.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self._forget_plants(*vals_list)
        return users

    def write(self, vals):
        result = super().write(vals)
        self._forget_plants(vals)
        return result

    def _forget_plants(self, *vals_list):
        """The plants of a person are kept in a cache (``ir.rule``)."""
        if any("integration_warehouse_ids" in vals for vals in vals_list):
            self.env.registry.clear_cache()
