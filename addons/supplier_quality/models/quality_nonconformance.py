from odoo import api, fields, models
from odoo.exceptions import UserError


class QualityNonconformance(models.Model):
    """Something that is not as specified, and what was done about it."""

    _name = "quality.nonconformance"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Nonconformance"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    state = fields.Selection(
        [("open", "Open"), ("contained", "Contained"), ("closed", "Closed")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
        index=True,
    )
    severity = fields.Selection(
        [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")],
        required=True,
        default="major",
        tracking=True,
    )
    description = fields.Text(required=True)
    conclusion = fields.Text(help="What was decided and done; needed to close.")
    inspection_id = fields.Many2one(
        "quality.inspection", index="btree_not_null", readonly=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="restrict"
    )
    lot_id = fields.Many2one(
        "stock.lot",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('product_id', '=', product_id)]",
    )
    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Receipt", index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", index="btree_not_null"
    )
    quantity = fields.Float(digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    user_id = fields.Many2one(
        "res.users", string="Owner", tracking=True, default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "quality.nonconformance"
                )
        return super().create(vals_list)

    def action_contain(self):
        """Quarantine the lot, so that nothing more of it is used."""
        for nonconformance in self:
            if not nonconformance.lot_id:
                raise UserError(
                    self.env._(
                        "Say which lot %s is about to contain it.", nonconformance.name
                    )
                )
            nonconformance.lot_id._set_disposition(
                "quarantined",
                self.env._(
                    "%(name)s: %(description)s",
                    name=nonconformance.name,
                    description=nonconformance.description.split("\n", 1)[0][:200],
                ),
                origin=nonconformance,
            )
            nonconformance.state = "contained"

    def action_close(self):
        for nonconformance in self:
            if not nonconformance.conclusion:
                raise UserError(
                    self.env._(
                        "Write down what was decided and done before closing %s.",
                        nonconformance.name,
                    )
                )
            nonconformance.state = "closed"

    def action_reopen(self):
        self.write({"state": "open"})

    def _publish_opened(self):
        for nonconformance in self:
            self.env["integration.message"]._publish(
                "nonconformance.opened",
                nonconformance,
                nonconformance._prepare_opened_payload(),
            )

    def _prepare_opened_payload(self):
        self.ensure_one()
        product = self.product_id
        return {
            "nonconformance": self.name,
            "item": product._get_item_code(),
            "lot": self.lot_id.name or "",
            "quantity": self.quantity,
            "unit": self.uom_id.name,
            "supplier": self.partner_id.name or "",
            "severity": self.severity,
            "description": self.description,
            "inspection": self.inspection_id.name or "",
        }
