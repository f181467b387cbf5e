from odoo import api, fields, models

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD, PERMITTED_USES
from .lot_disposition_entry import STATUS
from .stock_quant import MOVING

# Fields that move stock when they change on a line that is done already.
STOCK_FIELDS = {
    "quantity",
    "lot_id",
    "lot_name",
    "location_id",
    "location_dest_id",
    "package_id",
    "result_package_id",
    "owner_id",
    "product_id",
    "product_uom_id",
    "quant_id",
    "move_id",
    "state",
}
# What is moved in fact. Odoo computes it and lets it be written, below zero as well: a
# receipt would ship.
COMPUTED_QUANTITY = "quantity_product_uom"
# Fields that choose other goods, or another use of them, on a line that is not done.
CHOOSING_FIELDS = STOCK_FIELDS - {"state", "lot_name", "result_package_id", "owner_id"}
# Statuses that nothing but a decision ends.
STOPPED = ("quarantined", "rejected")
OPEN_STATES = ("draft", "waiting", "confirmed", "partially_available", "assigned")


def _leave_out_computed(vals):
    """Return values without the quantity that only Odoo computes, the caller's unchanged."""
    return {name: vals[name] for name in vals if name != COMPUTED_QUANTITY}


class StockMoveLine(models.Model):
    """The narrow place: whatever moves stock in Odoo becomes a line that is done."""

    _inherit = "stock.move.line"

    disposition = fields.Selection(STATUS, compute="_compute_disposition")
    disposition_reason = fields.Char(compute="_compute_disposition")

    @api.depends("lot_id", "package_id", "location_id")
    def _compute_disposition(self):
        for line in self:
            holder = line._get_holders()[:1]
            line.disposition = holder[0][1] if holder else "released"
            line.disposition_reason = holder and holder[0][0]._get_hold_reason()

    def _action_done(self):
        self._find_typed_lots()
        self.lot_id._lock_for_use()
        self._send_to_quarantine()
        self._check_lot_use()
        self._check_covered(taken=False)
        unnamed = self.filtered(lambda line: not line.lot_id)
        result = super(StockMoveLine, self._as_moving())._action_done()
        # Odoo finds or makes lots that were only typed in by name in there.
        done = self.exists()
        (unnamed & done).filtered("lot_id")._check_covered(taken=True)
        done.lot_id._lock_for_use()
        done._check_lot_use(record=True)
        self.env["stock.location"]._flush_for_guard()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [_leave_out_computed(vals) for vals in vals_list]
        lines = super(StockMoveLine, self._as_moving()).create(vals_list)
        lines = lines.with_env(self.env)
        # A line added to a finished move moves stock without _action_done.
        done = lines.filtered(lambda line: line.state == "done")
        done._check_lot_use(record=True)
        done._check_covered(taken=True)
        (lines - done)._check_choice()
        return lines

    def write(self, vals):
        vals = _leave_out_computed(vals)
        if not STOCK_FIELDS & vals.keys():
            return super().write(vals)
        done = self.filtered(lambda line: line.state == "done")
        done._check_done_change()
        brought = done._get_brought()
        mover = self._as_moving() if done else self
        result = super(StockMoveLine, mover).write(vals)
        now_done = self.filtered(lambda line: line.state == "done")
        now_done._check_lot_use()
        done._check_done_change()
        done._check_brought_stays(brought)
        done._check_covered(taken=True)
        if CHOOSING_FIELDS & vals.keys():
            (self - now_done)._check_choice()
        return result

    def unlink(self):
        done = self.filtered(lambda line: line.state == "done")
        done._check_done_change()
        done._check_brought_stays(done._get_brought(), gone=True)
        return super().unlink()

    def _as_moving(self):
        """Return these lines so that what they move may be written to the quants."""
        return self.with_context(lot_disposition_moving=MOVING)

    def _get_lot_use(self):
        """Return the use this line makes of its goods, see ``lib.decision.Use``."""
        self.ensure_one()
        return self.location_id._get_lot_use(
            self.location_dest_id, scrap=bool(self.move_id.scrap_id)
        )

    def _find_typed_lots(self):
        """Name the lots on hold that were only typed in; Odoo does it when it is late."""
        typed = self.filtered(
            lambda line: (
                line.lot_name
                and not line.lot_id
                and line.product_id.tracking != "none"
                and line.move_id.picking_type_id.use_create_lots
            )
        )
        if not typed:
            return
        # What is on hold protects the company, whoever receives it.
        found = self.env["stock.lot"].sudo().search(
            [
                ("product_id", "in", typed.product_id.ids),
                ("name", "in", typed.mapped("lot_name")),
                ("disposition", "in", tuple(HELD)),
            ]
        )
        for line in typed if found else ():
            line.lot_id = found.filtered(
                lambda lot, line=line: (
                    lot.product_id == line.product_id
                    and lot.name == line.lot_name
                    and lot.company_id in (line.company_id, lot.company_id.browse())
                )
            )[:1]

    def _send_to_quarantine(self):
        """What comes in and is stopped already goes to quarantine, where there is one."""
        for line in self._filter_held():
            # As in the filter: what stops goods does so whoever receives them.
            stopped = line.lot_id.sudo().disposition in STOPPED or line._is_unpacked()
            place = line.location_dest_id
            found = line.location_id.usage == "inventory"  # counted where it lies
            if not stopped or found or place.in_quarantine or place.usage != "internal":
                continue
            if line._get_lot_use() == "inbound" and (quarantine := place._find_quarantine()):
                line.location_dest_id = quarantine

    def _get_place(self):
        """Return where the goods of this line are: before it is done, or since."""
        return self.location_dest_id if self.state == "done" else self.location_id

    def action_contain(self):
        """Hold the goods of these lines; the wizard asks for the reason."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lot_disposition.lot_disposition_contain_action"
        )
        context = {
            "active_model": self._name,
            "active_ids": self.ids,
            "default_picking_id": self.picking_id[:1].id,
        }
        return dict(action, context=context)

    # Who holds the goods ----------------------------------------------------

    def _get_holders(self):
        """Return who holds the goods of this line: (record, status), lot first."""
        self.ensure_one()
        return self.env["lot.disposition.mixin"]._find_holders(
            self.lot_id, self.package_id, self.location_id
        )

    def _find_refusal(self, *, quality=False, doing=False):
        """Return (record, use) of the first that forbids what this line does, or None.

        :param quality: whoever does it belongs to the quality group.
        :param doing: it is being done, not only planned; then permits must cover it.
        """
        holders = self._get_holders()
        if not holders:
            return None
        use = self._get_lot_use()
        for holder, status in holders:
            if holder._disposition_column == "lot_id":
                if holder._allows(use, quality=quality) or (
                    self._is_permitted(status, use, doing=doing)
                ):
                    continue
                return holder, use
            if not self._may_leave(holder, status, use, quality=quality, doing=doing):
                return holder, self._get_use_in_place(holder, use, doing=doing)
        return None

    def _is_permitted(self, status, use, *, doing):
        if status != "restricted" or use not in PERMITTED_USES:
            return False
        quantity = self._get_used_quantity() if doing else 0.0
        # What was granted holds for whoever makes the move; a yes or no leaves here.
        return bool(self.lot_id.sudo()._find_permits(self, use, quantity))

    def _get_used_quantity(self):
        """Return what this line uses, in the product's unit.

        The stored quantity in that unit can be written; it does not stretch a permit.
        """
        return max(
            self.quantity_product_uom,
            self.product_uom_id._compute_quantity(
                self.quantity, self.product_id.uom_id, rounding_method="HALF-UP"
            ),
        )

    # Checking ---------------------------------------------------------------

    def _filter_held(self):
        """Return the lines whose goods anybody holds; cheap where nobody does."""
        # The disposition protects the company, whoever may read the records.
        lines = self.sudo()
        lots = lines.lot_id.filtered(lambda lot: lot.disposition in HELD)
        packages = lines.package_id.filtered(
            lambda package: package.effective_disposition in HELD
        )
        places = lines.location_id.filtered(
            lambda place: place.effective_disposition in HELD or place.in_quarantine
        )
        if not (lots or packages or places):
            return self.browse()
        return self.filtered(lambda line: line._get_holders())

    def _check_lot_use(self, *, record=False):
        """Refuse what the disposition of the goods forbids.

        :param record: the lines are being done: count permits down and write what quality
            did beyond the table to the ledger.
        :raises LotOnHoldError: a sentence with the way out.
        """
        held = self._filter_held()
        quality = held and self.env["stock.lot"]._is_quality()
        for line in held:
            if refusal := line._find_refusal(quality=quality, doing=True):
                holder, use = refusal
                raise LotOnHoldError(holder._prepare_refusal(use, line.product_id))
            if record:
                line._record_use()
        if record:
            held._end_permits_of_gone()

    def _check_choice(self):
        """Refuse to plan with what may not be used that way: picked by hand, too.

        Goods that are not kept in stock are reserved by Odoo itself, from anywhere; it is
        only told no when it does it.

        :raises LotOnHoldError: a sentence with the way out.
        """
        held = self._filter_held().filtered(
            lambda line: (
                line.state in OPEN_STATES
                and line.quantity
                and line.product_id.is_storable
            )
        )
        quality = held and self.env["stock.lot"]._is_quality()
        for line in held:
            if refusal := line._find_refusal(quality=quality):
                holder, use = refusal
                raise LotOnHoldError(holder._prepare_refusal(use, line.product_id))

    def _check_done_change(self):
        """Editing what was done corrects the stock: with held goods, quality does.

        :raises LotOnHoldError: a sentence with the way out.
        """
        held = self._filter_held()
        quality = held and self.env["stock.lot"]._is_quality()
        for line in held:
            line._check_lot_use()
            for holder, _status in line._get_holders():
                if not holder._allows("correction", quality=quality):
                    raise LotOnHoldError(
                        holder._prepare_refusal("correction", line.product_id)
                    )
                line._record_edit(holder)

    def _record_edit(self, holder):
        holder._record(
            "correction",
            self.env._("%s was edited", self.reference or self.product_id.display_name),
            origin=self,
            product_id=self.product_id.id,
            quantity=self.quantity_product_uom,
        )

    def _record_use(self):
        """Put on record what a permit or the quality group opened for this line."""
        self.ensure_one()
        use = self._get_lot_use()
        for holder, status in self._get_holders():
            if holder._disposition_column != "lot_id":
                self._record_leaving(holder, status, use)
            elif not holder._allows(use, quality=True):
                # See _is_permitted; counting down writes permits itself.
                permits = self.lot_id.sudo()._find_permits(
                    self, use, self._get_used_quantity()
                )
                permits._use(self)
            elif use == "correction" and not holder._allows(use):
                self._record_exception(holder, "correction")

    def _record_exception(self, holder, kind):
        holder._record(
            kind,
            self.move_id.reference or self.product_id.display_name,
            path="ui",
            origin=self,
            product_id=self.product_id.id,
            quantity=self.quantity_product_uom,
        )
