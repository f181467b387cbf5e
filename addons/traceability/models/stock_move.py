from odoo import api, fields, models
from odoo.exceptions import AccessError


class StockMove(models.Model):
    _inherit = "stock.move"

    relabel_id = fields.Many2one(
        "traceability.relabel",
        readonly=True,
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )

    def _action_done(self, cancel_backorder=False):
        """Write genealogy and ledger in the transaction that moves the stock."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._write_traceability()
        return moves

    @api.model_create_multi
    def create(self, vals_list):
        """:raises UserError: what was relabelled gets no further moves."""
        relabels = {vals["relabel_id"] for vals in vals_list if vals.get("relabel_id")}
        self.env["traceability.relabel"].browse(relabels)._check_not_done()
        return super().create(vals_list)

    def write(self, vals):
        """Whom a finished move names, when that is corrected, is whom the goods went to.

        :raises AccessError: a move is of the relabelling that made it, or of none.
        """
        if "relabel_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("Which moves a relabelling made is not for anybody to write.")
            )
        result = super().write(vals)
        if "partner_id" in vals:
            done = self.filtered(lambda move: move.state == "done")
            done._write_traceability(corrected=True)
        return result

    def _action_cancel(self):
        """Nothing more is expected of an order of which the rest is given up."""
        result = super()._action_cancel()
        orders = self.raw_material_production_id | self.production_id
        orders._retell_ledger()
        return result

    def _write_traceability(self, *, corrected=False):
        """Write edges and ledger rows of what is done; again changes nothing.

        :param corrected: lines were changed after they were done.
        """
        lines = self.move_line_ids.filtered(lambda line: line.state == "done")
        if not lines:
            return
        self.env["traceability.node"]._update_pool(
            lines.filtered(lambda line: not line.lot_id)
        )
        self.env["traceability.edge"]._store_movements(lines, corrected=corrected)
        sources = self._get_trace_sources()
        for source in sources:
            source._write_genealogy()
        if self.env.context.get("trace_split"):
            return
        self.env["traceability.lot.event"]._record_lines(lines, corrected=corrected)
        for source in sources:
            source._retell_ledger()

    def _get_trace_sources(self):
        """Return the documents that write the edges of these moves, one at a time."""
        sources = {
            source: None for move in self if (source := move._get_trace_source())
        }
        counted = self.filtered("is_inventory").move_line_ids
        if counted:
            # The genealogy is the company's, whoever may see the split.
            splits = self.env["stock.lot.split"].sudo()
            splits = splits.search([("out_line_id", "in", counted.ids)])
            sources |= dict.fromkeys(splits)
        return list(sources)

    def _get_trace_source(self):
        """Hook: return the ``traceability.source.mixin`` record, or None.

        The edges of other moves are their lines.
        """
        self.ensure_one()
        if self.relabel_id:
            return self.relabel_id
        if self.unbuild_id or self.consume_unbuild_id:
            return self.unbuild_id or self.consume_unbuild_id
        if not self.scrap_id:
            return self.raw_material_production_id or self.production_id or None
        return None
