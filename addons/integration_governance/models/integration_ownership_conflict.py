import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import json_default


class IntegrationOwnershipConflict(models.Model):
    """A value that a system sent for a field it does not own; ours was kept."""

    _name = "integration.ownership.conflict"
    _inherit = [
        "integration.redacted.mixin",
        "guarded.fields.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Ownership Conflict"
    _order = "id desc"
    # Ours may be what the same system sent before.
    _redacted_fields = ("ours", "ours_text", "theirs", "theirs_text")
    # What was sent stays as it was sent, and who decided is who pressed the button.
    _guarded_fields = frozenset(
        {
            "rule_id",
            "company_id",
            "system_id",
            "message_uuid",
            "res_model",
            "res_id",
            "field_name",
            "ours",
            "theirs",
            "state",
            "decided_by",
        }
    )

    rule_id = fields.Many2one(
        "integration.ownership", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    system_id = fields.Many2one("integration.system", string="Sent by", index=True)
    message_uuid = fields.Char(string="Message")
    res_model = fields.Char(string="Kind", required=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True
    )
    field_name = fields.Char(string="Field", required=True)
    ours = fields.Json(string="Ours (data)")
    theirs = fields.Json(string="Theirs (data)")
    ours_text = fields.Char(compute="_compute_texts", string="Ours")
    theirs_text = fields.Char(compute="_compute_texts", string="Theirs")
    state = fields.Selection(
        [("open", "Open"), ("kept", "Ours stays"), ("taken", "Theirs taken")],
        required=True,
        default="open",
    )
    decided_by = fields.Many2one("res.users", readonly=True)

    @api.depends("ours", "theirs")
    def _compute_texts(self):
        for conflict in self:
            conflict.ours_text = json.dumps(conflict.ours, ensure_ascii=False)
            conflict.theirs_text = json.dumps(conflict.theirs, ensure_ascii=False)

    def _get_redacted_message(self):
        return self.env["integration.message"].search([("uuid", "=", self.message_uuid)])

    @api.model
    def _record(self, rule, records, name, value):
        """Keep the conflict; the same value of the same record is one conflict."""
        cause = self.env["integration.message"]._get_cause()
        system_id, _company = rule._get_service_users()[self.env.uid]
        theirs = json.loads(json.dumps(value, default=json_default))
        # The service user of the system writes no configuration; this is the way in.
        Conflict = self.sudo()
        for record in records:
            field = record._fields[name]
            vals = {
                "rule_id": rule.id,
                "company_id": rule.company_id.id,
                "system_id": system_id,
                "message_uuid": cause.get("uuid"),
                "res_model": record._name,
                "res_id": record.id,
                "field_name": name,
            }
            known = Conflict.search(
                [
                    ("rule_id", "=", rule.id),
                    ("res_id", "=", record.id),
                    ("field_name", "=", name),
                    ("state", "=", "open"),
                    ("system_id", "=", system_id),
                ],
                limit=1,
            )
            ours = field.convert_to_write(record[name], record)
            vals["ours"] = json.loads(json.dumps(ours, default=json_default))
            vals["theirs"] = theirs
            if known:
                known.write({k: vals[k] for k in ("ours", "theirs", "message_uuid")})
            else:
                Conflict.create(vals)

    def action_keep(self):
        self._decide("kept")

    def action_take(self):
        """Write their value after all, as the person who decides."""
        for conflict in self:
            conflict._check_open()
            record = self.env[conflict.res_model].browse(conflict.res_id)
            record.write({conflict.field_name: conflict.theirs})
        self._decide("taken")

    def _check_open(self):
        if self.state != "open":
            raise UserError(self.env._("This conflict is decided already."))

    def _decide(self, state):
        self.check_access("write")
        for conflict in self:
            conflict._check_open()
        # Nobody writes the row by hand: see _guarded_fields.
        self.sudo().write({"state": state, "decided_by": self.env.uid})
