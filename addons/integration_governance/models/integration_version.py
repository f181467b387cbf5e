from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.snapshot import TEXT_MAX, diff


class IntegrationVersion(models.Model):
    """One state of one piece of configuration. Never edited."""

    _name = "integration.version"
    _inherit = "append.only.mixin"
    _description = "Configuration Version"
    _order = "id desc"

    name = fields.Char(readonly=True)
    res_model = fields.Char(string="Kind", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    number = fields.Integer(required=True, readonly=True)
    values = fields.Json(string="State (data)", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    author_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    approver_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    kept_at = fields.Datetime(required=True, readonly=True)
    difference = fields.Html(
        compute="_compute_difference",
        string="Beside the version before",
        sanitize=False,
    )
    difference_to_present = fields.Html(
        compute="_compute_difference", string="Beside the present state", sanitize=False
    )

    _number_unique = models.UniqueIndex(
        "(res_model, res_id, number)", "This version is kept already."
    )

    @api.depends("name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.name} · {version.number}"

    @api.model
    def _keep(self, records):
        """Keep the present state of governed records of one model."""
        # Written here only, for whoever changed the record.
        Version = self.sudo()
        numbers = dict(
            Version._read_group(
                [("res_model", "=", records._name), ("res_id", "in", records.ids)],
                ["res_id"],
                ["number:max"],
            )
        )
        change = Version.env["integration.change.request"].browse(
            self.env.context.get("integration_change_request_id")
            if self.env.su
            else False
        )
        Version.create(
            [
                {
                    "name": record.display_name,
                    "res_model": record._name,
                    "res_id": record.id,
                    "number": numbers.get(record.id, 0) + 1,
                    "values": record._snapshot(),
                    "company_id": record._get_governed_company().id,
                    "author_id": (change.requested_by or self.env.user).id,
                    "approver_id": change.decided_by.id,
                    "kept_at": fields.Datetime.now(),
                }
                for record in records
            ]
        )

    def _get_record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    @api.depends("values", "res_model", "res_id", "number")
    def _compute_difference(self):
        for version in self:
            before = self.search(
                [
                    ("res_model", "=", version.res_model),
                    ("res_id", "=", version.res_id),
                    ("number", "=", version.number - 1),
                ]
            )
            record = version._get_record()
            present = record._snapshot() if record else {}
            version.difference = self._render(before.values or {}, version.values)
            version.difference_to_present = self._render(version.values, present)

    @api.model
    def _render(self, before, after):
        """Return two states side by side, as a table of what differs."""
        rows = Markup().join(
            Markup("<tr><th>%s</th><td><del>%s</del></td><td><ins>%s</ins></td></tr>")
            % (found.field, self._show(found.before), self._show(found.after))
            for found in diff(before or {}, after or {})
        )
        if not rows:
            return Markup("<p>%s</p>") % self.env._("No difference.")
        return (
            Markup('<table class="table table-sm o_integration_diff">%s</table>') % rows
        )

    def _show(self, value):
        if value in (None, False, []):
            return "–"
        return escape(str(value)[:TEXT_MAX])

    def action_restore(self):
        """Bring this state back; where four eyes are asked for, as a change."""
        self.ensure_one()
        record = self._get_record()
        if not record:
            raise UserError(self.env._("The record was deleted."))
        record.check_access("write")
        present = record._snapshot()
        wanted = {d.field: d.after for d in diff(present, self.values)}
        record.write(record._read_values(wanted, here=True))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
