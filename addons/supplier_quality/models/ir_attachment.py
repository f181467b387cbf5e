from odoo import api, models
from odoo.exceptions import UserError

# What would make another document of it, or of somebody else's.
CONTENT_FIELDS = {
    *("raw", "datas", "db_datas", "store_fname", "checksum", "file_size", "url", "type"),
    *("res_model", "res_id", "res_field", "mimetype", "name"),
}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if CONTENT_FIELDS & vals.keys():
            self._check_no_certificate()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certificate(self):
        self._check_no_certificate()

    def _check_no_certificate(self):
        """The document of a certificate is changed on it, which says when it may be.

        :raises UserError: names the certificate.
        """
        if self.env.su:
            return
        # Whose document it is decides, whoever may read it.
        for one in self.sudo():
            if one.res_model == "quality.certificate" and one.res_field == "document":
                raise UserError(
                    self.env._(
                        "This is the document of certificate %s and is kept with it.",
                        self.env["quality.certificate"].browse(one.res_id).display_name,
                    )
                )
