from odoo import models


class MrpProduction(models.Model):
    _name = "mrp.production"
    _inherit = ["mrp.production", "traceability.source.mixin"]

    def _is_trace_complete(self):
        # Uses and outputs are reported in any order until it is closed.
        return self.state == "done"

    def _get_trace_moves(self):
        return (self.move_raw_ids | self.move_finished_ids).filtered(
            lambda move: not move.scrap_id
        )

    def _write_genealogy(self):
        changed = super()._write_genealogy()
        # What was reported about lots of an order stood by itself until it made them.
        self.env["traceability.link"]._find_of_production(self)._write_genealogy()
        return changed

    def _get_known_links(self):
        known = super()._get_known_links()
        for link in self.env["traceability.link"]._find_of_production(self):
            key = (link.input_vertex, link.output_vertex)
            known[key] = known.get(key, 0.0) + link.quantity
        return known

    def report_genealogy(self, links):
        """Record which part went into which product of this order; over RPC too.

        What is reported is exact; the rest of the order stays allocated. May come before
        the order is posted, or after: its shares are corrected.

        :param links: list of dicts: ``component_lot`` and ``lot`` (names of lots of this
            order's components and products), ``quantity`` in the component's unit,
            ``component`` (internal reference) where two components share a lot name,
            ``reference`` where the same two lots are more than one link. A link that is
            reported again counts as it was reported last.
        :raises UserError: names the lot that is not known.
        """
        self.ensure_one()
        self.check_access("write")
        self.env["traceability.link"]._record_of_production(self, links)
        return True
