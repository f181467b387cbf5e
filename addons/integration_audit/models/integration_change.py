import json

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL, json_default

from odoo.addons.integration_core.log_fields import LogReference


class IntegrationChange(models.Model):
    """Who changed what of the configuration, when, and through which path.

    A ledger, sealed like the log. Secrets are never in it.
    """

    _name = "integration.change"
    _inherit = ["append.only.mixin", "integration.sealed.mixin"]
    _description = "Configuration Change"
    _order = "id desc"
    _rec_name = "record_name"
    _log_access = False
    _sealed_columns = (
        "changed_at",
        "user_id",
        "path",
        "company_id",
        "operation",
        "res_model",
        "res_id",
        "record_name",
        "changes",
    )

    changed_at = fields.Datetime(required=True, readonly=True, index=True)
    user_id = LogReference("res.users", string="By", required=True, readonly=True)
    path = fields.Char(
        string="Through", required=True, readonly=True, help="How the change came in."
    )
    company_id = LogReference("res.company", readonly=True)
    operation = fields.Selection(
        [("created", "Created"), ("changed", "Changed"), ("deleted", "Deleted")],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Kind", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="Name", readonly=True)
    changes = fields.Json(string="Changes (data)", readonly=True)
    changes_text = fields.Text(compute="_compute_changes_text", string="Changes")

    _record_index = models.Index("(res_model, res_id)")

    def _get_written_at_sql(self):
        return SQL.identifier("changed_at")

    @api.depends("changes")
    def _compute_changes_text(self):
        for entry in self:
            entry.changes_text = "\n".join(
                f"{entry._get_label(name)}: {_show(old)} → {_show(new)}"
                for name, (old, new) in (entry.changes or {}).items()
            )

    def _get_label(self, name):
        field = self.env.get(self.res_model, self)._fields.get(name)
        return field.get_description(self.env, ["string"])["string"] if field else name

    @api.model
    def _record(self, operation, entries):
        """Put changes on record.

        :param entries: list of ``(record, {field: [old, new]})``.
        """
        if not entries:
            return
        # Whoever may change configuration cannot choose what is said about it.
        self.sudo().create(
            [
                {
                    "changed_at": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "path": self._get_path(),
                    "company_id": record.company_id.id
                    if "company_id" in record._fields
                    else False,
                    "operation": operation,
                    "res_model": record._name,
                    "res_id": record.id,
                    "record_name": record.display_name,
                    "changes": json.loads(json.dumps(changes, default=json_default)),
                }
                for record, changes in entries
            ]
        )

    @api.model
    def _get_path(self):
        context = self.env.context
        if cause := self.env["integration.message"]._get_cause():
            return f"message {cause.get('uuid')}"
        if request:
            return f"{request.httprequest.path} from {request.httprequest.remote_addr}"
        if cron := context.get("cron_id"):
            return f"scheduled action {cron}"
        if context.get("install_module") or context.get("install_mode"):
            return (
                f"addon {context.get('install_module') or context.get('module') or ''}"
            )
        return "server"

    def action_open_record(self):
        """Open what was changed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }


def _show(value):
    if value is None or value is False or value == []:
        return "∅"
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
        return value[1]
    return str(value)
