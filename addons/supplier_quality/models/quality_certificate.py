import base64
import hashlib

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib.certificate import Stated, find_mismatches

# What the check stood on, and what the hash was taken of.
CHECKED_FIELDS = {
    *("lot_id", "inspection_id", "plan_id", "line_ids"),
    *("document", "document_name", "number"),
}


class QualityCertificate(models.Model):
    """A certificate of analysis of one lot, checked against the specification.

    Or of goods without a lot, named by the inspection they wait for. The specification is
    the inspection plan in the version that applies to them.
    """

    _name = "quality.certificate"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "quality.guard.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Certificate of Analysis"
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = frozenset(
        {
            *("name", "state", "sha256", "mismatches", "checked_at", "checked_by_id"),
            *("retention_until", "origin", "received_at", "plan_id"),
        }
    )

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    number = fields.Char(help="The supplier's number of the certificate.")
    state = fields.Selection(
        [
            ("draft", "To check"),
            ("valid", "Valid"),
            ("mismatch", "Does not match"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
    )
    lot_id = fields.Many2one(
        "stock.lot", index=True, ondelete="restrict", check_company=True
    )
    inspection_id = fields.Many2one(
        "quality.inspection",
        string="Goods without a lot",
        domain="[('lot_id', '=', False)]",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The inspection of the goods it is about.",
    )
    product_id = fields.Many2one(
        "product.product", compute="_compute_product_id", store=True
    )
    partner_id = fields.Many2one("res.partner", string="Supplier", index=True)
    plan_id = fields.Many2one(
        "quality.inspection.plan",
        string="Specification",
        compute="_compute_plan_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        help="The version that the lot is inspected by.",
    )
    line_ids = fields.One2many("quality.certificate.line", "certificate_id")
    mismatches = fields.Text(readonly=True, copy=False)
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    sha256 = fields.Char(string="SHA-256", readonly=True, copy=False)
    origin = fields.Selection(
        [
            ("upload", "Upload"),
            ("portal", "Portal"),
            ("message", "Message"),
            ("email", "E-mail"),
        ],
        required=True,
        readonly=True,
        default="upload",
    )
    received_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    retention_until = fields.Date(readonly=True, copy=False)
    checked_at = fields.Datetime(readonly=True, copy=False)
    checked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _of_one_thing = models.Constraint(
        "CHECK (num_nonnulls(lot_id, inspection_id) <= 1)",
        "A certificate is of a lot, or of goods without one.",
    )

    @api.depends("lot_id.product_id", "inspection_id.product_id")
    def _compute_product_id(self):
        for one in self:
            one.product_id = one.lot_id.product_id or one.inspection_id.product_id

    @api.depends("lot_id", "inspection_id")
    def _compute_plan_id(self):
        for one in self:
            # The version the goods are inspected by, which its values are compared with.
            inspections = one.lot_id.sudo().inspection_ids or one.inspection_id.sudo()
            plans = inspections.sorted("id", reverse=True).plan_id
            asking = plans.filtered("requires_certificate")
            one.plan_id = (asking or plans)[:1]

    @api.constrains("inspection_id")
    def _check_inspection(self):
        for one in self.filtered("inspection_id.lot_id"):
            raise ValidationError(
                self.env._("%s inspects a lot: name the lot.", one.inspection_id.name)
            )

    # Keeping ---------------------------------------------------------------

    def _complete_create_vals(self, vals):
        if vals.get("document"):
            vals = dict(vals, sha256=self._hash(vals["document"]))
        company = self.env["res.company"].browse(
            vals.get("company_id") or self._get_company_of(vals).id
        )
        vals = dict(vals, company_id=company.id)
        years = company.certificate_retention_years
        until = fields.Date.today() + relativedelta(years=years)
        return self._take_number(dict(vals, retention_until=until))

    def _get_company_of(self, vals):
        """Return the company whose goods it is about, of those the user works for."""
        lot = self.env["stock.lot"].browse(vals.get("lot_id"))
        goods = self.env["quality.inspection"].browse(vals.get("inspection_id"))
        inspections = lot.sudo().inspection_ids | goods.sudo()  # only to know the company
        company = lot.company_id or inspections.sorted("id")[-1:].company_id
        return company if company in self.env.companies else self.env.company

    def write(self, vals):
        if CHECKED_FIELDS & vals.keys():
            self._check_draft()
        if "document" in vals:
            self._check_document_stays()
        result = super().write(vals)
        if vals.get("document"):
            # The document was written with the user's rights; its hash has no other writer.
            self.sudo().write({"sha256": self._hash(vals["document"])})
        return result

    def _check_document_stays(self):
        """:raises UserError: it is what a supplier or laboratory handed in."""
        handed_in = self.filtered(lambda one: one.origin != "upload" and one.sha256)
        if handed_in and not self.env.su:
            raise UserError(
                self.env._(
                    "The document of %s is kept as it came in. Record another certificate.",
                    handed_in[0].name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_retained(self):
        today = fields.Date.context_today(self)
        for one in self.filtered(lambda c: c.retention_until >= today):
            raise UserError(
                self.env._(
                    "%(name)s is kept until %(until)s.",
                    name=one.name,
                    until=one.retention_until,
                )
            )

    def _check_draft(self):
        for one in self.filtered(lambda c: c.state != "draft"):
            raise UserError(
                self.env._(
                    "%s was checked and stays as it is. Record another certificate.",
                    one.name,
                )
            )

    @api.model
    def _hash(self, document):
        return hashlib.sha256(base64.b64decode(document)).hexdigest()

    def action_verify(self):
        """Say whether the document is still the one that was received."""
        for one in self:
            document = one.with_context(bin_size=False).document
            if not document or self._hash(document) != one.sha256:
                raise UserError(
                    self.env._("The document of %s is not the one received.", one.name)
                )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The document is the one received."),
            },
        }

    # Checking --------------------------------------------------------------

    def action_prepare_lines(self):
        """Make a line for every characteristic that must be on it."""
        self._check_draft()
        self._find_specification()
        for one in self:
            there = one.line_ids.characteristic_id
            one.line_ids = [
                fields.Command.create({"characteristic_id": characteristic.id})
                for characteristic in one._get_required() - there
            ]

    def action_check(self):
        """Compare with the specification; a valid one lets the lot go on.

        :raises UserError: no lot, no specification, or it was checked already.
        """
        self.check_access("write")
        self._check_draft()
        self._find_specification()
        for one in self:
            if not (one.lot_id or one.inspection_id) or not one.plan_id:
                raise UserError(
                    self.env._(
                        "Say which lot, or which goods without one, %s is about; they need "
                        "an inspection plan.",
                        one.name,
                    )
                )
            sentences = [one._describe(found) for found in one._find_mismatches()]
            # The right was checked; the state has no other writer.
            one.sudo().write(
                {
                    "state": "mismatch" if sentences else "valid",
                    "mismatches": "\n".join(sentences),
                    "checked_at": fields.Datetime.now(),
                    "checked_by_id": self.env.uid,
                }
            )
            one._on_checked()

    def _find_specification(self):
        """Look again where there was none: the lot may have come in since."""
        # Nobody chooses what a certificate is compared with.
        self.sudo().filtered(lambda one: not one.plan_id)._compute_plan_id()

    def _cover(self, plan):
        """Tell whether what these state last of that plan's specification is valid.

        A certificate that corrects another one takes its place, for good or bad.
        """
        checked = self.filtered(
            lambda one: one.state != "draft" and one.plan_id.origin_id == plan.origin_id
        )
        return checked.sorted("id")[-1:].state == "valid"

    def _get_required(self):
        self.ensure_one()
        return self.plan_id.characteristic_ids.filtered("on_certificate")

    def _find_mismatches(self):
        stated = {
            line.characteristic_id.code: Stated(
                value=line.value if line.is_stated else None,
                conforming=line.conforming,
                unit=line.unit or "",
            )
            for line in self.line_ids
        }
        required = [one._prepare_characteristic(1) for one in self._get_required()]
        return find_mismatches(required, stated)

    def _describe(self, mismatch):
        """Return a sentence that a supplier understands."""
        name, stated = mismatch.characteristic.name, mismatch.stated
        requirement = (
            self._get_required()
            .filtered(lambda one: one.code == mismatch.characteristic.code)
            .requirement
        )
        if mismatch.kind == "missing":
            return self.env._("%s is not on the certificate.", name)
        if mismatch.kind == "no_value":
            return self.env._("%s has no value on the certificate.", name)
        if mismatch.kind == "other_unit":
            return self.env._(
                "%(name)s is stated in '%(theirs)s', the specification is in '%(ours)s'.",
                name=name,
                theirs=stated.unit,
                ours=mismatch.characteristic.unit,
            )
        if stated.value is None:
            return self.env._("%s does not conform.", name)
        return self.env._(
            "%(name)s is %(value)s, required is %(requirement)s.",
            name=name,
            value=f"{stated.value:.15g}",
            requirement=requirement,
        )

    def _on_checked(self):
        """Hook: it has just been checked; a valid one may be what the lot waited for."""
        if self.state == "valid" and self.lot_id:
            self.lot_id._release_if_ready(self)
            return
        if self.state == "valid":
            self.inspection_id._release_certified()
            return
        self._hold_again()
        if self.plan_id.user_id:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("The certificate does not match"),
                user_id=self.plan_id.user_id.id,
            )

    def _hold_again(self):
        """What was released on a certificate that this corrects waits for a valid one."""
        if self.lot_id.disposition == "released" and self.lot_id._lacks_certificate():
            # Checking was the right that was asked for; stopping goods is less than that.
            self.lot_id.sudo()._set_disposition(
                "pending",
                self.env._(
                    "%(certificate)s does not match: %(why)s",
                    certificate=self.name,
                    why=self.mismatches,
                ),
                path="inspection",
                origin=self,
            )

    # By e-mail -------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Record a certificate that came by e-mail; its lot is named in the subject.

        A person reads the values from the document and checks it.
        """
        subject = msg_dict.get("subject") or ""
        # Pictures of a signature are parts of the text, and come first.
        parts = sorted(msg_dict.get("attachments", []), key=self._is_inline)
        name, content = next(((part[0], part[1]) for part in parts), ("", b""))
        raw = content.encode() if isinstance(content, str) else content
        values = {
            **(custom_values or {}),
            "number": subject[:200],
            "origin": "email",
            **self._find_goods_in(f"{subject} {name}"),
            "document": base64.b64encode(raw) if raw else False,
            "document_name": name,
        }
        partner = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        values["partner_id"] = partner.commercial_partner_id.id
        return super().message_new(msg_dict, values)

    @api.model
    def _is_inline(self, part):
        info = part[2] if len(part) > 2 else None
        return bool(info and info.get("cid"))

    @api.model
    def _find_goods_in(self, text):
        """Return lot and company that a text names, if one lot of it waits for this."""
        waiting = self.env["quality.inspection"].search(
            [
                ("plan_id.requires_certificate", "=", True),
                ("lot_id.disposition", "=", "pending"),
            ]
        )
        words = set(text.replace(",", " ").replace("_", " ").split())
        words |= {word.rpartition(".")[0] for word in words}
        named = waiting.filtered(lambda one: one.lot_id.name in words)
        if len(named.lot_id) != 1:
            return {}
        # Whoever the mail is received by, it is about goods of this company.
        return {"lot_id": named.lot_id.id, "company_id": named[0].company_id.id}
