from odoo import models


class IntegrationOwnCompanyMixin(models.AbstractModel):
    """Records that nobody hands over to a company or a system they have no rights to.

    Odoo asks the record rules for what a record was, not for what a write makes of it: a
    secret of one's own system would become a secret of anybody's.
    """

    _name = "integration.own.company.mixin"
    _description = "Own Company Mixin"

    def write(self, vals):
        result = super().write(vals)
        if any(self._fields[name].type == "many2one" for name in vals):
            self.check_access("write")
        return result
