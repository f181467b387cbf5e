from odoo import api, fields, models
from odoo.exceptions import ValidationError


class QualityCertificateLine(models.Model):
    """What a certificate states of one characteristic."""

    _name = "quality.certificate.line"
    _description = "Value of a Certificate"
    _order = "certificate_id, sequence, id"

    certificate_id = fields.Many2one(
        "quality.certificate", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="certificate_id.company_id", store=True, index=True
    )
    plan_id = fields.Many2one(related="certificate_id.plan_id")
    characteristic_id = fields.Many2one(
        "quality.characteristic", required=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="characteristic_id.sequence", store=True)
    kind = fields.Selection(related="characteristic_id.kind")
    requirement = fields.Char(related="characteristic_id.requirement")
    value = fields.Float(digits=0)
    is_stated = fields.Boolean(
        compute="_compute_is_stated",
        store=True,
        readonly=False,
        help="Zero is a value too, once it is stated.",
    )
    conforming = fields.Boolean()
    unit = fields.Char(help="As the certificate writes it. Empty: ours.")

    _once = models.Constraint(
        "UNIQUE(certificate_id, characteristic_id)",
        "A certificate states each characteristic once.",
    )

    _value_is_number = models.Constraint(
        "CHECK(value > '-Infinity' AND value < 'Infinity')", "A stated value is a number."
    )

    @api.depends("value")
    def _compute_is_stated(self):
        for line in self:
            line.is_stated = line.is_stated or bool(line.value)

    @api.constrains("characteristic_id", "certificate_id")
    def _check_plan(self):
        for line in self:
            if line.characteristic_id.plan_id != line.certificate_id.plan_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s is not in the specification of %(certificate)s.",
                        name=line.characteristic_id.name,
                        certificate=line.certificate_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.certificate_id._check_draft()
        return lines

    def write(self, vals):
        self.certificate_id._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_checked(self):
        self.certificate_id._check_draft()
