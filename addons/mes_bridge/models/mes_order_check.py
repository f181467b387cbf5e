from odoo import models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import TOLERANCE
from ..lib.moments import is_plausible

USED_KINDS = ("consumed", "scrapped")


class MesOrder(models.Model):
    """What is refused before it is posted: a person has to decide."""

    _inherit = "mes.order"

    def _check_components(self, production, differences):
        """Refuse what is no component of the order, until a person accepts it.

        :raises BusinessError: ``mes_bridge.unknown_component``, ``mes_bridge.kit_used``
        """
        known = production.move_raw_ids.product_id | self.accepted_product_ids
        made = production.move_finished_ids.product_id | self.product_id
        for event, _quantity in differences:
            if event.kind == "scrapped" and event.product_id in made:
                continue
            if event.kind in USED_KINDS and event.product_id.is_kits:
                self._raise_kit(event)
            if event.kind in USED_KINDS and event.product_id not in known:
                raise BusinessError(
                    self.env._(
                        "%(product)s was used or scrapped on %(order)s and is no "
                        "component of it.",
                        product=event.product_id.display_name,
                        order=self.name,
                    ),
                    kind="mes_bridge.unknown_component",
                    fingerprint=f"{self.name}:{event.product_id.id}",
                    values={
                        "mes_order_id": self.id,
                        "mes_product_id": event.product_id.id,
                    },
                )

    def _raise_kit(self, event):
        """Odoo takes a kit for its parts, whose lots nobody told."""
        raise BusinessError(
            self.env._(
                "%(product)s was used or scrapped on %(order)s and is a kit: its parts "
                "are to be reported, each with its lot.",
                product=event.product_id.display_name,
                order=self.name,
            ),
            kind="mes_bridge.kit_used",
            fingerprint=f"{self.name}:{event.product_id.id}",
            values={"mes_order_id": self.id, "mes_product_id": event.product_id.id},
        )

    def _check_lots(self, production, differences):
        """Refuse lots of which the plant does not have as much.

        :raises BusinessError: ``mes_bridge.lot_not_in_stock``
        """
        wanted = self._find_wanted(production, differences)
        if not wanted:
            return
        place = production.location_src_id.warehouse_id.view_location_id
        stock = dict(
            self.env["stock.quant"]._read_group(
                [
                    ("lot_id", "in", [lot.id for lot in wanted]),
                    (
                        "location_id",
                        "child_of",
                        (place or production.location_src_id).id,
                    ),
                ],
                ["lot_id"],
                ["quantity:sum"],
            )
        )
        for lot, quantity in wanted.items():
            if stock.get(lot, 0.0) + TOLERANCE < quantity:
                raise BusinessError(
                    self.env._(
                        "%(order)s reports %(quantity)g of lot %(lot)s (%(product)s), of "
                        "which the plant has %(available)g.",
                        order=self.name,
                        quantity=quantity,
                        lot=lot.name,
                        product=lot.product_id.display_name,
                        available=stock.get(lot, 0.0),
                    ),
                    kind="mes_bridge.lot_not_in_stock",
                    fingerprint=f"{self.name}:{lot.id}",
                    values={"mes_order_id": self.id, "mes_lot_id": lot.id},
                )

    def _find_wanted(self, production, differences):
        """Return how much of each lot has to be in stock.

        What was good and is scrapped has to be there as well: its report may be late, or
        the goods are gone.
        """
        wanted = {}
        for event, quantity in differences:
            if not event.lot_id:
                continue
            if self._takes_stock(event, production) or self._is_spoilt(event):
                wanted[event.lot_id] = wanted.get(event.lot_id, 0.0) + quantity
        for event, quantity in differences:
            if event.lot_id in wanted and event.kind in ("reported", "byproduct"):
                wanted[event.lot_id] -= quantity
        return wanted

    def _is_spoilt(self, event):
        return event.kind == "scrapped" and event.made_before

    def _check_serials(self, production, differences):
        """Refuse to make a serial number twice, or other than one of it.

        Odoo checks only when the order is done.

        :raises BusinessError: ``mes_bridge.serial_twice``
        """
        for event, quantity in differences:
            if event.product_id.tracking != "serial":
                continue
            twice = (
                not self._takes_stock(event, production)
                and not self._is_spoilt(event)
                and production._are_finished_serials_already_produced(event.lot_id)
            )
            if abs(quantity - 1) > TOLERANCE or twice:
                raise BusinessError(
                    self.env._(
                        "%(order)s reports serial number %(serial)s of %(product)s, "
                        "which was made before or does not count as one.",
                        order=self.name,
                        serial=event.lot_id.name,
                        product=event.product_id.display_name,
                    ),
                    kind="mes_bridge.serial_twice",
                    # The lot may be this report's own, and go with it.
                    fingerprint=f"{self.name}:{event.lot_id.name}",
                    values={"mes_order_id": self.id},
                )

    def _takes_stock(self, event, production):
        """Tell whether it was there before; a by-product may be scrapped before its
        report is here."""
        return event.kind == "consumed" or (
            event.kind == "scrapped" and not self._is_made(event.product_id, production)
        )

    def _is_made(self, product, production=None):
        """Tell whether the order makes a product, itself or beside it."""
        production = production or self._get_production()
        return product in production.move_finished_ids.product_id | self.product_id

    # Dates ---------------------------------------------------------------

    def _check_moment(self, message, moment):
        """Refuse what happened when it cannot have: a clock is wrong.

        :raises BusinessError: ``mes_bridge.moment_implausible``
        """
        received = message.received_at
        if is_plausible(moment, received, self.released_at):
            return
        raise BusinessError(
            self.env._(
                "A report of %(order)s says that it happened on %(moment)s (UTC); it was "
                "received on %(received)s.",
                order=self.name,
                moment=moment,
                received=received,
            ),
            kind="mes_bridge.moment_implausible",
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )

    def _check_period(self, moment):
        """Refuse what would be dated into a locked period.

        :raises BusinessError: ``mes_bridge.period_locked``
        """
        locked = self._find_period_lock(moment)
        if locked:
            self._raise_period_locked(
                self.env._(
                    "A report of %(order)s is of %(moment)s; the period is locked up to "
                    "%(date)s.",
                    order=self.name,
                    moment=moment,
                    date=locked,
                )
            )

    def _find_period_lock(self, moment):
        """Hook: return the date up to which the period of a moment is locked, if it is."""
        return False

    def _check_late_period(self):
        """Refuse to change times or values of what was closed in a period that is over.

        :raises BusinessError: ``mes_bridge.period_locked``
        """
        try:
            self._check_correction_period()
        except UserError as error:
            self._raise_period_locked(str(error))

    def _raise_period_locked(self, text):
        raise BusinessError(
            text,
            kind="mes_bridge.period_locked",
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )
