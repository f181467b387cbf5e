from odoo import api, fields, models
from odoo.tools import SQL

from . import traceability_queries as queries
from .traceability_event_queries import DRIFT

INSIDE = ("internal", "transit")
# What moves stock or names another lot when it changes on a line that is done.
TRACED_FIELDS = {
    "quantity",
    "lot_id",
    "lot_name",
    "location_id",
    "location_dest_id",
    "product_uom_id",
    "package_id",
    "result_package_id",
    "quant_id",
}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # For the balance of a lot and the check of the genealogy; core has none by lot.
    _trace_lot_index = models.Index("(lot_id) WHERE lot_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished move moves stock without _action_done.
        lines.filtered(lambda line: line.state == "done").move_id._write_traceability(
            corrected=True
        )
        return lines

    def write(self, vals):
        done = self.browse()
        if TRACED_FIELDS & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
        elif "date" in vals:
            done = self._find_redated(fields.Datetime.to_datetime(vals["date"]))
        result = super().write(vals)
        if done:
            done.move_id._write_traceability(corrected=True)
        return result

    def _find_redated(self, moment):
        """Return finished lines that are said to have happened at another time."""
        return self.filtered(
            lambda line: line.state == "done" and abs(line.date - moment) > DRIFT
        )

    # What the SQL of the genealogy asks of addons ---------------------------

    @api.model
    def _get_movements(self, condition):
        """Return the statement that tells the movements of lines, see the queries."""
        return queries.movements(
            condition,
            extra_joins=self._get_movement_joins(),
            is_transformation=self._get_transformation_condition(),
            occurred_at=self._get_movement_moment(),
            source_usage=self._get_movement_source(),
            is_drop=self._get_drop_condition,
        )

    @api.model
    def _get_transformation_condition(self):
        """Hook: return SQL on ``move``, true where ``_get_trace_source`` has a document."""
        return SQL(
            """(move.relabel_id IS NOT NULL
                OR move.unbuild_id IS NOT NULL OR move.consume_unbuild_id IS NOT NULL
                OR move.scrap_id IS NULL
                   AND COALESCE(move.raw_material_production_id, move.production_id)
                       IS NOT NULL)"""
        )

    @api.model
    def _get_transformation_sources(self):
        """Hook: return ``(kind of its ledger rows, model, SQL of its id)`` of documents.

        The first that ``move``, or ``movement``, has says what its outputs are.
        """
        return [
            ("relabel", "traceability.relabel", SQL("move.relabel_id")),
            (
                "relabel",
                "stock.lot.split",
                SQL(
                    """CASE WHEN move.is_inventory THEN (
                       SELECT split.id FROM stock_lot_split split
                        WHERE split.parent_lot_id = movement.lot_id
                          AND split.out_line_id = movement.move_line_id
                        UNION ALL
                       SELECT split.id FROM stock_lot_split split
                        WHERE split.child_lot_id = movement.lot_id
                          AND split.in_line_id = movement.move_line_id LIMIT 1) END"""
                ),
            ),
            (
                "unbuild",
                "mrp.unbuild",
                SQL("COALESCE(move.unbuild_id, move.consume_unbuild_id)"),
            ),
            (
                "production",
                "mrp.production",
                SQL(
                    """CASE WHEN move.scrap_id IS NULL THEN COALESCE(
                       move.production_id, move.raw_material_production_id) END"""
                ),
            ),
        ]

    @api.model
    def _get_movement_joins(self):
        """Hook: return further joins that ``_get_movement_columns`` needs."""
        return SQL()

    @api.model
    def _get_movement_moment(self):
        """Hook: return SQL on ``line`` and ``move``: when it happened, UTC."""
        return SQL("line.date")

    @api.model
    def _get_movement_source(self):
        """Hook: return SQL on ``source`` and ``move``: the usage of where it came from."""
        return queries.SOURCE_USAGE

    @api.model
    def _get_drop_condition(self, move, source):
        """Hook: return SQL, true where a delivery comes straight from a supplier.

        :param move: alias of the move; ``source``: of the place it starts from.
        """
        return SQL("%s.usage = 'supplier'", source)

    def _get_trace_moments(self):
        """Hook: return the same of each of these lines, in their order."""
        return self.mapped("date")

    @api.model
    def _get_movement_columns(self):
        """Hook: return ``{column of traceability.edge: expression}`` of glue addons."""
        return {}

    @api.model
    def _is_inside(self, location):
        """Tell whether goods at a place are a company's own: not between two of them."""
        return location.usage in INSIDE and not location._is_outgoing()

    # Stock without lots -----------------------------------------------------

    def _makes_batch(self):
        """Tell whether the line made or recovered something."""
        return (
            self.location_id.usage == "production"
            and self._is_inside(self.location_dest_id)
            and self.move_id._get_trace_source()
        )

    def _leaves_pool(self):
        return (
            self._is_inside(self.location_id)
            and not self._is_inside(self.location_dest_id)
        )

    def _comes_back(self):
        return (
            not self._is_inside(self.location_id)
            and self._is_inside(self.location_dest_id)
            and self.move_id.origin_returned_move_id
        )

    def _find_chained_productions(self):
        """Return the ids of orders that made what this line takes, to order."""
        move = self.move_id
        if not move.move_orig_ids:
            return []
        origins = self.env["stock.move"].browse(move._rollup_move_origs())
        return origins.production_id.ids
