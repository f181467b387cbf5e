from odoo import api, models
from odoo.exceptions import UserError

from .quality_inspection import OPEN_STATES


class QualityInspection(models.Model):
    """What the bench, a screen for a tablet, reads and writes."""

    # A file for each side of the model: one of 600 lines would be hard to read.
    # pylint: disable=consider-merging-classes-inherited
    _inherit = "quality.inspection"

    @api.model
    def bench_find(self, code):
        """Return the open inspection of a scanned lot or number, ready for entry.

        :raises UserError: there is none, or more than one.
        """
        domain = ["|", ("name", "=", code.strip()), ("lot_id.name", "=", code.strip())]
        found = self.search([*domain, ("state", "in", OPEN_STATES)])
        if len(found) != 1:
            raise UserError(
                self.env._(
                    "'%(code)s' has %(count)s open inspections. Scan the lot, or the number "
                    "of the inspection.",
                    code=code.strip(),
                    count=len(found),
                )
            )
        return found._prepare_bench()

    def _prepare_bench(self):
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "product": self.product_id.display_name,
            "lot": self.lot_id.name or self.picking_id.name or "",
            "sampling": self.sampling_text,
            "note": self.plan_note or "",
            "rows": [row._prepare_bench_row() for row in self.result_ids],
        }

    def bench_save(self, rows, decide):
        """Store what was entered; decide where that is asked for.

        :param rows: ``[{"id", "value"} or {"id", "nonconforming"}]`` of this inspection.
        :returns: the inspection's state and a sentence, and the rows as they stand.
        """
        self.ensure_one()
        self.check_access("write")
        own = {row.id: row for row in self.result_ids}
        for entry in rows:
            row = own.get(entry["id"])
            if row:
                row._enter_at_bench(entry)
        if decide:
            self.action_decide()
        return {
            **self._prepare_bench(),
            "state": self.state,
            "findings": self.findings or "",
            "disposition": self._get_disposition_label(),
        }
