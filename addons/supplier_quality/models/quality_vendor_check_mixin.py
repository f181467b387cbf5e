from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

DECIDES = (
    "purchase.group_purchase_manager",
    "lot_disposition.lot_disposition_group_manager",
)


class QualityVendorCheckMixin(models.AbstractModel):
    """An order or receipt that is checked against the approved vendor list."""

    _name = "quality.vendor.check.mixin"
    _description = "Checked against the Vendor List"

    vendor_override_reason = fields.Char(
        string="In spite of the vendor list",
        copy=False,
        tracking=True,
        help="Why goods are taken from a vendor that is not approved for them.",
    )
    vendor_warning = fields.Text(compute="_compute_vendor_warning")

    def _compute_vendor_warning(self):
        for one in self:
            problems = one._find_vendor_problems()
            sentences = [sentence for _mode, sentence in problems.values()]
            one.vendor_warning = "\n".join(sentences)

    def _find_vendor_problems(self):
        """Return what ``quality.approved.vendor`` has to say about this document."""
        raise NotImplementedError

    def _get_vendor_override(self):
        return self.vendor_override_reason

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        # Asked of what was made: a default can say it as well.
        if any(document.vendor_override_reason for document in documents):
            self._check_may_override()
        return documents

    def write(self, vals):
        if vals.get("vendor_override_reason"):
            self._check_may_override()
        return super().write(vals)

    def _check_may_override(self):
        user = self.env.user
        if not (self.env.su or any(user.has_group(group) for group in DECIDES)):
            raise AccessError(
                self.env._(
                    "Only the purchase or quality manager goes past the vendor list."
                )
            )

    def _check_vendor_list(self, *, tell=True, products=None):
        """Warn in the discussion, or refuse.

        :param tell: whether to warn; without it only what is blocked is refused.
        :param products: only these of the document; None: all of it.
        :raises UserError: a product is blocked and nobody gave a reason to go on.
        """
        for one in self:
            problems = one._find_vendor_problems()
            if products is not None:
                problems = {key: problems[key] for key in problems if key in products}
            if not problems:
                continue
            sentences = "\n".join(sentence for _mode, sentence in problems.values())
            blocked = any(mode == "block" for mode, _sentence in problems.values())
            if blocked and not one._get_vendor_override():
                raise UserError(
                    self.env._(
                        "%(sentences)s\nApprove the vendor, or let the purchase or "
                        "quality manager give a reason to go on.",
                        sentences=sentences,
                    )
                )
            if tell:
                one.message_post(body=sentences)
