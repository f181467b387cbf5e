from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD, NOT_FORECAST, gravest
from .lot_disposition_entry import STATUS

# In the context while lines that are done move stock. Being no JSON value, nobody can
# send it from outside.
MOVING = object()
STOCK_FIELDS = {
    "quantity",
    "lot_id",
    "location_id",
    "product_id",
    "package_id",
    "owner_id",
}


class StockQuant(models.Model):
    _inherit = "stock.quant"

    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition of the lot"
    )
    lot_disposition_reason = fields.Char(
        related="lot_id.disposition_reason", string="Reason of the disposition"
    )
    disposition = fields.Selection(
        STATUS,
        compute="_compute_disposition",
        help="The gravest of what holds these goods: lot, package or place.",
    )
    disposition_reason = fields.Char(
        string="Why on hold", compute="_compute_disposition"
    )
    is_held = fields.Boolean(compute="_compute_disposition", search="_search_is_held")

    @api.depends("lot_id", "package_id", "location_id")
    def _compute_disposition(self):
        for quant in self:
            holders = quant._get_holders()
            quant.disposition = gravest(status for _holder, status in holders)
            quant.disposition_reason = holders and holders[0][0]._get_hold_reason()
            quant.is_held = bool(holders)

    def _compute_available_quantity(self):
        """What is on hold lies there, but is not available; what is reserved of it is."""
        result = super()._compute_available_quantity()
        for quant in self.filtered("is_held"):
            quant.available_quantity = min(quant.available_quantity, 0.0)
        return result

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec != "available_quantity:sum":
            return super()._read_group_select(aggregate_spec, query)
        # The same in totals: only what is free.
        free = self.sudo()._search(~self._get_held_domain())  # a condition, no access
        return SQL(
            "SUM(%s) FILTER (WHERE %s IN %s)",
            SQL(
                "%s - %s",
                SQL.identifier(query.table, "quantity"),
                SQL.identifier(query.table, "reserved_quantity"),
            ),
            SQL.identifier(query.table, "id"),
            free.subselect(),
        )

    @api.model
    def _search_is_held(self, operator, value):
        if operator != "in":
            return NotImplemented
        held = self._get_held_domain()
        return held if True in value else ~held

    def _get_holders(self):
        """Return who holds these goods: (record, status), lot first."""
        self.ensure_one()
        return self.env["lot.disposition.mixin"]._find_holders(
            self.lot_id, self.package_id, self.location_id
        )

    def _get_hold_reason(self):
        holders = self._get_holders()
        return holders[0][0]._get_hold_reason() if holders else ""

    @api.model
    def _get_held_domain(self):
        """Return the domain of what may not be consumed or shipped as it is."""
        return self._get_domain_held_as(HELD, HELD)

    @api.model
    def _get_expected_domain(self):
        """Return the domain of what planning may count on."""
        return ~self._get_domain_held_as(NOT_FORECAST, NOT_FORECAST)

    @api.model
    def _get_domain_held_as(self, statuses, statuses_in_place):
        """Return the domain of goods whose lot, package or place has such a status."""
        held = Domain("lot_id", "any!", [("disposition", "in", sorted(statuses))])
        around = [("effective_disposition", "in", sorted(statuses_in_place))]
        held |= Domain("package_id", "any!", around)
        held |= Domain("location_id", "any!", around)
        if "quarantined" in statuses_in_place:
            held |= Domain("lot_id", "=", False) & Domain(
                "location_id", "any!", [("in_quarantine", "=", True)]
            )
        return held

    def _get_unexpected_quantity(self):
        """Return how much of these held goods planning must not count on.

        What is on its way out already, back to the vendor or on a permit, is counted
        among what goes out.
        """
        unexpected = self._filter_unexpected()
        if not unexpected:
            return 0.0
        leaving = 0.0
        reserved = unexpected.filtered("reserved_quantity")
        if reserved:
            lines = self.env["stock.move.line"].search(
                [
                    ("state", "in", ("assigned", "partially_available")),
                    ("product_id", "in", reserved.product_id.ids),
                    ("location_id", "in", reserved.location_id.ids),
                    ("lot_id", "in", [*reserved.lot_id.ids, False]),
                    ("location_dest_id.usage", "!=", "internal"),
                ]
            )
            kept = {(q.location_id, q.lot_id, q.package_id) for q in reserved}
            leaving = sum(
                line.quantity_product_uom
                for line in lines
                if (line.location_id, line.lot_id, line.package_id) in kept
            )
        return sum(unexpected.mapped("quantity")) - leaving

    def _filter_unexpected(self):
        return self.filtered(lambda quant: quant.disposition in NOT_FORECAST)

    def _get_unreserved_quantity(self):
        return sum(quant.quantity - quant.reserved_quantity for quant in self)

    # Writing past the moves ---------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # A count is entered on quants without a quantity, and moves stock.
        written = any(vals.get("quantity") for vals in vals_list)
        quants = super().create(vals_list)
        if written and not self._is_moving():
            added = quants.filtered(lambda quant: self.env.su and quant.quantity >= 0)
            (quants - added)._check_direct_change()
        return quants

    def write(self, vals):
        guarded = STOCK_FIELDS & vals.keys() and not self._is_moving()
        if guarded:
            self._filter_losing(vals)._check_direct_change()
        result = super().write(vals)
        if guarded and not self.env.su:
            self._check_direct_change()
        return result

    def unlink(self):
        if not self._is_moving():
            self._filter_losing({"quantity": 0})._check_direct_change()
        return super().unlink()

    def _is_moving(self):
        return self.env.context.get("lot_disposition_moving") is MOVING

    def _filter_losing(self, vals):
        """Return those from which writing this takes goods; the system may add some."""
        if not self.env.su or vals.keys() & STOCK_FIELDS != {"quantity"}:
            return self
        return self.filtered(lambda quant: vals["quantity"] < quant.quantity)

    def _check_direct_change(self):
        """Quants can be written over RPC, by import and by the rules of an administrator:
        those of held goods may not.

        Counting and moving book moves, which the ledger knows; this would not.

        :raises LotOnHoldError: a sentence with the way out.
        """
        for quant in self:
            for holder, _status in quant._get_holders():
                raise LotOnHoldError(
                    self.env._(
                        "%(subject)s is %(status)s, and its stock is not written by hand. "
                        "Reason: %(reason)s. Quality counts it in the inventory, or moves "
                        "it.",
                        subject=holder._get_refused_subject(quant.product_id),
                        status=holder._get_disposition_label(),
                        reason=holder._get_hold_reason(),
                    )
                )
