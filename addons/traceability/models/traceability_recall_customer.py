from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from . import traceability_recall_step_queries as queries
from .traceability_recall_fields import AnswerReference, AnswerReferences


class TraceabilityRecallCustomer(models.Model):
    """What one customer has of one affected lot, returns taken off."""

    _name = "traceability.recall.customer"
    _inherit = ["traceability.recall.contact.mixin"]
    _description = "Affected Customer"
    _order = "id"  # as it was written: sorting again takes long where there is much
    _log_access = False

    recall_id = AnswerReference("traceability.recall", required=True, index=True)
    company_id = AnswerReference("res.company", required=True)
    partner_id = fields.Many2one("res.partner", ondelete="restrict", string="Customer")
    addresses = fields.Char(
        string="Delivered to", help="Addresses that are not the customer's own."
    )
    has_contact = fields.Boolean(
        compute="_compute_has_contact", string="Can be reached"
    )
    vertex = fields.Integer(required=True)
    lot_id = AnswerReference("stock.lot")
    node_id = AnswerReference("traceability.node", string="Batch without lot")
    product_id = AnswerReference("product.product")
    shipped_quantity = fields.Float(digits="Product Unit", string="Shipped")
    returned_quantity = fields.Float(
        digits="Product Unit", string="Returned before", help="Before the recall."
    )
    quantity = fields.Float(digits="Product Unit", string="Net quantity")
    reported_quantity = fields.Float(
        digits="Product Unit",
        string="Destroyed there",
        help="What the customer reports as destroyed or used up, and does not send back.",
    )
    recovered_quantity = fields.Float(
        compute="_compute_recovered_quantity",
        digits="Product Unit",
        string="Recovered",
        help="Returned since the recall, and destroyed there.",
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    picking_ids = AnswerReferences(
        "stock.picking",
        "traceability_recall_customer_picking_rel",
        "customer_id",
        "picking_id",
        string="Deliveries",
    )

    def write(self, vals):
        """:raises AccessError: the answer was found, and is not written."""
        if vals.keys() - {"reported_quantity"} and not self.env.su:
            raise AccessError(
                self.env._("Only what the customer reports can be entered here.")
            )
        return super().write(vals)

    @api.constrains("reported_quantity")
    def _check_reported_quantity(self):
        for customer in self:
            unit, reported = customer.uom_id, customer.reported_quantity
            if (
                unit.compare(reported, 0) < 0
                or unit.compare(reported, customer.quantity) > 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(partner)s had %(had)g %(unit)s: not more can be destroyed.",
                        partner=customer.partner_id.display_name or "?",
                        had=customer.quantity,
                        unit=unit.name,
                    )
                )

    @api.depends("reported_quantity", "returned_quantity")
    def _compute_recovered_quantity(self):
        returned = {}
        for company, rows in self._origin.grouped("company_id").items():
            vertices = sorted(set(rows.mapped("vertex")))
            returned |= queries.find_returned(self.env, company.id, vertices, rows.ids)
        for customer in self:
            # Whatever came back by now and had not when the recall was answered.
            since = returned.get(customer._origin.id, 0.0) - customer.returned_quantity
            customer.recovered_quantity = customer.reported_quantity + max(since, 0.0)

    @api.depends("email", "phone")
    def _compute_has_contact(self):
        for customer in self:
            customer.has_contact = bool(customer.email or customer.phone)

    def _get_effectiveness(self):
        """Return the share recovered, 0 to 1, the mean over products: units differ.

        Of nobody more counts than they had: it makes up for nothing that others still have.
        """
        shares = [
            sum(min(row.recovered_quantity, row.quantity) for row in rows) / had
            for rows in self.filtered(lambda row: row.quantity > 0)
            .grouped("product_id")
            .values()
            if (had := sum(rows.mapped("quantity"))) > 0
        ]
        return sum(shares) / len(shares) if shares else 1.0
