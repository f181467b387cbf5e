from odoo import api, fields, models

FAULTS_SHOWN = 100


class IntegrationSealVerification(models.Model):
    """A comparison of one ledger with its seals, and what came of it."""

    _name = "integration.seal.verification"
    _inherit = ["append.only.mixin"]
    _description = "Seal Verification"
    _order = "id desc"
    _rec_name = "ledger"

    ledger = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [
            ("intact", "Intact"),
            ("broken", "Not intact"),
            ("empty", "Nothing sealed yet"),
        ],
        required=True,
        readonly=True,
    )
    seal_count = fields.Integer(string="Seals", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    last_mac = fields.Char(
        string="Newest seal",
        readonly=True,
        help="Keep a copy outside: later verifications must still contain it.",
    )
    faults = fields.Text(string="Findings", readonly=True)

    @api.model
    def _cron_verify(self):
        """Verify every ledger; tell the auditors of what is not intact."""
        verifications = self._verify()
        broken = verifications.filtered(lambda v: v.state == "broken")
        if broken:
            broken._tell_auditors()
        return verifications

    @api.model
    def _verify(self):
        """Compare every ledger with its seals now. Returns the verifications."""
        return self.create(
            [
                self._prepare_vals(ledger)
                for ledger in self.env["integration.seal"]._get_ledgers()
            ]
        )

    @api.model
    def _prepare_vals(self, ledger):
        # Seals and ledgers span companies; what an auditor reads here are counts.
        Seal = self.env["integration.seal"].sudo()
        seen = []
        faults = Seal._find_faults(ledger, progress=seen.append)
        shown = faults[:FAULTS_SHOWN]
        if len(faults) > len(shown):
            shown.append(self.env._("… and %s more.", len(faults) - len(shown)))
        return {
            "ledger": ledger,
            "state": "broken" if faults else "intact" if seen else "empty",
            "seal_count": len(seen),
            "row_count": sum(entry.row_count for entry in seen),
            "last_mac": seen[-1].mac if seen else False,
            "faults": "\n".join(shown) or False,
        }

    @api.model
    def _note_fault(self, ledger, sentence):
        """Put on record, and tell the auditors, what was found beside a verification."""
        vals = {"ledger": ledger, "state": "broken", "faults": sentence}
        self.create(vals)._tell_auditors()

    def _tell_auditors(self):
        auditors = self.env.ref("integration_core.integration_core_group_auditor")
        self.env["mail.mail"].create(
            {
                "subject": self.env._("A sealed ledger is not intact"),
                "body_html": self._prepare_mail_body(),
                "recipient_ids": [
                    fields.Command.set(auditors.all_user_ids.partner_id.ids)
                ],
                "auto_delete": False,
            }
        ).send()

    def _prepare_mail_body(self):
        return self.env["ir.qweb"]._render(
            "integration_core.integration_seal_broken_mail", {"verifications": self}
        )

    @api.model
    def action_verify(self):
        """Verify now, and show the outcome."""
        self.check_access("read")
        # Nobody writes verifications by hand: this is the one way to make them.
        verifications = self.sudo()._verify()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_seal_verification_action"
        )
        return dict(action, domain=[("id", "in", verifications.ids)])
