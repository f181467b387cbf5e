from odoo import api, fields, models
from odoo.exceptions import UserError

TAKEN_AS_THEY_ARE = ("mes_bridge.illegal_transition", "mes_bridge.reports_missing")


class IntegrationException(models.Model):
    """What people can do about an order of the shop floor, beside its messages."""

    _inherit = "integration.exception"

    mes_order_id = fields.Many2one(
        "mes.order",
        string="Shop floor order",
        index="btree_not_null",
        ondelete="set null",
    )
    mes_order_state = fields.Selection(
        related="mes_order_id.state", string="State of the order"
    )
    mes_product_id = fields.Many2one("product.product", ondelete="set null")
    mes_lot_id = fields.Many2one("stock.lot", string="Lot", ondelete="set null")
    mes_reference = fields.Char(string="Reference on the shop floor", readonly=True)
    kind_code = fields.Char(related="kind_id.code")
    is_of_the_shop_floor = fields.Boolean(compute="_compute_is_of_the_shop_floor")

    @api.depends("kind_id.code", "delivery_ids.contract_code")
    def _compute_is_of_the_shop_floor(self):
        """What the shop floor sent is rejected to it, whatever is wrong with it."""
        for exception in self:
            codes = exception.delivery_ids.mapped("contract_code")
            code = exception.kind_id.code or ""
            exception.is_of_the_shop_floor = code.startswith("mes_bridge.") or any(
                (code or "").startswith("production.") for code in codes
            )

    @api.model
    def _raise_for_order(self, order, error):
        """Return the open exception of an order's problem, made if need be.

        No message waits for it: what was reported is posted.
        """
        newest = order.event_ids[-1:].message_id.delivery_ids[:1]
        return self._raise_for(newest, error)

    @api.model
    def _prepare_exception_vals(self, delivery, error):
        vals = super()._prepare_exception_vals(delivery, error)
        order = self.env["mes.order"].browse(vals.get("mes_order_id"))
        if order:
            vals["company_id"] = order.company_id.id
        return vals

    def _get_waiting_messages(self):
        waiting = self.delivery_ids.filtered(lambda d: d.state in ("parked", "dead"))
        return waiting.message_id

    def _check_order(self):
        self.ensure_one()
        self._check_open()
        if not self.mes_order_id:
            raise UserError(self.env._("Choose the shop floor order first."))
        if self.mes_order_id.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(order)s belongs to %(company)s.",
                    order=self.mes_order_id.name,
                    company=self.mes_order_id.company_id.name,
                )
            )
        return self.mes_order_id

    def action_open_mes_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mes.order",
            "res_id": self.mes_order_id.id,
            "view_mode": "form",
        }

    def action_mes_reopen(self):
        """Open the order again and take the reports that wait here."""
        self._check_order().action_reopen()
        return self.action_retry()

    def action_mes_correct(self):
        """Post the reports that wait here as corrections; the order stays closed."""
        self._check_order()._accept_correction(self._get_waiting_messages())
        return self.action_retry()

    def action_mes_assign(self):
        """Let the unknown reference stand for the order chosen here."""
        order = self._check_order()
        self.env["mes.order.alias"].create(
            {"name": self.mes_reference, "order_id": order.id}
        )
        return self.action_retry()

    def action_mes_accept_component(self):
        """Let the order consume what its bill of materials does not know."""
        order = self._check_order()
        order.accepted_product_ids |= self.mes_product_id
        return self.action_retry()

    def action_mes_reject(self):
        """Tell the MES that its reports are not taken, and settle them."""
        self._check_open()
        Message = self.env["integration.message"]
        for message in self._get_waiting_messages():
            order = self.mes_order_id
            Message._publish(
                "production.report.rejected",
                order or self,
                self.env["mes.order"]._prepare_rejection(message, self.description),
                order_key=order.name or message.order_key,
            )
        self.action_resolve(self.env._("The MES was told that it is not taken."))

    def action_mes_close_as_reported(self):
        self._check_order().action_close_as_reported()

    def action_mes_accept_as_is(self):
        """Take what is odd or missing as it is; it is not asked about again."""
        self._check_order().action_accept_as_is()
        self.filtered(lambda e: e.state == "open")._close(
            self.env._("Taken as it is by %s.", self.env.user.name)
        )

    def action_resolve(self, reason=None):
        """Settled by hand, what is odd or missing on an order is taken as it is."""
        asked = self.filtered(
            lambda e: e.state == "open" and e.kind_code in TAKEN_AS_THEY_ARE
        )
        result = super().action_resolve(reason)
        # Whoever settles exceptions need not work in production.
        asked.mes_order_id.sudo().action_accept_as_is()
        return result

    def action_mes_date_today(self):
        """Post the reports that wait here with the date on which they are posted."""
        order = self._check_order()
        # Whoever decides about an exception may not read all of the log.
        order.sudo().redated_message_ids |= self._get_waiting_messages()
        return self.action_retry()

    def action_mes_tell_again(self):
        """Tell the shop floor anew what it rejected or never answered."""
        self._check_order().action_tell_again()

    def action_mes_recall(self):
        self._check_order().action_recall(self.description)

    def action_mes_count_anew(self):
        """The counter was reset or changed: what it counted since adds from zero."""
        self._check_order().action_count_anew()

    def action_mes_accept_consumption(self):
        self._check_order().action_accept_consumption()

    def action_mes_cancel_production(self):
        self._check_order().action_cancel_production()
