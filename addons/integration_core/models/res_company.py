from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        self.env["integration.message"]._refuse_if_logged(self, "company_id")
