from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD, NOT_FORECAST, gravest
from ..lib.reservation import ReservationScope
from .lot_disposition_entry import STATUS
from .lot_disposition_queries import prepare_usable

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
    def _get_usable_domain(self, scope):
        """Return the domain of what a scope may take: by lot, package and place.

        For the quants of a reservation; ``_get_held_domain`` finds what is held anywhere.
        """

        def to_sql(model, alias, query):
            return prepare_usable(
                model,
                alias,
                scope.list_usable(),
                scope.list_usable_in_place(),
                scope.permitted_lot_ids,
            )

        return Domain.custom(to_sql=to_sql)

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
        unexpected = self.filtered(lambda quant: quant.disposition in NOT_FORECAST)
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

    # Reserving --------------------------------------------------------------

    def _get_reserve_quantity(self, product_id, location_id, quantity, *args, **kwargs):
        """Leave out what may not be used; only while something is being reserved.

        Everywhere else a hidden quant would make Odoo create a second, negative one.
        """
        if product_id.uom_id.compare(quantity, 0) <= 0:
            return super()._get_reserve_quantity(
                product_id, location_id, quantity, *args, **kwargs
            )
        scope = self._get_scope()
        reserved = super(
            StockQuant, self.with_context(lot_disposition_gather=scope)
        )._get_reserve_quantity(product_id, location_id, quantity, *args, **kwargs)
        remaining = dict(scope.permitted)
        result = []
        for quant, taken in reserved:
            allowed = min(taken, remaining.get(quant.lot_id.id, taken))
            if quant.lot_id.id in remaining:
                remaining[quant.lot_id.id] -= allowed
            if allowed:
                result.append((quant.with_context(lot_disposition_gather=None), allowed))
        return result

    def _get_available_quantity(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        allow_negative=False,
    ):
        """Held stock is not available; what is booked is, held or not."""
        scope = None if allow_negative else self._get_scope()
        return super(
            StockQuant, self.with_context(lot_disposition_gather=scope)
        )._get_available_quantity(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
            allow_negative=allow_negative,
        )

    @api.model
    def _get_scope(self):
        """Return the ``ReservationScope`` in force: of a move, else for any use."""
        scope = self.env.context.get("lot_disposition_scope")
        return scope if isinstance(scope, ReservationScope) else ReservationScope()

    def _get_gather_domain(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
    ):
        domain = super()._get_gather_domain(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )
        scope = self.env.context.get("lot_disposition_gather")
        if isinstance(scope, ReservationScope):
            domain &= self._get_usable_domain(scope)
        return domain

    # Writing past the moves ---------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        if not self.env.su:
            quants._check_direct_change()
        return quants

    def write(self, vals):
        guarded = STOCK_FIELDS & vals.keys() and not self.env.su
        if guarded:
            self._check_direct_change()
        result = super().write(vals)
        if guarded:
            self._check_direct_change()
        return result

    def unlink(self):
        if not self.env.su:
            self._check_direct_change()
        return super().unlink()

    def _check_direct_change(self):
        """Quants can be written over RPC and by import: those of held goods may not.

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
