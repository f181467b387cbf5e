from collections import Counter

from odoo import fields, models


class MesOrder(models.Model):
    """What is known of an order's progress, and what it waits for."""

    _inherit = "mes.order"

    waits_for = fields.Char(
        readonly=True, help="What was announced or counted and has not been reported."
    )
    waits_since = fields.Datetime(readonly=True)
    accepted_waits = fields.Char(
        readonly=True, help="What a person decided not to wait for."
    )
    oddities = fields.Char(
        readonly=True, help="Reports that do not follow from each other."
    )
    odd_since = fields.Datetime(readonly=True)
    accepted_oddities = fields.Char(
        readonly=True, help="What a person looked at and took as it is."
    )

    def _write_progress(self, folded, *, state):
        vals = {
            "last_report_at": max(self.event_ids.mapped("occurred_at")),
            "event_count": len(self.event_ids),
        }
        if self._get_part() == self.part:
            scrapped = self._get_events().filtered(
                lambda e: e.kind == "scrapped" and e.product_id == self.product_id
            )
            vals |= {
                "good_qty": folded.good,
                "scrapped_qty": sum(folded.amounts[e.identity] for e in scrapped),
                **self._prepare_since(
                    "waits_for", "waits_since", self._describe(folded)
                ),
            }
        oddities = self._describe_oddities(folded)
        vals |= self._prepare_since("oddities", "odd_since", oddities)
        if self.state != state:
            vals["state"] = state
        self.write(vals)
        self._end_waiting()

    def _prepare_since(self, name, since, text):
        """Return the values of a text and of the moment since which it is so."""
        if text and not self[name]:
            return {name: text, since: fields.Datetime.now()}
        return {name: text, since: text and self[since]}

    def _describe(self, folded):
        """Say what is missing, for a person; False when nothing is known to be."""
        parts = self._describe_differences(folded.missing)
        if folded.unresolved:
            parts.append(
                self.env._("taken back, never reported: %s", len(folded.unresolved))
            )
        if folded.state != "completed":
            behind = {name: gap for name, gap in folded.gaps.items() if gap > 0}
            parts += self._describe_differences(behind)
            if any(
                e.part > self.part and e.kind == "completed" for e in self.event_ids
            ):
                parts.append(self.env._("completion of part %s", self.part))
        return ", ".join(parts) or False

    def _describe_oddities(self, folded):
        """Say which reports do not follow from each other; False when all do.

        A sender that counted less than it told is as odd as one that pauses what never
        began. So is one that counted more than its completion announced.
        """
        counts = Counter(folded.violations.values())
        parts = [
            f"{name.replace('_', ' ')} ({count})"
            for name, count in sorted(counts.items())
        ]
        told_twice = {name: -gap for name, gap in folded.gaps.items() if gap < 0}
        if told_twice:
            more = ", ".join(self._describe_differences(told_twice))
            parts.append(self.env._("told more than counted: %s", more))
        if folded.is_settled:
            untold = {name: gap for name, gap in folded.gaps.items() if gap > 0}
            if untold:
                more = ", ".join(self._describe_differences(untold))
                parts.append(self.env._("counted more than announced: %s", more))
        return ", ".join(parts) or False

    def _describe_differences(self, differences):
        """Name products and lots of the fold's differences for a person."""
        labels = dict(
            self.env["mes.event"]._fields["kind"]._description_selection(self.env)
        )
        parts = []
        for name, quantity in sorted(differences.items()):
            if name == "good":
                parts.append(self.env._("good quantity %g", quantity))
                continue
            if name == "reports":
                parts.append(self.env._("%d reports", quantity))
                continue
            kind, product, lot = name.split(":")
            product, lot = int(product), int(lot)
            parts.append(
                self.env._(
                    "%(kind)s %(product)s %(lot)s: %(quantity)g",
                    kind=labels[kind].lower(),
                    product=self.env["product.product"].browse(product).display_name,
                    lot=self.env["stock.lot"].browse(lot).name if lot else "",
                    quantity=quantity,
                )
            )
        return parts
