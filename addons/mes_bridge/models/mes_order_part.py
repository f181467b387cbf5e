from odoo import fields, models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import assign_parts
from .mes_event import seconds_of

ENDED_STATES = ("done", "cancel")


class MesOrder(models.Model):
    """The parts of an order: what is left, or was split off, is the next one."""

    _inherit = "mes.order"

    part_ends = fields.Json(
        readonly=True,
        copy=False,
        help="Where the parts before this one ended: time, epoch, sequence, report.",
    )

    def _get_part(self):
        return self.env.context.get("mes_part") or self.part

    def _get_production(self):
        """Return the production order that reports are posted on.

        A person may have split it: then it is the first of its group that is open.
        """
        self.ensure_one()
        part = self._get_part()
        if part < self.part:
            return self.production_group_id.production_ids.filtered(
                lambda production: production.mes_part == part
            )
        if self._is_over() or self.production_id.state not in ENDED_STATES:
            return self.production_id
        return self._find_following() or self.production_id

    def _find_following(self):
        """Return what a person split off and is to be made next, or an empty record."""
        return self.production_group_id.production_ids.filtered(
            lambda production: (
                production != self.production_id
                and not production.mes_part
                and production.state not in ENDED_STATES
            )
        ).sorted("backorder_sequence")[:1]

    def _assign_parts(self):
        """Give each report its part. Returns the parts that won or lost reports.

        Reports of a part that there is no production order for yet are posted on the one
        that is made now, and move with the backorder as soon as there is one.
        """
        ends = [tuple(place) for place in self.part_ends or ()]
        following = self._find_following()
        if not ends and not any(e.kind == "completed" for e in self.event_ids):
            return set()
        parts = assign_parts(
            self._prepare_lifecycle_events(), ends, continues=bool(following)
        )
        touched = set()
        for event in self.event_ids:
            part = parts.get(event.identity, event.part)
            if self._is_over():
                part = min(part, self.part)
            if event.part != part:
                touched |= {event.part, part}
                # Nobody edits reports, whoever brings them; this is the bridge's mark.
                event.sudo().part = part
        self._localise_operations()
        return touched

    def _localise_operations(self):
        """Let reports speak of the operations of their own part's production order."""
        for part in set(self.event_ids.mapped("part")):
            if part > self.part:
                continue
            production = self.with_context(mes_part=part)._get_production()
            for event in self.event_ids.filtered(
                lambda e, p=part, made=production: (
                    e.part == p
                    and e.workorder_id
                    and e.workorder_id.production_id != made
                )
            ):
                event._localise_operation(production)

    # The next part -------------------------------------------------------

    def _prepare_following(self, production, made, completion):
        """Return what is made next: a backorder of what was not made, what a person
        split off, or nothing."""
        backorder = production.browse()
        if (completion.announced or {}).get("backorder"):
            backorder = self._split_off_rest(production, made)
        return backorder or self._find_following()

    def _split_off_rest(self, production, made):
        """Return the backorder of what was not made, or an empty record."""
        done = production.product_id.uom_id._compute_quantity(
            made, production.product_uom_id
        )
        rest = production.product_qty - done
        if production.product_uom_id.compare(rest, 0.0) <= 0:
            return production.browse()
        # Odoo renames the order when it splits it, analytic entries included, which
        # whoever works in production may not read.
        divided = production.sudo().with_context(mes_posting=True)
        parts = divided._split_productions({divided: [done, rest]})
        return (parts - divided).sudo(False).with_context(mes_posting=False)

    def _hand_over(self, production):
        """Move to the next part what was reported of it and posted on this one."""
        for event in self.event_ids.filtered(lambda e: e.part > self.part):
            event._localise_operation(production)
            if event.move_ids:
                event._move_to(production)
                self._shift_demand(production, event, event.posted)

    def _ignore_backorder(self, completion):
        """Count what followed a completion to its part: nothing is left to be made.

        :returns: whether anything followed.
        """
        announced = completion.announced or {}
        if not announced.get("backorder") or max(self.event_ids.mapped("part")) <= (
            self.part
        ):
            return False
        # What the sender said is in its message; this is what became of it.
        completion.sudo().announced = {**announced, "backorder": False}
        self._assign_parts()
        return True

    def _continue_with(self, production, end):
        """Release a production order as the next part, under the same reference.

        :param end: where this part ended, as in ``part_ends``; what happened afterwards
            is taken into account at once.
        """
        production.filtered(lambda p: p.state == "draft").action_confirm()
        self.write(
            {
                "production_id": production.id,
                "part": self.part + 1,
                "part_ends": [*(self.part_ends or ()), list(end)],
                "state": "released",
                "accepts_totals": False,
                "accepts_consumption": False,
                "good_qty": 0,
                "scrapped_qty": 0,
            }
        )
        production.mes_part = self.part
        self._tell("production.order.released")
        self._assign_parts()
        if any(event.part == self.part for event in self.event_ids):
            self._apply()

    def _get_end_by_hand(self):
        """Return where a part ends that a person ended: now."""
        return (seconds_of(fields.Datetime.now()), "", 0, "")

    def _raise_not_finished(self, production):
        raise BusinessError(
            self.env._(
                "Odoo asks something before %s can be done. Open it, answer what it "
                "asks, and try again.",
                production.name,
            ),
            kind="mes_bridge.not_finished",
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )
