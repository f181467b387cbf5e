from odoo import Command, api, fields, models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import fold


class MesOrder(models.Model):
    """A production order as the shop floor sees it.

    Its reference is the order's identity outside: Odoo renames production orders when it
    splits them, so names are never used to find one again.
    """

    _name = "mes.order"
    _inherit = ["mail.thread"]
    _description = "Shop Floor Order"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Reference", required=True, readonly=True, copy=False)
    production_id = fields.Many2one(
        "mrp.production", required=True, readonly=True, index=True, ondelete="restrict"
    )
    production_group_id = fields.Many2one(
        related="production_id.production_group_id", store=True, index=True
    )
    product_id = fields.Many2one(related="production_id.product_id", store=True)
    product_qty = fields.Float(related="production_id.product_qty")
    uom_id = fields.Many2one(related="production_id.product_uom_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    revision = fields.Json(
        readonly=True, help="Bill of materials as released: lines and their hash."
    )
    state = fields.Selection(
        [
            ("released", "Released"),
            ("in_progress", "In progress"),
            ("partially_completed", "Partially completed"),
            ("completed", "Completed, waiting for reports"),
            ("closed", "Closed"),
        ],
        required=True,
        default="released",
        readonly=True,
        tracking=True,
        index=True,
    )
    released_at = fields.Datetime(readonly=True)
    last_report_at = fields.Datetime(compute="_compute_last_report_at", store=True)
    closed_at = fields.Datetime(readonly=True)
    event_ids = fields.One2many("mes.event", "order_id", readonly=True)
    event_count = fields.Integer(compute="_compute_event_count")

    _name_unique = models.Constraint("UNIQUE(name)", "This reference is taken.")
    _production_once = models.Constraint(
        "UNIQUE(production_id)", "This order was released already."
    )

    @api.depends("event_ids.occurred_at")
    def _compute_last_report_at(self):
        for order in self:
            moments = [
                moment for moment in order.event_ids.mapped("occurred_at") if moment
            ]
            order.last_report_at = max(moments, default=False)

    @api.depends("event_ids")
    def _compute_event_count(self):
        for order in self:
            order.event_count = len(order.event_ids)

    def _take(self, vals):
        """Take one report into account; the same one again changes nothing.

        :param vals: of a ``mes.event``.
        :returns: whether it was new.
        """
        self.ensure_one()
        if vals["identity"] in self.event_ids.mapped("identity"):
            return False
        self.env["mes.event"].create(dict(vals, order_id=self.id))
        self.invalidate_recordset(["event_ids"])
        self._apply()
        return True

    def _apply(self):
        """Bring the state up to date, and post once everything announced is here."""
        self.ensure_one()
        folded = fold(event._prepare_lifecycle_event() for event in self.event_ids)
        if self.state == "closed":
            if folded.is_settled:
                # A late report that changes no total, such as a start: kept on record.
                return
            raise BusinessError(
                self.env._(
                    "%(order)s is closed (%(production)s is done), and the shop floor "
                    "still reports.",
                    order=self.name,
                    production=self.production_id.name,
                ),
                kind="mes_bridge.report_after_close",
                fingerprint=self.name,
            )
        if folded.excess:
            raise BusinessError(
                self.env._(
                    "The reports of %(order)s exceed the totals that its completion "
                    "announced: %(excess)s.",
                    order=self.name,
                    excess=self._describe(folded.excess),
                ),
                kind="mes_bridge.totals_mismatch",
                fingerprint=self.name,
            )
        self.state = folded.state
        if folded.is_settled:
            self._post(folded)

    def _describe(self, differences):
        """Name products and lots of the fold's differences for a person."""
        parts = []
        for name, quantity in sorted(differences.items()):
            if name == "good":
                parts.append(self.env._("good quantity %g", quantity))
                continue
            product, lot = (int(part) for part in name.split(":"))
            parts.append(
                self.env._(
                    "%(product)s %(lot)s: %(quantity)g",
                    product=self.env["product.product"].browse(product).display_name,
                    lot=self.env["stock.lot"].browse(lot).name if lot else "",
                    quantity=quantity,
                )
            )
        return ", ".join(parts)

    # Posting -------------------------------------------------------------

    def _post(self, folded):
        """Finish the production order with what was reported, lot by lot."""
        production = self.production_id
        if production.state in ("done", "cancel"):
            raise BusinessError(
                self.env._("%s is closed in Odoo already.", production.name),
                kind="mes_bridge.report_after_close",
                fingerprint=self.name,
            )
        self._post_consumption(production, folded.consumed)
        self._post_output(production, folded.produced)
        self._finish(production)
        self.write({"state": "closed", "closed_at": fields.Datetime.now()})

    def _post_consumption(self, production, consumed):
        """Write each component's consumption by lot; what was not reported is zero."""
        by_product = {}
        for (product_id, lot_id), quantity in consumed.items():
            by_product.setdefault(product_id, []).append((lot_id, quantity))
        moves = production.move_raw_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        unknown = set(by_product) - set(moves.product_id.ids)
        if unknown:
            product = self.env["product.product"].browse(unknown.pop())
            raise BusinessError(
                self.env._(
                    "%(product)s was consumed on %(order)s and is no component of it.",
                    product=product.display_name,
                    order=self.name,
                ),
                kind="mes_bridge.unknown_component",
                fingerprint=f"{self.name}:{product.id}",
            )
        for move in moves:
            # A second line of the same product takes nothing: reports know products.
            lots = by_product.pop(move.product_id.id, [])
            move.move_line_ids.unlink()
            move.move_line_ids = [
                Command.create(self._prepare_line_vals(move, lot_id, quantity))
                for lot_id, quantity in lots
            ]
            # Explicit, also when zero: Odoo would fill in the theoretical quantity.
            move.picked = True

    def _prepare_line_vals(self, move, lot_id, quantity):
        return {
            "product_id": move.product_id.id,
            "product_uom_id": move.product_id.uom_id.id,
            "lot_id": lot_id or False,
            "quantity": quantity,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
        }

    def _post_output(self, production, produced):
        lots = self.env["stock.lot"].browse([lot for _product, lot in produced if lot])
        if len(lots) > 1 and production.product_id.tracking == "lot":
            raise BusinessError(
                self.env._(
                    "%(order)s was reported with %(count)s lots; one production order "
                    "makes one. Split %(production)s and post by hand.",
                    order=self.name,
                    count=len(lots),
                    production=production.name,
                ),
                kind="mes_bridge.several_lots",
                fingerprint=self.name,
            )
        good = sum(produced.values())
        if good <= 0:
            # With zero Odoo would produce the whole order.
            raise BusinessError(
                self.env._("%s was completed without any good quantity.", self.name),
                kind="mes_bridge.nothing_produced",
                fingerprint=self.name,
            )
        production.lot_producing_ids = [Command.set(lots.ids)]
        production.qty_producing = production.product_id.uom_id._compute_quantity(
            good, production.product_uom_id
        )

    def _finish(self, production):
        """Mark it done; Odoo answers with a dialogue as often as with a result."""
        if (
            production.bom_id.consumption == "strict"
            and production._get_consumption_issues()
        ):
            raise BusinessError(
                self.env._(
                    "What was consumed on %s differs from its bill of materials, which "
                    "allows no difference.",
                    self.name,
                ),
                kind="mes_bridge.consumption_differs",
                fingerprint=self.name,
            )
        production.with_context(
            skip_backorder=True, skip_consumption=True, mo_ids_to_backorder=[]
        ).button_mark_done()
        if production.state != "done":
            raise BusinessError(
                self.env._(
                    "Odoo asks something before %s can be done. Open it and press "
                    "'Produce All' to see what.",
                    production.name,
                ),
                kind="mes_bridge.not_finished",
                fingerprint=self.name,
            )

    def action_open_production(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mrp.production",
            "res_id": self.production_id.id,
            "view_mode": "form",
        }
