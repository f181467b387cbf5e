from odoo import api, fields, models
from odoo.exceptions import AccessError

# Who sets up rules; quality managers release by them.
RULER = "base.group_system"
PEOPLE = [("one", "One person"), ("two", "Two people")]


def check_not_relaxed(records, before):
    """Whoever releases lots does not relax the rule for it on the way.

    :param records: categories or products, changed already.
    :param before: their rules before they were changed.
    :raises AccessError: when a rule is laxer now and the user sets up no rules.
    """
    env = records.env
    if env.su or env.user.has_group(RULER):
        return
    for record, (people, signed) in zip(records, before, strict=True):
        now_people, now_signed = record._get_release_rule()
        if now_people < people or (signed and not now_signed):
            raise AccessError(
                env._(
                    "%s would be released by fewer people, or without a signature. Only an "
                    "administrator relaxes that rule.",
                    record.display_name,
                )
            )


class ProductCategory(models.Model):
    _inherit = "product.category"

    release_people = fields.Selection(
        PEOPLE,
        string="Released by",
        help="How many people it takes to release a lot, or to grant a permit for one. "
        "Empty: as the parent category says, else one.",
    )
    release_signature = fields.Boolean(
        string="Release Needs a Signature",
        help="Whoever releases a lot enters the password again and says what the "
        "signature means.",
    )

    def write(self, vals):
        if not {"release_people", "release_signature", "parent_id"} & vals.keys():
            return super().write(vals)
        before = [category._get_release_rule() for category in self]
        result = super().write(vals)
        check_not_relaxed(self, before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ruling(self):
        """Without the category its products would be released by the laxest rule."""
        if self.env.su or self.env.user.has_group(RULER):
            return
        for category in self:
            if category._get_release_rule() != (1, False):
                raise AccessError(
                    self.env._(
                        "%s says how its products are released. Only an administrator "
                        "deletes it.",
                        category.display_name,
                    )
                )

    def _get_release_rule(self):
        """Return (number of people, whether each signs), the strictest up the tree."""
        people, signature, category = "", False, self
        while category:
            people = people or category.release_people
            signature = signature or category.release_signature
            category = category.parent_id
        return 2 if people == "two" else 1, signature
