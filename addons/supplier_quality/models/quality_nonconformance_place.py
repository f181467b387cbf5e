from odoo import models
from odoo.exceptions import UserError


class QualityNonconformance(models.Model):
    """Where the goods of a nonconformance lie that have no lot."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "quality.nonconformance"

    def _get_held_place(self):
        """Return the quarantine place of goods without a lot.

        :raises UserError: nobody contained them.
        """
        self.ensure_one()
        place = self.inspection_id.held_location_id
        for line in self._find_lines_without_lot():
            place = place or line.location_dest_id.warehouse_id._get_quarantine_place()
        if not place:
            raise UserError(
                self.env._("Say which lot %s is about, or contain its receipt.", self.name)
            )
        return place
