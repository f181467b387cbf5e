from odoo import fields, models


class IntegrationFilePickup(models.Model):
    """A file that was picked up, and what became of it."""

    _name = "integration.file.pickup"
    _inherit = "append.only.mixin"
    _description = "Picked File"
    _order = "id desc"

    source_id = fields.Many2one(
        "integration.file.source",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="source_id.company_id")
    name = fields.Char(string="File", required=True, readonly=True)
    kept_as = fields.Char(readonly=True)
    size = fields.Integer(string="Bytes", readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True)
    identity = fields.Char(
        readonly=True, help="SHA-256 of its name, its time and its content."
    )
    state = fields.Selection(
        [("done", "Taken in"), ("failed", "Not taken in as a whole")],
        required=True,
        readonly=True,
    )
    message_count = fields.Integer(string="Messages", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)
    error = fields.Text(readonly=True)

    _content_index = models.Index("(source_id, sha256) WHERE state = 'done'")
