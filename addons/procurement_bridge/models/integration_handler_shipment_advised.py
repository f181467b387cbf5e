from odoo import Command, models

from odoo.addons.integration_core.lib.envelope import parse_moment
from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult

from ..lib.notice import LotSumError, read_parts


class ShipmentAdvisedHandler(models.AbstractModel):
    """Takes a supplier's ship notice and puts it onto the open receipt of the order."""

    _name = "integration.handler.shipment.advised"
    _inherit = "integration.handler"
    _description = "Advance ship notice handler"

    def _handle(self, message):
        supplier = self._resolve_supplier(message)
        notice = self._find_notice(message, supplier)
        if notice and not notice._is_superseded_by(
            message._get_payload().get("revision", 1),
            self._get_advised_at(message),
            message.sha256,
        ):
            return HandlerResult(
                record=notice,
                outcome="ignored",
                summary=self.env._("%s is on record like this, or newer.", notice.name),
            )
        order = self._find_order(message, supplier)
        # What comes is named as the plant that ordered it names it.
        there = self._at_plant(order.picking_type_id.warehouse_id)
        vals = there._prepare_notice_vals(message, order, supplier)
        if notice:
            notice._replace(vals)
        else:
            notice = self.env["procurement.shipment.notice"].create(vals)
        notice._apply()
        notice._announce()
        return HandlerResult(record=notice, summary=notice._get_summary())

    def _resolve_supplier(self, message):
        """Return the company the supplier code stands for.

        :raises BusinessError: ``procurement_bridge.wrong_supplier``, when a supplier's
            own connection speaks for somebody else.
        """
        code = message._get_payload()["supplier"]
        supplier = self._resolve(message, "supplier", code).commercial_partner_id
        sender = message.system_id.partner_id.commercial_partner_id
        if message.system_id.kind == "supplier" and sender and sender != supplier:
            raise BusinessError(
                self.env._(
                    "%(system)s is the connection of %(sender)s, but the ship notice "
                    "%(asn)s speaks for %(supplier)s.",
                    system=message.system_id.name,
                    sender=sender.name,
                    asn=message._get_payload()["asn"],
                    supplier=supplier.name,
                ),
                kind="procurement_bridge.wrong_supplier",
                fingerprint=f"sender:{supplier.id}",
            )
        return supplier

    def _find_notice(self, message, supplier):
        return self.env["procurement.shipment.notice"].search(
            [
                ("name", "=", message._get_payload()["asn"]),
                ("partner_id", "=", supplier.id),
                ("company_id", "=", message.company_id.id),
            ],
            limit=1,
        )

    def _get_advised_at(self, message):
        moment = message.occurred_at or message.received_at
        return moment.replace(microsecond=0)

    def _find_order(self, message, supplier):
        """Return the confirmed purchase order the notice is about.

        :raises BusinessError: ``procurement_bridge.unknown_purchase_order`` or
            ``procurement_bridge.wrong_supplier``.
        """
        name = message._get_payload()["purchase_order"]
        order = self.env["purchase.order"].search(
            [
                ("name", "=", name),
                ("company_id", "=", message.company_id.id),
            ],
            limit=1,
        )
        if order.state != "purchase":
            raise BusinessError(
                self.env._(
                    "The ship notice %(asn)s is about the purchase order %(order)s, "
                    "which is not known or not confirmed.",
                    asn=message._get_payload()["asn"],
                    order=name,
                ),
                kind="procurement_bridge.unknown_purchase_order",
                fingerprint=name,
            )
        if order.partner_id.commercial_partner_id != supplier:
            raise BusinessError(
                self.env._(
                    "The ship notice %(asn)s comes from %(supplier)s, but %(order)s was "
                    "placed with %(vendor)s.",
                    asn=message._get_payload()["asn"],
                    supplier=supplier.name,
                    order=name,
                    vendor=order.partner_id.commercial_partner_id.name,
                ),
                kind="procurement_bridge.wrong_supplier",
                fingerprint=f"{order.id}:{supplier.id}",
            )
        return order

    def _prepare_notice_vals(self, message, order, supplier):
        payload = message._get_payload()
        eta = payload.get("eta") and parse_moment(payload["eta"])
        packages = payload.get("packages") or ()
        return {
            "name": payload["asn"],
            "revision": payload.get("revision", 1),
            "partner_id": supplier.id,
            "company_id": message.company_id.id,
            "purchase_order_id": order.id,
            "shipped_on": payload["shipped_on"],
            "eta": eta.replace(tzinfo=None, microsecond=0) if eta else False,
            "carrier": payload.get("carrier"),
            "carrier_reference": payload.get("carrier_reference"),
            "package_refs": ", ".join(package["sscc"] for package in packages),
            "message_id": message.id,
            "advised_at": self._get_advised_at(message),
            "payload_sha256": message.sha256,
            "line_ids": [
                Command.create(self._prepare_line_vals(message, part))
                for part in self._read_parts(message)
            ],
        }

    def _read_parts(self, message):
        try:
            return read_parts(message._get_payload())
        except LotSumError as error:
            raise BusinessError(
                self.env._(
                    "In the ship notice %(asn)s the lots of %(item)s add up to "
                    "%(lot_sum)s, but the line says %(quantity)s.",
                    asn=message._get_payload()["asn"],
                    item=error.item,
                    lot_sum=error.lot_sum,
                    quantity=error.quantity,
                ),
                kind="procurement_bridge.lot_sum_mismatch",
                fingerprint=f"{message._get_payload()['asn']}:{error.item}",
            ) from error

    def _prepare_line_vals(self, message, part):
        """Return one line in our records and unit; the lot is made when it is new.

        :raises BusinessError: see ``_resolve_quantity``, ``_check_serial``.
        """
        product = self._resolve(message, "item", part.item)
        quantity = self._resolve_quantity(message, product, part.quantity, part.unit)
        lot = self.env["stock.lot"]
        if part.lot and product.tracking != "none":
            self._check_serial(message, product, part.lot, quantity)
            lot = self._resolve_lot(message, product, part.lot, create=True)
            self._set_expiry(lot, part.expiry)
            self._set_reference(lot, part.lot)
        return {
            "number": part.number,
            "item_code": part.item,
            "product_id": product.id,
            "quantity": quantity,
            "advised_quantity": part.quantity,
            "advised_unit": part.unit,
            "lot_code": part.lot,
            "lot_id": lot.id,
            "expiry": part.expiry,
            "package_refs": ", ".join(part.sscc),
        }

    def _check_serial(self, message, product, code, quantity):
        """One serial number is one piece.

        :raises BusinessError: ``procurement_bridge.serial_quantity``
        """
        if product.tracking != "serial" or not product.uom_id.compare(quantity, 1):
            return
        raise BusinessError(
            self.env._(
                "The ship notice %(asn)s advises %(quantity)s of %(product)s under the "
                "one serial number %(serial)s.",
                asn=message._get_payload()["asn"],
                quantity=quantity,
                product=product.display_name,
                serial=code,
            ),
            kind="procurement_bridge.serial_quantity",
            fingerprint=f"{product.id}:{code}",
        )

    def _set_expiry(self, lot, expiry):
        """Let a new lot know its date, where lots have one (product_expiry).

        The date of a lot that is in stock already is not a machine's to change.
        """
        dated = "expiration_date" in lot._fields and lot.product_id.use_expiration_date
        if expiry and dated and not lot.quant_ids:
            lot.expiration_date = expiry

    def _set_reference(self, lot, code):
        """Keep what the supplier calls the lot: recalls and complaints look for it."""
        if lot.name != code and not lot.ref:
            lot.ref = code
