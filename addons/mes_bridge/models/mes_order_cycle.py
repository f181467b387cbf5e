from dataclasses import replace

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import fold


class MesOrder(models.Model):
    """How a report is taken into account: a fold over all of them."""

    _inherit = "mes.order"

    def _take(self, vals_list):
        """Take one report into account.

        :param vals_list: of ``mes.event``, one or several per report; none on record.
        """
        self.ensure_one()
        part, is_over = self.part, self._is_over()
        events = self.env["mes.event"].create(
            [dict(vals, order_id=self.id, part=part) for vals in vals_list]
        )
        self.invalidate_recordset(["event_ids"])
        touched = self._assign_parts() | set(events.mapped("part"))
        for late in sorted(touched):
            if late < part or is_over:
                self.with_context(mes_part=late)._apply_late(
                    events.filtered(lambda event, late=late: event.part == late)
                )
        if max(touched) >= part and not is_over:
            self._apply()
        self._notify()

    def _get_events(self):
        """Return the reports of the part that is being made, or is looked at."""
        part = self._get_part()
        return self.event_ids.filtered(
            lambda event: event.part == part and not event.is_superseded
        )

    def _prepare_lifecycle_events(self):
        """Return all reports as ``lib.lifecycle.Event``, whatever their part.

        A completion after which the order was opened again is one report and no more;
        of the answers only those to what was released last count.
        """
        prepared = []
        answers = self._get_answers()
        for event in self.event_ids:
            told = event._prepare_lifecycle_event()
            if event.kind in ("accepted", "rejected"):
                if event not in answers:
                    continue
                told = replace(told, part=self.part)
            elif event.is_superseded:
                told = replace(told, kind="noted")
            prepared.append(told)
        return prepared

    def _fold(self):
        """Return what the reports add up to, ``lib.lifecycle.Order``."""
        products = self.event_ids.product_id
        return fold(
            self._prepare_lifecycle_events(),
            part=self._get_part(),
            rounding={product.id: product.uom_id.rounding for product in products},
        )

    def _apply(self):
        """Bring stock, times and state up to what the reports add up to."""
        self.ensure_one()
        folded = self._fold()
        self._post(folded)
        self._write_progress(folded, state=folded.state)
        self._settle(folded)

    def _apply_late(self, events):
        """Take reports of what is closed: times always, stock if a person said so.

        :raises BusinessError: it would move stock, and nobody has decided that.
        """
        self._check_late_period()
        folded = self._fold()
        if not events.message_id & self.correction_message_ids:
            self._check_changes_nothing(folded)
        self._post(folded)
        production = self._get_production()
        self._write_closing(production, folded)
        self._note_deviations(production, folded)
        self._write_progress(folded, state=self.state)

    def _check_changes_nothing(self, folded):
        """Keep a late report that moves no stock, such as a start, on record.

        :raises BusinessError: it would change what was closed.
        """
        moved = [event for event, _quantity in self._find_differences(folded)]
        if (folded.is_settled or self.accepts_totals) and all(
            self._is_unannounced(event) for event in moved
        ):
            return
        raise BusinessError(
            self.env._(
                "%(order)s is %(state)s (%(production)s), and the shop floor still "
                "reports.",
                order=self.name,
                state=self._get_state_label().lower(),
                production=self.production_id.name,
            ),
            kind="mes_bridge.report_after_close",
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )

    def _is_unannounced(self, event):
        """Tell whether a late report says nothing against what the completion said.

        A completion need not tell the totals of scrap and by-products: what is reported
        of them afterwards and happened before is simply late.
        """
        completion = self._get_events().filtered(lambda e: e.kind == "completed")[-1:]
        told = completion.announced or {}
        return (
            event.kind in ("scrapped", "byproduct")
            and event.occurred_at <= completion.occurred_at
            and (event.kind == "byproduct" or told.get("scrapped") is None)
        )
