from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import TOLERANCE


class MesOrder(models.Model):
    """What is refused before it is posted: a person has to decide."""

    _inherit = "mes.order"

    def _check_components(self, production, differences):
        """Refuse what is no component of the order, until a person accepts it.

        :raises BusinessError: ``mes_bridge.unknown_component``
        """
        known = production.move_raw_ids.product_id | self.accepted_product_ids
        for event, _quantity in differences:
            if event.kind == "consumed" and event.product_id not in known:
                raise BusinessError(
                    self.env._(
                        "%(product)s was consumed on %(order)s and is no component of "
                        "it.",
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

    def _check_lots(self, production, differences):
        """Refuse lots of which the plant does not have as much.

        :raises BusinessError: ``mes_bridge.lot_not_in_stock``
        """
        wanted = {}
        for event, quantity in differences:
            if event.lot_id and self._takes_stock(event):
                wanted[event.lot_id] = wanted.get(event.lot_id, 0.0) + quantity
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

    def _check_serials(self, production, differences):
        """Refuse to make a serial number twice, or more of it than one.

        Odoo checks only when the order is done.

        :raises BusinessError: ``mes_bridge.serial_twice``
        """
        for event, quantity in differences:
            if event.product_id.tracking != "serial" or self._takes_stock(event):
                continue
            made_before = event.kind == "scrapped" and event.made_before
            twice = (
                not made_before
                and production._are_finished_serials_already_produced(event.lot_id)
            )
            if quantity > 1 + TOLERANCE or twice:
                raise BusinessError(
                    self.env._(
                        "%(order)s reports serial number %(serial)s of %(product)s, "
                        "which was made before or counts more than once.",
                        order=self.name,
                        serial=event.lot_id.name,
                        product=event.product_id.display_name,
                    ),
                    kind="mes_bridge.serial_twice",
                    # The lot may be this report's own, and go with it.
                    fingerprint=f"{self.name}:{event.lot_id.name}",
                    values={"mes_order_id": self.id},
                )

    def _takes_stock(self, event):
        return event.kind == "consumed" or (
            event.kind == "scrapped" and event.product_id != self.product_id
        )
