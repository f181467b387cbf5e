from odoo import api, models
from odoo.fields import Domain

from ..lib.decision import is_allowed_in_place
from ..lib.reservation import ReservationScope
from .lot_disposition_queries import prepare_usable


class StockQuant(models.Model):
    """What may not be used is not reserved; what takes a permit, as far as it goes."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.quant"

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
        if not (scope.permitted or scope.released):
            return [(quant._as_reserved(), taken) for quant, taken in reserved]
        limited = self._limit_to_permits(reserved, scope)
        cut = sum(taken for _q, taken in reserved) - sum(taken for _q, taken in limited)
        if product_id.uom_id.compare(cut, 0) <= 0:
            return limited
        # What permits do not open is made up for from what needs none.
        held = [(quant, taken) for quant, taken in limited if quant._needs_permit(scope)]
        free = self.with_context(lot_disposition_scope=scope.without_permits())
        rest = quantity - sum(taken for _quant, taken in held)
        return held + free._get_reserve_quantity(
            product_id, location_id, rest, *args, **kwargs
        )

    def _as_reserved(self):
        return self.with_context(lot_disposition_gather=None)

    def _limit_to_permits(self, reserved, scope):
        """Return ``[(quant, quantity)]`` of a reservation, no more than permits open."""
        lots = dict(scope.permitted)
        releases = {one: one.quantity for one in scope.released}
        result = []
        for quant, taken in reserved:
            allowed = min(taken, lots.get(quant.lot_id.id, taken))
            fitting = quant._find_releases(scope)
            for ones in fitting:
                allowed = min(allowed, sum(releases[one] for one in ones))
            if quant.lot_id.id in lots:
                lots[quant.lot_id.id] -= allowed
            for ones in fitting:
                left = allowed
                for one in ones:
                    used = min(left, releases[one])
                    releases[one] -= used
                    left -= used
            if allowed:
                result.append((quant._as_reserved(), allowed))
        return result

    def _find_releases(self, scope):
        """Return, for each place or package these goods need a permit to leave, those there are."""
        return [
            [
                one
                for one in scope.released
                if one.lets_out(
                    holder._disposition_column,
                    self[holder._disposition_column].parent_path,
                    holder.parent_path,
                )
            ]
            for holder, status in self._get_holders()
            if holder._disposition_column != "lot_id"
            and not is_allowed_in_place(status, scope.get_use_of(holder._disposition_column))
        ]

    def _needs_permit(self, scope):
        return self.lot_id.id in scope.permitted_lot_ids or bool(
            self._find_releases(scope)
        )

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

    @api.model
    def _get_usable_domain(self, scope):
        """Return the domain of what a scope may take: by lot, package and place.

        For the quants of a reservation; ``_get_held_domain`` finds what is held anywhere.
        """

        def to_sql(model, alias, query):
            return prepare_usable(model, alias, scope)

        return Domain.custom(to_sql=to_sql)
