"""What the handlers of all reports of the shop floor share."""

from odoo import fields, models

from odoo.addons.integration_core.lib.envelope import parse_moment
from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult

from ..lib.moments import is_plausible


class ProductionHandler(models.AbstractModel):
    """How an order is found and a report is taken."""

    _name = "integration.handler.production"
    _inherit = "integration.handler"
    _description = "Shop floor report handler"

    def _read_ahead(self, messages):
        """Read the orders that reports are about, and what is made by them."""
        names = {message.payload.get("order") for message in messages} - {None}
        orders = self.env["mes.order"].search([("name", "in", list(names))])
        productions = orders.production_id
        for records, name in (
            (orders.event_ids, "kind"),
            (productions.product_id, "tracking"),
            (productions.picking_type_id, "warehouse_id"),
            (productions.workorder_ids, "name"),
            (productions.move_raw_ids.move_line_ids, "lot_id"),
            (productions.move_finished_ids.move_line_ids, "lot_id"),
        ):
            records.mapped(name)

    def _handle(self, message):
        order = self._find_order(message)
        # One system may report for several plants, each with codes of its own.
        return self._at_plant(order._get_plant())._take_report(message, order)

    def _take_report(self, message, order):
        known = self._find_known(message, order)
        dates = self._prepare_date_vals(message, order)
        vals_list = [
            {**self._prepare_common_vals(message), **dates, **vals}
            for vals in self._prepare_events_vals(message, order)
        ]
        new = [vals for vals in vals_list if vals["identity"] not in known]
        if not new:
            return HandlerResult(
                record=order,
                outcome="ignored",
                summary=self.env._("This report is on record already."),
            )
        self._record(order, new)
        labels = dict(order._fields["state"]._description_selection(self.env))
        return HandlerResult(
            record=order,
            summary=labels[order.state],
            data={"order": order.name, "state": order.state},
        )

    def _prepare_date_vals(self, message, order):
        """Return when it happened, and the date of what it moves where a person said so.

        :raises BusinessError: its moment cannot be, or its period is locked.
        """
        moment = message.occurred_at or message.received_at
        is_redated = message in order.redated_message_ids
        try:
            order._check_moment(message, moment)
        except BusinessError:
            if not is_redated:
                raise
            moment = message.received_at
        if is_redated:
            return {"occurred_at": moment, "dated_at": fields.Datetime.now()}
        order._check_period(moment)
        return {"occurred_at": moment}

    def _find_known(self, message, order):
        """Return the identities of what is on record of a report.

        :raises BusinessError: ``mes_bridge.report_differs``, it says something else than
            before under the same id.
        """
        report = self._prepare_common_vals(message)["report"]
        known = self.env["mes.event"].search_fetch(
            [("order_id", "=", order.id), ("report", "=", report)],
            ["identity", "message_id"],
        )
        # Another system may have brought it, whose messages are not this one's to read.
        told = known.message_id[:1].sudo()
        if told and told.sha256 != message.sha256:
            self._raise_differs(message, report, {"mes_order_id": order.id})
        return set(known.mapped("identity"))

    def _raise_differs(self, message, fingerprint, values):
        raise BusinessError(
            self.env._(
                "The report %(report)s of %(sender)s is on record, and says something "
                "else now.",
                report=message.event_id,
                sender=message.source,
            ),
            kind="mes_bridge.report_differs",
            fingerprint=fingerprint,
            values=values,
        )

    def _record(self, order, vals_list):
        """Hook: take the events of one report, none of which is on record."""
        order._take(vals_list)

    def _prepare_common_vals(self, message):
        report = f"{message.source}#{message.event_id}"
        return {
            "identity": report,
            "report": report,
            "message_id": message.id,
            "occurred_at": message.occurred_at or message.received_at,
            "epoch": message.epoch,
            "sequence": (message.sequence or 0) % 2**31,
        }

    def _prepare_events_vals(self, message, order):
        """Return the values of the events of one report: most have one."""
        return [self._prepare_event_vals(message, order)]

    def _prepare_event_vals(self, message, order):
        """Hook: return the values of the ``mes.event`` of one kind of report."""
        raise NotImplementedError

    def _find_order(self, message):
        """Return the order a report is about, locked against other reports.

        :raises BusinessError: there is none of that reference.
        """
        reference = message._get_payload()["order"]
        # Which plants a system speaks for decides for its user too.
        plants = message.system_id.sudo().warehouse_ids
        order = self.env["mes.order"]._find(reference, message.company_id, plants)
        if not order:
            raise BusinessError(
                self.env._(
                    "%(system)s reports on the order '%(order)s', which was never "
                    "released to it.",
                    system=message.system_id.name,
                    order=reference,
                ),
                kind="mes_bridge.unknown_order",
                fingerprint=reference,
                values={"mes_reference": reference},
            )
        order.lock_for_update()
        return order

    # What many reports name -----------------------------------------------

    def _find_workorder(self, message, order, *, exactly=False):
        """Return the operation that a report names: by its name, else its work centre.

        :param exactly: it has to be one, where there are several.
        :raises BusinessError: ``mes_bridge.unknown_operation``
        """
        payload = message._get_payload()
        name, centre = payload.get("operation"), payload.get("work_centre")
        workorders = order._get_production().workorder_ids
        if len(workorders) == 1 and not (name or centre):
            return workorders
        if not workorders or not (name or centre or exactly):
            # One-step orders have no operations; their reports are about the order.
            return workorders.browse()
        found = workorders.filtered(lambda w: name and w.name == name)
        if centre and len(found) != 1:
            workcenter = self._resolve(message, "work_centre", centre)
            found = (found or workorders).filtered(
                lambda w: w.workcenter_id == workcenter
            )
        if len(found) == 1 or (found and not exactly):
            return found[:1]
        raise BusinessError(
            self.env._(
                "'%(operation)s' is not one operation of %(order)s. It has: %(known)s.",
                order=order.name,
                operation=name or centre or "",
                known=", ".join(workorders.mapped("name")),
            ),
            kind="mes_bridge.unknown_operation",
            fingerprint=f"{order.name}:{name or centre}",
            values={"mes_order_id": order.id},
        )

    def _get_moment(self, text):
        """Return a moment of a payload as naive UTC.

        :raises BusinessError: it is none.
        """
        moment = parse_moment(text)
        if not moment:
            raise BusinessError(self.env._("'%s' is not a moment.", text))
        return moment.replace(tzinfo=None, microsecond=0)

    def _check_moments(self, message, subject, moments, values):
        """Refuse times of a payload at which nothing can have been.

        :param subject: what began and ended then, for people.
        :param values: of the exception.
        :raises BusinessError: ``mes_bridge.interval_reversed``
        """
        received = message.received_at
        for moment in moments:
            if is_plausible(moment, received):
                continue
            raise BusinessError(
                self.env._(
                    "%(subject)s is told as of %(moment)s (UTC); that was received on "
                    "%(received)s.",
                    subject=subject,
                    moment=moment,
                    received=received,
                ),
                kind="mes_bridge.interval_reversed",
                fingerprint=subject,
                values=values,
            )

    def _prepare_quantity_vals(self, message, order, product, *, create_lot):
        """Return the values of one event per lot or serial number that is named."""
        payload = message._get_payload()
        names = payload.get("serials") or [payload.get("lot")]
        lots = [
            self._get_lot(message, order, product, name, create_lot) for name in names
        ]
        measured = self._prepare_measured_vals(message, product, payload)
        if len(lots) == 1:
            return [{**measured, "product_id": product.id, "lot_id": lots[0].id}]
        self._check_serials(product, lots, measured, order)
        identity = self._prepare_common_vals(message)["identity"]
        return [
            {
                "product_id": product.id,
                "lot_id": lot.id,
                "quantity": 1.0,
                "measures": "delta",
                "original": measured["original"],
                "identity": f"{identity}#{lot.name}",
            }
            for lot in lots
        ]

    def _prepare_measured_vals(self, message, product, payload):
        unit = payload["unit"]
        delta, total = payload.get("quantity"), payload.get("cumulative")
        vals = {
            "measures": "both"
            if None not in (delta, total)
            else ("cumulative" if delta is None else "delta"),
            "original": f"{delta if delta is not None else total:g} {unit}",
        }
        for field, value in (("quantity", delta), ("cumulative", total)):
            if value is not None:
                vals[field] = self._measure(message, product, value, unit)
        return vals

    def _measure(self, message, product, quantity, unit_code):
        """Return a quantity in the product's own unit, as exact as it was told."""
        mapping = self._resolve_many(message, "unit", {unit_code})[unit_code]
        self._check_unit(product, mapping)
        if mapping.rounding:
            return self._convert(product, quantity, mapping)
        return self._convert_exactly(product, quantity, mapping)

    def _get_lot(self, message, order, product, name, create_lot):
        if name:
            if product.tracking == "none":
                # Not ours to know: the shop floor tracks what Odoo does not.
                return self.env["stock.lot"]
            return self._resolve_lot(message, product, name, create=create_lot)
        if product.tracking != "none":
            raise BusinessError(
                self.env._(
                    "%s is tracked by lot: report the lot.", product.display_name
                ),
                kind="mes_bridge.lot_missing",
                fingerprint=f"{product.id}",
                values={"mes_order_id": order.id},
            )
        return self.env["stock.lot"]

    def _check_serials(self, product, lots, measured, order):
        """Several numbers at once are serial numbers, one unit each.

        :raises BusinessError: ``mes_bridge.serial_count``
        """
        if product.tracking == "serial" and measured.get("quantity") == len(lots):
            return
        raise BusinessError(
            self.env._(
                "The report names %(count)s serial numbers of %(product)s for a "
                "quantity of %(quantity)s. Each stands for one unit.",
                count=len(lots),
                product=product.display_name,
                quantity=measured["original"],
            ),
            kind="mes_bridge.serial_count",
            fingerprint=f"{order.name}:{product.id}",
            values={"mes_order_id": order.id},
        )
