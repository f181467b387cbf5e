from odoo import api, fields, models
from odoo.tools import groupby

# What changes the goods of a line that is done already.
RECEIPT_FIELDS = {
    *("quantity", "lot_id", "lot_name", "product_uom_id", "location_dest_id"),
}
STOCKED = ("internal", "transit")


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    quality_inspection_id = fields.Many2one(
        "quality.inspection",
        string="Inspection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The inspection that looks at what this line brought.",
    )

    def _action_done(self):
        """Everything that comes in ends here, whole or partial, at once or later.

        Lots that were only typed in exist after super(); whatever is chained to the
        receipt reserves later, when they are on hold already.
        """
        without_lot = self._send_uninspected_to_quarantine()
        result = super()._action_done()
        lines = self.exists()
        lines._request_inspections()
        for line, plan in without_lot.items():
            if line in lines:
                line._ask_to_inspect_without_lot(plan)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished move brings stock in without _action_done.
        lines.filtered(lambda line: line.state == "done")._request_inspections()
        return lines

    def write(self, vals):
        done = self.browse()
        if RECEIPT_FIELDS & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
        before = {line: (line.lot_id, line.quantity_product_uom) for line in done}
        result = super().write(vals)
        done._on_receipt_corrected(before)
        return result

    def _get_inspection_operation(self):
        """Hook: which kind of inspection plan looks at what this line brought, if any."""
        self.ensure_one()
        brings = (
            self.location_dest_id.usage in STOCKED
            and self.product_uom_id.compare(self.quantity, 0) > 0
        )
        if brings and self._is_supplied():
            return "receipt"
        returned = self.location_id.usage == "customer"
        return "return" if brings and returned else None

    def _is_supplied(self):
        """Tell whether a supplier brought this; lines can say it without their move."""
        return self.location_id.usage == "supplier" or (
            bool(self.move_id) and self.move_id._is_supplied()
        )

    def _get_inspected_goods(self):
        """Return what inspection plans are chosen by."""
        self.ensure_one()
        return self.env["quality.inspection.plan"]._prepare_goods(
            self.product_id,
            self._get_supplier(),
            self.company_id,
            self._get_transfer().picking_type_id or self.move_id.picking_type_id,
        )

    def _get_supplier(self):
        """Return who delivered; a customer who sends goods back is not a supplier."""
        self.ensure_one()
        if not self._is_supplied():
            return self.env["res.partner"]
        partner = self._get_transfer().partner_id or self.move_id.partner_id
        return partner.commercial_partner_id

    def _get_transfer(self):
        """Return the transfer; a line may know it only through its move."""
        self.ensure_one()
        return self.picking_id or self.move_id.picking_id

    def _request_inspections(self):
        """Hold what came in and ask for its inspection, where a plan says so."""
        waiting = self.filtered(
            lambda line: line.lot_id and not line.quality_inspection_id
        )
        for operation, group in groupby(
            waiting, key=lambda line: line._get_inspection_operation()
        ):
            if operation:
                # Whoever receives goods need not be allowed to plan or create
                # inspections; that they are created protects everybody else.
                lines = self.env["stock.move.line"].union(*group).sudo()
                lines.env["quality.inspection"]._request_for_lines(lines, operation)

    def _send_uninspected_to_quarantine(self):
        """Goods without a lot that a plan wants inspected come in to quarantine.

        An inspection holds a lot; these have none, so the place holds them.

        :returns: ``{line: plan}`` of the lines concerned.
        """
        # As in _request_inspections: rules protect everybody, whoever receives.
        plans = self.sudo()._find_plans_without_lot()
        for line in plans:
            place = line.location_dest_id
            if not place.in_quarantine and place.warehouse_id:
                line.location_dest_id = place.warehouse_id._get_quarantine_place()
        return plans

    def _find_plans_without_lot(self):
        """Return ``{line: plan}`` of goods without a lot that plans want inspected."""
        untracked = self.filtered(
            lambda line: line.product_id.is_storable and line.product_id.tracking == "none"
        )
        plans = {}
        for operation, group in groupby(
            untracked, key=lambda line: line._get_inspection_operation()
        ):
            if operation:
                goods = {line: line._get_inspected_goods() for line in group}
                plans |= self.env["quality.inspection.plan"]._find_for_goods(
                    operation, goods
                )
        return plans

    def _ask_to_inspect_without_lot(self, plan):
        """Ask somebody to look at what is in quarantine now, and to decide by moving it."""
        self.ensure_one()
        document = self._get_transfer() or self.product_id.product_tmpl_id
        document.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Inspect %s", self.product_id.display_name),
            note=self.env._(
                "%(quantity)s %(unit)s of %(product)s have no lot and wait in %(place)s to "
                "be inspected by %(plan)s. Move out what is good, return what is not.",
                quantity=self.quantity,
                unit=self.product_uom_id.name,
                product=self.product_id.display_name,
                place=self.location_dest_id.display_name,
                plan=plan.display_name,
            ),
            user_id=(plan.user_id or self.env.user).id,
        )

    def _on_receipt_corrected(self, before):
        """Follow a correction of finished lines.

        :param before: ``{line: (lot, quantity in the product's unit)}``.
        """
        changed = self.filtered(
            lambda line: before[line] != (line.lot_id, line.quantity_product_uom)
        )
        for line in changed.sudo():  # see _request_inspections
            lot, quantity = before[line]
            inspection = line.quality_inspection_id
            more = (
                line.product_id.uom_id.compare(line.quantity_product_uom, quantity) > 0
            )
            if inspection.state == "draft" and lot == line.lot_id:
                inspection._update_received_quantity()
            elif lot != line.lot_id or more:
                # Nobody has looked at these goods under this number: a new inspection.
                line.quality_inspection_id = False
                inspection.filtered(
                    lambda one: one.state == "draft"
                )._update_received_quantity()
        changed._request_inspections()
