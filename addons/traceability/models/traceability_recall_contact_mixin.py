from odoo import api, fields, models


class TraceabilityRecallContactMixin(models.AbstractModel):
    """A customer in a recall, and whoever there can be reached.

    A model that inherits it has ``partner_id``.
    """

    _name = "traceability.recall.contact.mixin"
    _description = "Recall Contact Mixin"

    contact_id = fields.Many2one(
        "res.partner",
        compute="_compute_contact",
        help="Whoever of the customer can be reached.",
    )
    email = fields.Char(compute="_compute_contact")
    phone = fields.Char(compute="_compute_contact")

    @api.depends(
        "partner_id.email",
        "partner_id.phone",
        "partner_id.child_ids.email",
        "partner_id.child_ids.phone",
    )
    def _compute_contact(self):
        for row in self:
            partner = row.partner_id
            contact = partner._find_recall_contact() if partner else partner
            row.contact_id = contact
            row.email, row.phone = contact.email, contact.phone
