from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..lib.decision import HELD
from .lot_disposition_mixin import INSPECTOR


class LotDispositionPermit(models.Model):
    """Goods that a place or package holds are released by the quantity.

    They have no status of their own that could change. Whoever is permitted takes them
    out, at most as many as were there when it was granted; what comes in later is not
    meant.
    """

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "lot.disposition.permit"

    release_to_id = fields.Many2one(
        "stock.location",
        string="Move it to",
        domain="[('usage', '=', 'internal'), ('in_quarantine', '=', False)]",
        help="It is moved there as soon as it is granted. Empty: somebody moves it.",
    )

    takes_more = fields.Boolean(
        compute="_compute_takes_more",
        help="More than one click of one person: a second person, or a signature.",
    )

    @api.depends("product_id", "lot_id")
    def _compute_takes_more(self):
        for permit in self:
            permit.takes_more = bool(permit.product_id) and (
                permit._get_release_rule() != (1, False)
            )

    @api.constrains("lot_id", "product_id", "quantity", "use")
    def _check_place(self):
        for permit in self:
            if permit.lot_id:
                if permit.product_id != permit.lot_id.product_id:
                    raise ValidationError(
                        self.env._("A permit for a lot is for its product.")
                    )
            elif not permit.quantity or permit.use != "any":
                raise ValidationError(
                    self.env._("Say how much of it may leave the place or package.")
                )

    def _get_release_rule(self):
        """Return (number of people, whether each signs) for granting this permit."""
        # The rule binds whoever grants, also those who may not read the product.
        return self.sudo().product_id.product_tmpl_id._get_release_rule()

    def _check_may_grant(self):
        """Quality takes goods out of places; lots are the manager's."""
        by_place = self.filtered(lambda permit: not permit.lot_id)
        result = super(LotDispositionPermit, self - by_place)._check_may_grant()
        if by_place and not (self.env.su or self.env.user.has_group(INSPECTOR)):
            raise AccessError(
                self.env._("Only quality releases what a place or package holds.")
            )
        return result

    def _check_goods_there(self):
        """What is released must lie there, and not be released already.

        :raises ValidationError: there is less of it.
        """
        for permit in self.filtered(lambda permit: not permit.lot_id):
            subject, product = permit._get_subject(), permit.product_id
            free = self._get_releasable(subject, product)
            if permit.uom_id.compare(free, permit.quantity) < 0:
                raise ValidationError(
                    self.env._(
                        "Of %(product)s in %(place)s %(free)s %(unit)s can be released: what "
                        "else is there is released already, or still inspected.",
                        place=subject.display_name,
                        free=f"{max(free, 0):g}",
                        unit=permit.uom_id.name,
                        product=product.display_name,
                    )
                )

    @api.model
    def _get_releasable(self, holder, product):
        """Return how much of a product is held that no permit lets out already.

        :param holder: a place or package.
        :returns: in the product's unit.
        """
        # What is held and what is permitted decides, whoever may read it.
        permits = holder.sudo()._get_all_permits().filtered(
            lambda permit: permit.state == "active" and permit.product_id == product
        )
        held = self._get_quantity_held(holder, product)
        return held - sum(permit._get_left() for permit in permits)

    @api.model
    def _get_quantity_held(self, holder, product):
        """Return how much of a product a place or package holds, in the product's unit."""
        holder = holder.sudo()  # as above
        domain = [
            (holder._disposition_column, "child_of", holder.ids),
            ("product_id", "=", product.id),
        ]
        if holder.effective_disposition not in HELD:  # a quarantine place holds no lots
            domain.append(("lot_id", "=", False))
        return sum(self.env["stock.quant"].sudo().search(domain).mapped("quantity"))

    def _on_granted(self):
        result = super()._on_granted()
        if self.release_to_id and not self.lot_id:
            self._move_released()
        return result

    def _move_released(self):
        """Move what was released where it was meant to go, first in, first out."""
        self.ensure_one()
        subject = self._get_subject()
        # What was released is moved whoever approved it last, and counted down.
        quants = (
            self.env["stock.quant"]
            .sudo()
            .with_context(inventory_name=self.reason)
            .search(
                [
                    (subject._disposition_column, "child_of", subject.ids),
                    ("product_id", "=", self.product_id.id),
                    ("quantity", ">", 0),
                ],
                order="in_date, id",
            )
        )
        left, vals_list = self.quantity, []
        for quant in quants.filtered(lambda quant: quant._find_place_holder()):
            quantity = min(left, quant.quantity)
            left -= quantity
            if quantity > 0:
                vals_list.append(self._prepare_released_move(quant, quantity))
        self.env["stock.move"].sudo().create(vals_list)._action_done()

    def _prepare_released_move(self, quant, quantity):
        target = self.release_to_id._get_putaway_strategy(
            self.product_id, quantity=quantity
        )
        # What waits for the goods that were sent here waits for this move now.
        waiting = self.env["stock.move"].sudo().search(
            [
                ("product_id", "=", self.product_id.id),
                ("state", "in", ("waiting", "confirmed", "partially_available")),
                ("location_id", "parent_of", target.id),
                ("move_orig_ids.move_line_ids.location_dest_id", "=", quant.location_id.id),
            ]
        )
        return {
            **quant._get_inventory_move_values(
                quantity, quant.location_id, target, quant.package_id
            ),
            "move_dest_ids": [Command.link(move.id) for move in waiting],
        }

    def _end_beyond(self, quantity):
        """End permits for more than is left: their goods went another way.

        :param quantity: of the product that is still there.
        """
        for permit in self.sorted("id", reverse=True):
            left = sum(one._get_left() for one in self if one.state == "active")
            if permit.uom_id.compare(left, quantity) <= 0:
                return
            permit._end(self.env._("Its goods left another way"))
