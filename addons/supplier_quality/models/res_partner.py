from odoo import api, fields, models

from .quality_approved_vendor import MODE
from .quality_scorecard import GRADE


class ResPartner(models.Model):
    _inherit = "res.partner"

    vendor_list_mode = fields.Selection(
        MODE,
        string="Vendor list",
        help="What buying from it without approval does. Empty: as the company says.",
    )
    scorecard_ids = fields.One2many("quality.scorecard", "partner_id")
    quality_grade = fields.Selection(GRADE, compute="_compute_quality_grade")

    def _compute_quality_grade(self):
        for partner in self:
            # A grade is shown to whoever buys, also without reading scorecards.
            cards = partner.commercial_partner_id.sudo().scorecard_ids
            own = cards.filtered(lambda card: card.company_id in self.env.companies)
            partner.quality_grade = own.sorted("period", reverse=True)[:1].grade

    @api.model
    def _name_supplier(self, vals):
        """Return values in which ``partner_id`` is the company of a contact.

        What is said of a contact is said of its company, which is who is bought from.
        """
        if not vals.get("partner_id"):
            return vals
        partner = self.browse(vals["partner_id"])
        return dict(vals, partner_id=partner.commercial_partner_id.id)

    def action_open_scorecards(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_scorecard_action"
        )
        domain = [("partner_id", "=", self.commercial_partner_id.id)]
        return dict(action, domain=domain, context={})
