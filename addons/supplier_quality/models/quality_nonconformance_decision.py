from odoo import Command, api, fields, models
from odoo.exceptions import UserError

DECISION = [
    ("use_as_is", "Use as is"),
    ("return", "Return to supplier"),
    ("scrap", "Scrap"),
    ("rework", "Rework"),
    ("sort", "Sort"),
]


class QualityNonconformanceDecision(models.Model):
    """What the material review decided for a quantity; it creates the stock operation."""

    _name = "quality.nonconformance.decision"
    _inherit = ["quality.guard.mixin"]
    _description = "Decision on Nonconforming Goods"
    _guarded_fields = frozenset(
        {"state", "picking_id", "scrap_id", "inspection_id", "decided_by_id"}
    )

    nonconformance_id = fields.Many2one(
        "quality.nonconformance", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="nonconformance_id.company_id", store=True, index=True
    )
    lot_id = fields.Many2one(
        "stock.lot",
        required=True,
        compute="_compute_lot_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('product_id', '=', parent.product_id)]",
    )
    decision = fields.Selection(DECISION, required=True)
    quantity = fields.Float(digits="Product Unit", required=True)
    uom_id = fields.Many2one(related="nonconformance_id.uom_id")
    note = fields.Char(string="Justification")
    state = fields.Selection(
        [("planned", "Decided"), ("done", "Carried out")],
        required=True,
        readonly=True,
        default="planned",
        copy=False,
    )
    picking_id = fields.Many2one("stock.picking", readonly=True, copy=False)
    scrap_id = fields.Many2one("stock.scrap", readonly=True, copy=False)
    inspection_id = fields.Many2one(
        "quality.inspection", string="Inspection after it", readonly=True, copy=False
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A decision is about a quantity above 0."
    )

    @api.depends("nonconformance_id.lot_id")
    def _compute_lot_id(self):
        for decision in self:
            decision.lot_id = decision.lot_id or decision.nonconformance_id.lot_id

    @api.depends("decision", "quantity")
    def _compute_display_name(self):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{labels.get(one.decision, '')} {one.quantity:g}"

    def write(self, vals):
        done = self.filtered(lambda one: one.state == "done")
        if done and not self.env.su:
            raise UserError(
                self.env._("'%s' is carried out and stays.", done[0].display_name)
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.filtered(lambda one: one.state == "done"):
            raise UserError(self.env._("What is carried out stays on record."))

    def action_execute(self):
        """Carry it out: the stock operation is created by this.

        :raises UserError: not the manager, carried out before, or no stock of it.
        """
        nonconformance = self.nonconformance_id
        nonconformance._check_manager()
        nonconformance._check_owned_here()
        for one in self:
            if one.state == "done":
                raise UserError(
                    self.env._("'%s' is carried out already.", one.display_name)
                )
            # The manager decides about a lot that this person may see; other rights to
            # stock are not needed.
            one.lot_id.check_access("read")
            vals = getattr(one.sudo(), f"_execute_{one.decision}")()
            one.sudo().write({"state": "done", "decided_by_id": self.env.uid, **vals})
        for one in nonconformance:
            one._publish("nonconformance.updated")

    # One per decision: carry it out, return what to note on the decision ----

    def _execute_use_as_is(self):
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Justify why the goods may be used as they are.")
            )
        self.lot_id._set_disposition(
            "released", self._get_reason(), origin=self.nonconformance_id
        )
        return {}

    def _execute_return(self):
        picking = self._create_transfer(
            self._get_return_type(), self._get_supplier_location()
        )
        return {"picking_id": picking.id}

    def _execute_scrap(self):
        """Scrap what the decision is about; what is left keeps its disposition."""
        lot, before = (
            self.lot_id,
            (self.lot_id.disposition, self.lot_id.disposition_reason),
        )
        source = self._get_source_quants()[:1].location_id
        lot._set_disposition(
            "rejected", self._get_reason(), origin=self.nonconformance_id
        )
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": lot.product_id.id,
                "lot_id": lot.id,
                "scrap_qty": self.quantity,
                "location_id": source.id,
                "company_id": self.company_id.id,
                "origin": self.nonconformance_id.name,
            }
        )
        scrap.do_scrap()
        lot.invalidate_recordset(["product_qty"])
        if (
            lot.product_uom_id.compare(lot.product_qty, 0) > 0
            and before[0] != "rejected"
        ):
            lot._set_disposition(
                before[0],
                before[1] or self._get_reason(),
                origin=self.nonconformance_id,
            )
        return {"scrap_id": scrap.id}

    def _execute_rework(self):
        """Bring the goods to rework; they are inspected again after it."""
        return self._execute_apart()

    def _execute_sort(self):
        """Bring the goods apart to be inspected piece by piece."""
        return self._execute_apart(full=True)

    def _execute_apart(self, *, full=False):
        place = self._get_quarantine_location()
        picking = self._create_transfer(self._get_warehouse().int_type_id, place)
        inspection = self._request_inspection(full=full)
        return {"picking_id": picking.id, "inspection_id": inspection.id}

    def _request_inspection(self, *, full):
        """Ask to look at the goods again, by the plan that failed them."""
        plan = self.nonconformance_id.inspection_id.plan_id
        if not plan:
            return self.env["quality.inspection"]
        inspection = self.env["quality.inspection"].create(
            {
                "plan_id": plan.id,
                "lot_id": self.lot_id.id,
                "quantity": self.quantity,
                "partner_id": self.nonconformance_id.partner_id.id,
                "company_id": self.company_id.id,
            }
        )
        if full:
            inspection._draw_all()
        inspection._publish_requested()
        return inspection

    # What they need --------------------------------------------------------

    def _get_reason(self):
        return self.env._(
            "%(name)s, %(decision)s: %(note)s",
            name=self.nonconformance_id.name,
            decision=self.display_name,
            note=self.note or self.nonconformance_id.description[:100],
        )

    def _get_source_quants(self):
        """Return where the goods are, the largest quantity first.

        :raises UserError: less of the lot is in stock than decided about.
        """
        quants = self.env["stock.quant"].search(
            [
                ("lot_id", "=", self.lot_id.id),
                ("location_id.usage", "=", "internal"),
                ("company_id", "=", self.company_id.id),
                ("quantity", ">", 0),
            ]
        )
        if self.uom_id.compare(sum(quants.mapped("quantity")), self.quantity) < 0:
            raise UserError(
                self.env._(
                    "Less than %(quantity)s of lot %(lot)s is in stock.",
                    quantity=self.quantity,
                    lot=self.lot_id.name,
                )
            )
        return quants.sorted("quantity", reverse=True)

    def _get_warehouse(self):
        return self._get_source_quants()[:1].location_id.warehouse_id

    def _get_return_type(self):
        receipt_type = self._get_warehouse().in_type_id
        return receipt_type.return_picking_type_id or self._get_warehouse().out_type_id

    def _get_supplier_location(self):
        partner = self.nonconformance_id.partner_id.with_company(self.company_id)
        return partner.property_stock_supplier or self.env.ref(
            "stock.stock_location_suppliers"
        )

    def _get_quarantine_location(self):
        """Return the place for held goods of the warehouse; one is made where none is."""
        warehouse = self._get_warehouse()
        place = self.env["stock.location"].search(
            [
                ("is_quarantine", "=", True),
                ("location_id", "child_of", warehouse.view_location_id.id),
            ],
            limit=1,
        )
        return place or place.create(
            {
                "name": self.env._("Quarantine"),
                "location_id": warehouse.lot_stock_id.id,
                "is_quarantine": True,
                "company_id": warehouse.company_id.id,
            }
        )

    def _create_transfer(self, picking_type, destination):
        """Return a transfer of the goods, with their lot, ready to be validated."""
        nonconformance = self.nonconformance_id
        quants = self._get_source_quants()
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": nonconformance.partner_id.id,
                "location_id": quants[:1].location_id.id,
                "location_dest_id": destination.id,
                "origin": nonconformance.name,
                "company_id": self.company_id.id,
            }
        )
        left = self.quantity
        for quant in quants:
            taken = min(left, quant.quantity)
            if self.uom_id.compare(taken, 0) > 0:
                self._create_move(picking, quant.location_id, taken)
            left -= taken
        picking.action_confirm()
        return picking

    def _create_move(self, picking, source, quantity):
        goes_back = picking.location_dest_id.usage == "supplier"
        received = self._find_received_move() if goes_back else None
        return self.env["stock.move"].create(
            {
                "product_id": self.lot_id.product_id.id,
                "product_uom_qty": quantity,
                "product_uom": self.lot_id.product_id.uom_id.id,
                "picking_id": picking.id,
                "location_id": source.id,
                "location_dest_id": picking.location_dest_id.id,
                "origin_returned_move_id": received.id if received else False,
                "purchase_line_id": received.purchase_line_id.id if received else False,
                "to_refund": bool(received),
                "move_line_ids": [
                    Command.create(
                        {
                            "product_id": self.lot_id.product_id.id,
                            "product_uom_id": self.lot_id.product_id.uom_id.id,
                            "lot_id": self.lot_id.id,
                            "quantity": quantity,
                            "location_id": source.id,
                            "location_dest_id": picking.location_dest_id.id,
                            "picking_id": picking.id,
                        }
                    )
                ],
            }
        )

    def _find_received_move(self):
        """Return the move the lot came in with, so that the order counts what goes back."""
        return (
            self.env["stock.move.line"]
            .search(
                [
                    ("lot_id", "=", self.lot_id.id),
                    ("state", "=", "done"),
                    ("location_id.usage", "=", "supplier"),
                ],
                order="id desc",
                limit=1,
            )
            .move_id
        )
