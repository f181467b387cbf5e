from odoo import fields, models

PEOPLE = [("one", "One person"), ("two", "Two people")]


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

    def _get_release_rule(self):
        """Return (number of people, whether each signs), the strictest up the tree."""
        people, signature, category = "", False, self
        while category:
            people = people or category.release_people
            signature = signature or category.release_signature
            category = category.parent_id
        return 2 if people == "two" else 1, signature
