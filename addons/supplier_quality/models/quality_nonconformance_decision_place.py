from odoo import api, fields, models


class QualityNonconformanceDecision(models.Model):
    """Decisions on goods without a lot: they lie in a quarantine place, by quantity."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "quality.nonconformance.decision"

    release_permit_id = fields.Many2one(
        "lot.disposition.permit",
        string="Release",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What lets goods without a lot out of quarantine.",
    )

    @api.depends("release_permit_id")
    def _compute_is_begun(self):
        result = super()._compute_is_begun()
        for decision in self.filtered("release_permit_id"):
            decision.is_begun = True
        return result

    def _get_goods_domain(self, lot):
        if lot:
            return super()._get_goods_domain(lot)
        nonconformance = self.nonconformance_id
        return [
            ("lot_id", "=", False),
            ("product_id", "=", nonconformance.product_id.id),
            ("location_id", "child_of", nonconformance._get_held_place().ids),
        ]

    def _execute_use_as_is(self):
        if self.lot_id:
            return super()._execute_use_as_is()
        self._check_justified()
        if not self.release_permit_id:
            self._release_quantity()
        granted = self.release_permit_id.state == "active"
        return {"state": "done" if granted else "planned"}

    def _release_quantity(self):
        """Let the quantity out of its quarantine place, by as many people as it takes."""
        nonconformance = self.nonconformance_id
        place = nonconformance._get_held_place()
        meant_for = nonconformance.inspection_id.release_location_id
        self.release_permit_id = self.env["lot.disposition.permit"].create(
            {
                "location_id": place.id,
                "product_id": nonconformance.product_id.id,
                "quantity": self.quantity,
                "release_to_id": (meant_for or place.warehouse_id.lot_stock_id).id,
                "reason": self._get_reason(),
            }
        )
        if self.release_permit_id.state != "active":
            nonconformance.message_post(
                body=self.env._(
                    "'%s' waits for what it takes to release the goods.", self.display_name
                )
            )

    @api.model
    def _on_released(self, permit):
        """What waited for this release is carried out now."""
        self.search(
            [("release_permit_id", "=", permit.id), ("state", "=", "planned")]
        ).write({"state": "done"})

    def _take_part(self, status):
        """Bring rejected goods where they may be scrapped; they have no status of their own."""
        if self.lot_id:
            return super()._take_part(status)
        place = self._get_warehouse()._get_rejected_place()
        self.env["stock.move"].create(
            [
                quant.with_context(
                    inventory_name=self._get_reason()
                )._get_inventory_move_values(
                    quantity, quant.location_id, place, quant.package_id
                )
                for quant, quantity in self._get_sources(self.lot_id)
                if quant.location_id != place
            ]
        )._action_done()
        return self.lot_id

    def _get_source_quants(self, lot):
        """Goods that were brought to be scrapped are scrapped from there."""
        quants = super()._get_source_quants(lot)
        if lot:
            return quants
        return quants.sorted(lambda quant: quant.location_id.disposition != "rejected")

    def _find_received_move(self):
        if self.lot_id:
            return super()._find_received_move()
        nonconformance = self.nonconformance_id
        return nonconformance.picking_id.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.product_id == nonconformance.product_id
                and move._is_supplied()
            )
        )[:1]

    def _execute_apart(self, *, full=False):
        """Goods without a lot stay where they are, and are inspected once more."""
        if self.lot_id:
            return super()._execute_apart(full=full)
        first = self.nonconformance_id.inspection_id
        inspection = first.browse()
        if first:
            inspection = first.create(
                {
                    **self._prepare_inspection_vals(first.plan_id),
                    "picking_id": first.picking_id.id,
                    "held_location_id": self.nonconformance_id._get_held_place().id,
                    "release_location_id": first.release_location_id.id,
                }
            )
            if full:
                inspection._draw_all()
            inspection._publish_requested()
        return {"inspection_id": inspection.id}
