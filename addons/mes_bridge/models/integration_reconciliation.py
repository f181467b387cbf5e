from odoo import fields, models


class IntegrationReconciliation(models.Model):
    _inherit = "integration.reconciliation"

    mes_since = fields.Datetime(
        string="Orders since",
        readonly=True,
        help="Orders that were closed before are not part of the snapshot.",
    )
    mes_unread_count = fields.Integer(
        string="Codes not read",
        readonly=True,
        help="Codes of the snapshot that stood for nothing here, or did not fit. Each is "
        "an exception; what was told in them is a difference of its own.",
    )

    def _reconcile(self):
        """Read anew what could not be read, now that codes may have been mapped."""
        self.lock_for_update()
        if (
            self.mes_unread_count
            and self.message_id
            and self.state in ("waiting", "failed")
        ):
            self._read_anew()
        return super()._reconcile()

    def _read_anew(self):
        message = self.message_id
        handler = self.env["integration.handler.production.snapshot"].with_context(
            integration_moment=message._get_moment()
        )
        figures, problems = handler._read_figures(message)
        self.invalidate_recordset(["line_ids"])
        self.line_ids.unlink()
        self.write({"line_count": 0, "mes_unread_count": len(problems)})
        self._add_figures(figures)
