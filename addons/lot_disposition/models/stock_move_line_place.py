from odoo import models

from ..exceptions import LotOnHoldError
from ..lib.decision import (
    ALLOWED_TO_QUALITY_IN_PLACE,
    HELD,
    is_allowed_in_place,
)


class StockMoveLine(models.Model):
    """What a place or a package holds leaves it by quality's hand, or on a permit.

    Goods that take two people, or a signature, leave on a permit only.
    """

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.move.line"

    def _may_leave(self, holder, status, use, *, quality, doing):
        """Tell whether this line may take its goods out of what holds them.

        :param holder: a place or package; the other parameters as in ``_find_refusal``.
        """
        use = self._get_use_in_place(holder, use, doing=doing)
        alone = quality and not self._takes_permit(use)
        if is_allowed_in_place(status, use, quality=alone):
            return True
        quantity = self._get_used_quantity() if doing else 0.0
        return bool(self._find_permits_to_leave(holder, use, quantity))

    def _takes_permit(self, use):
        """Tell whether one person's decision is not enough to take these goods out.

        A lot is counted under its own name; what has none would be the same goods,
        missing here and found elsewhere.
        """
        # The rule binds whoever moves goods, also those who may not read the product.
        template = self.sudo().product_id.product_tmpl_id
        return not template._is_released_by_one() and (
            use == "internal" or not self.lot_id
        )

    def _find_permits_to_leave(self, holder, use, quantity):
        if use not in ALLOWED_TO_QUALITY_IN_PLACE:
            return self.env["lot.disposition.permit"]
        # What was granted holds for whoever makes the move.
        return holder.sudo()._find_permits(self.sudo(), use, quantity)

    def _get_use_in_place(self, holder, use, *, doing):
        """Return what a move means for what holds the goods around them.

        What comes in out of it leaves it. Goods with a lot of their own leave a hold by
        place also on the way to quarantine: that does not hold them, and moving there
        would set them free.
        """
        of_package = holder._disposition_column == "package_id"
        packed = of_package and (self.result_package_id == self.package_id or not doing)
        stocked = of_package or self.location_id.usage in ("internal", "transit")
        if use == "inbound" and stocked and not packed:
            quarantine = self.location_dest_id.in_quarantine
            use = "to_quarantine" if quarantine else "internal"
        if doing and use == "to_quarantine" and self.lot_id and not packed:
            return "internal"
        return use

    def _is_unpacked(self):
        """Tell whether these goods come in out of a package on hold, and have no lot."""
        held = self.package_id.sudo().effective_disposition in HELD  # whoever may read it
        return held and not self.lot_id and self.result_package_id != self.package_id

    def _record_leaving(self, holder, status, use):
        """Put on record what opened the way out of a place or package."""
        use = self._get_use_in_place(holder, use, doing=True)
        if is_allowed_in_place(status, use):
            return
        permits = self._find_permits_to_leave(holder, use, self._get_used_quantity())
        if permits:
            permits._use(self)
        else:
            self._record_exception(
                holder, "correction" if use == "correction" else "taken_out"
            )

    def _end_permits_of_gone(self):
        """Permits do not outlive their goods, to let out what comes in later."""
        permits = self.env["lot.disposition.permit"].sudo()  # they end by rule
        for line in self.sudo():
            for holder, _status in line._get_holders():
                if holder._disposition_column != "lot_id":
                    permits |= holder._get_permits(line)
        for goods, alike in permits.grouped(
            lambda permit: (permit._get_subject(), permit.product_id)
        ).items():
            alike._end_beyond(permits._get_quantity_held(*goods))

    # Editing what was done --------------------------------------------------

    def _get_brought(self):
        """Return ``{line: what it brought}`` of done lines whose goods are held there.

        Where goods are held by what they were brought to, editing the line takes them out
        again. Quality may, on record.

        :raises LotOnHoldError: anybody else.
        """
        brought = {}
        quality = self.env["stock.lot"]._is_quality()
        # The disposition protects the company, whoever may read the records.
        for line in self:
            place = line.sudo().location_dest_id
            package = line.sudo().result_package_id
            if not (
                place.in_quarantine
                or place.effective_disposition in HELD
                or package.effective_disposition in HELD
            ):
                continue
            holders = self.env["lot.disposition.mixin"]._find_holders(
                line.lot_id, package, place
            )
            around = [one for one, _s in holders if one._disposition_column != "lot_id"]
            for holder in around:
                if not holder._allows("correction", quality=quality):
                    raise LotOnHoldError(
                        holder._prepare_refusal("correction", line.product_id)
                    )
                line._record_edit(holder)
            if around:
                brought[line] = (around[0], line._prepare_brought())
        return brought

    def _prepare_brought(self):
        """Return (what and where, how much of it) this line brought."""
        goods = (
            *(self.product_id, self.lot_id, self.owner_id),
            *(self.location_dest_id, self.result_package_id, self.state),
        )
        return goods, self.quantity_product_uom

    def _check_brought_stays(self, brought, *, gone=False):
        """Editing what was brought is no way out for goods that take a permit.

        :param brought: what ``_get_brought`` returned before it was edited.
        :param gone: the lines are about to be deleted.
        :raises LotOnHoldError: it is not there any more, or less of it.
        """
        for line, (holder, (goods, quantity)) in brought.items():
            now_goods, now = line._prepare_brought()
            less = line.product_id.uom_id.compare(now, quantity) < 0
            if (gone or less or now_goods != goods) and line._takes_permit("correction"):
                raise LotOnHoldError(
                    holder._prepare_refusal("correction", line.product_id)
                )
