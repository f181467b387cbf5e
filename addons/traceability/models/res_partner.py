from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _find_recall_contact(self):
        """Return who is written to: the customer, or else whoever there can be reached.

        A company often has no address of its own, but people who have.
        """
        self.ensure_one()
        people = self | self.child_ids
        return (people.filtered("email") or people.filtered("phone") or self)[:1]
