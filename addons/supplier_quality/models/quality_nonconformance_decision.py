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
    _inherit = ["quality.guard.mixin", "integration.own.company.mixin"]
    _description = "Decision on Nonconforming Goods"
    _guarded_fields = frozenset(
        {
            *("state", "picking_id", "scrap_ids", "inspection_id", "decided_by_id"),
            *("part_lot_id", "release_permit_id"),
        }
    )

    nonconformance_id = fields.Many2one(
        "quality.nonconformance", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="nonconformance_id.company_id", store=True, index=True
    )
    lot_id = fields.Many2one(
        "stock.lot",
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
    is_begun = fields.Boolean(compute="_compute_is_begun")
    picking_id = fields.Many2one("stock.picking", readonly=True, copy=False)
    scrap_ids = fields.Many2many(
        "stock.scrap", string="Scraps", readonly=True, copy=False
    )
    part_lot_id = fields.Many2one(
        "stock.lot",
        string="Part",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The part it is about as a lot of its own, or the whole lot.",
    )
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

    @api.depends("state", "part_lot_id")
    def _compute_is_begun(self):
        for decision in self:
            decision.is_begun = decision.state == "done" or bool(decision.part_lot_id)

    @api.depends("decision", "quantity")
    def _compute_display_name(self):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{labels.get(one.decision, '')} {one.quantity:.15g}"

    @api.model_create_multi
    def create(self, vals_list):
        decisions = super().create(vals_list)
        decisions.nonconformance_id._check_not_ended()
        return decisions

    def write(self, vals):
        self.nonconformance_id._check_not_ended()
        begun = self.filtered("is_begun")
        if begun and not self.env.su:
            raise UserError(
                self.env._("'%s' is carried out and stays.", begun[0].display_name)
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.filtered("is_begun"):
            raise UserError(self.env._("What is carried out stays on record."))

    def _is_carried_out(self):
        """Tell whether it is: a transfer that was cancelled carries nothing out."""
        self.ensure_one()
        # Whoever decides need not see transfers.
        return self.state == "done" and self.sudo().picking_id.state != "cancel"

    def action_execute(self):
        """Carry it out: the stock operation is created by this.

        Again, where its transfer was cancelled.

        :raises UserError: not the manager, carried out before, or no stock of it.
        """
        nonconformance = self.nonconformance_id
        nonconformance._check_manager()
        nonconformance._check_owned_here()
        nonconformance._check_not_ended()
        for one in self:
            if one._is_carried_out():
                raise UserError(
                    self.env._("'%s' is carried out already.", one.display_name)
                )
            # The manager decides about a lot that this person may see; other rights to
            # stock are not needed.
            one.lot_id.check_access("read")
            if one.decision != "return":
                one.lot_id._check_decided_here()
            vals = getattr(one.sudo(), f"_execute_{one.decision}")()
            one.sudo().write({"state": "done", "decided_by_id": self.env.uid, **vals})
        for one in nonconformance:
            one._publish("nonconformance.updated")

    # One per decision: carry it out, return what to note on the decision ----

    def _execute_use_as_is(self):
        """Release the part it is about; done once that is released.

        Where it takes several people, the last of them carries it out.
        """
        self._check_justified()
        part = self._take_part("released")
        released = part.disposition == "released"
        if not released:
            self.nonconformance_id.message_post(
                body=self.env._(
                    "'%(decision)s' waits for what it takes to release lot %(lot)s.",
                    decision=self.display_name,
                    lot=part.name,
                )
            )
        return {"state": "done" if released else "planned"}

    def _check_justified(self):
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Justify why the goods may be used as they are.")
            )

    @api.model
    def _on_lots_decided(self, lots):
        """Lots were decided on: what waited for their release is carried out now."""
        self.search(
            [
                ("part_lot_id", "in", lots.ids),
                ("part_lot_id.disposition", "=", "released"),
                ("decision", "=", "use_as_is"),
                ("state", "=", "planned"),
            ]
        ).write({"state": "done"})

    def _execute_return(self):
        picking = self._create_transfer(
            self._get_return_type(), self._get_supplier_location(), self.lot_id
        )
        return {"picking_id": picking.id}

    def _execute_scrap(self):
        """Scrap what the decision is about; what is left keeps its disposition."""
        part = self._take_part("rejected")
        scraps = self.env["stock.scrap"].create(
            [
                {
                    "product_id": quant.product_id.id,
                    "lot_id": part.id,
                    "scrap_qty": quantity,
                    "location_id": quant.location_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "company_id": self.company_id.id,
                    "origin": self.nonconformance_id.name,
                }
                for quant, quantity in self._get_sources(part)
            ]
        )
        scraps.do_scrap()
        return {"scrap_ids": [Command.set(scraps.ids)]}

    def _execute_rework(self):
        """Bring the goods to rework; they are inspected again after it."""
        return self._execute_apart()

    def _execute_sort(self):
        """Bring the goods apart to be inspected piece by piece."""
        return self._execute_apart(full=True)

    def _execute_apart(self, *, full=False):
        """Make the part a lot of its own, which a pass of its own inspection releases.

        Without a plan to inspect it by it stays on hold as it is.
        """
        planned = self.nonconformance_id.inspection_id.plan_id
        part = self._take_part("pending" if planned else self.lot_id.disposition)
        place = self._get_warehouse()._get_quarantine_place()
        picking = self._create_transfer(self._get_warehouse().int_type_id, place, part)
        inspection = self._request_inspection(part, full=full)
        return {"picking_id": picking.id, "inspection_id": inspection.id}

    def _request_inspection(self, lot, *, full):
        """Ask to look at the goods again, by the plan that failed them."""
        plan = self.nonconformance_id.inspection_id.plan_id
        if not plan:
            return self.env["quality.inspection"]
        inspection = self.env["quality.inspection"].create(
            {**self._prepare_inspection_vals(plan), "lot_id": lot.id}
        )
        if full:
            inspection._draw_all()
        inspection._publish_requested()
        return inspection

    def _prepare_inspection_vals(self, plan):
        nonconformance = self.nonconformance_id
        return {
            "plan_id": plan.id,
            "product_id": nonconformance.product_id.id,
            "quantity": self.quantity,
            "partner_id": nonconformance.partner_id.id,
            "company_id": self.company_id.id,
        }

    def _get_reason(self):
        return self.env._(
            "%(name)s, %(decision)s: %(note)s",
            name=self.nonconformance_id.name,
            decision=self.display_name,
            note=self.note or self.nonconformance_id.description[:100],
        )
