from odoo import api, fields, models

from ..lib.decision import HELD

KIND = [("reserved", "Had it reserved"), ("downstream", "Waits for that")]


class LotDispositionImpact(models.Model):
    """What a hold endangers: who counted on the goods, and what else could serve."""

    _name = "lot.disposition.impact"
    _description = "Endangered by a Hold"
    _order = "id desc"
    _log_access = False

    entry_id = fields.Many2one(
        "lot.disposition.entry",
        string="Hold",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    lot_id = fields.Many2one(
        related="entry_id.lot_id", store=True, index="btree_not_null"
    )
    reason = fields.Char(related="entry_id.reason")
    recorded_at = fields.Datetime(related="entry_id.recorded_at", store=True)
    kind = fields.Selection(KIND, required=True, readonly=True)
    move_id = fields.Many2one(
        "stock.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    document_name = fields.Char(string="Order", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date = fields.Datetime(string="Needed", readonly=True)
    quantity = fields.Float(
        string="Counted on", readonly=True, digits="Product Unit", help="Of the held goods."
    )
    missing_quantity = fields.Float(
        string="Missing",
        readonly=True,
        digits="Product Unit",
        help="What no other stock took the place of at once.",
    )
    free_quantity = fields.Float(
        string="Free elsewhere",
        readonly=True,
        digits="Product Unit",
        help="Free stock of the same product in this company, when the hold was placed.",
    )
    incoming_quantity = fields.Float(
        string="Coming in", readonly=True, digits="Product Unit"
    )
    incoming_date = fields.Datetime(string="Next receipt", readonly=True)

    @api.depends("document_name", "product_id")
    def _compute_display_name(self):
        for impact in self:
            impact.display_name = impact.document_name or impact.product_id.display_name

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    @api.model
    def _record_lost(self, lost):
        """Record whom a hold endangers, tell it on their documents, and publish it.

        :param lost: list of (ledger entry, move, quantity lost, quantity before), in the
            product's unit; the moves have looked for other stock already.
        :returns: the new records.
        """
        vals_list = []
        for entry, move, quantity, before in lost:
            if entry.to_status not in HELD:
                continue
            after = sum(move.move_line_ids.mapped("quantity_product_uom"))
            missing = max(0.0, min(quantity, before - after))
            values = self._prepare_alternatives(move)
            vals_list.append(
                {
                    **self._prepare_impact_vals(entry, move, "reserved"),
                    **values,
                    "quantity": quantity,
                    "missing_quantity": missing,
                }
            )
            if missing:
                vals_list += [
                    self._prepare_impact_vals(entry, later, "downstream")
                    for later in self._find_downstream(move)
                ]
        # Nobody writes these by hand; a hold does, whoever places it.
        impacts = self.sudo().create(vals_list)
        impacts._tell_documents()
        impacts._on_endangered()
        return impacts

    def _prepare_impact_vals(self, entry, move, kind):
        document = move._get_disposition_document()
        return {
            "entry_id": entry.id,
            "kind": kind,
            "move_id": move.id,
            "product_id": move.product_id.id,
            "company_id": move.company_id.id,
            "document_name": document.display_name or move.reference,
            "res_model": document._name if document else move._name,
            "res_id": document.id or move.id,
            "partner_id": move._get_served_partners()[:1].id,
            "date": move.date_deadline or move.date,
            "quantity": move.product_qty,
        }

    def _prepare_alternatives(self, move):
        """Return what else of the product could serve a move."""
        company = move.company_id
        product = move.product_id.with_company(company).with_context(
            allowed_company_ids=company.ids
        )
        incoming = self.env["stock.move"].search(
            [
                ("product_id", "=", product.id),
                ("company_id", "=", company.id),
                ("state", "not in", ("draft", "done", "cancel")),
                ("location_id.usage", "in", ("supplier", "production", "transit")),
                ("location_dest_id.usage", "=", "internal"),
            ],
            order="date",
        )
        return {
            "free_quantity": product.free_qty,
            "incoming_quantity": sum(incoming.mapped("product_qty")),
            "incoming_date": incoming[:1].date,
        }

    def _find_downstream(self, move):
        """Return all moves that wait for this one, level by level."""
        found = seen = move
        later = move.browse()
        while found:
            found = found._get_downstream_moves() - seen
            seen |= found
            later |= found
        return later

    def _tell_documents(self):
        """Post on each document what it lost, and ask somebody to see to what is missing."""
        for impact in self.filtered(lambda impact: impact.kind == "reserved"):
            document = impact._get_document()
            if not document or not hasattr(document, "message_post"):
                continue
            document.message_post(body=impact._prepare_message())
            if impact.missing_quantity and hasattr(document, "activity_schedule"):
                document.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=self.env._("Goods on hold: %s", impact.entry_id.subject),
                    note=impact._prepare_message(),
                    user_id=impact._get_responsible(document).id,
                )

    def _get_document(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _get_responsible(self, document):
        """Return who sees to a document: its responsible, else who placed the hold."""
        user = document._fields.get("user_id") and document.user_id
        return user or self.entry_id.user_id

    def _prepare_message(self):
        self.ensure_one()
        entry = self.entry_id
        return self.env._(
            "%(subject)s is %(status)s: %(reason)s. %(quantity)s %(uom)s of "
            "%(product)s were taken back, %(missing)s are missing. Free elsewhere: %(free)s.",
            subject=entry.subject,
            status=dict(entry._fields["to_status"]._description_selection(self.env))[
                entry.to_status
            ].lower(),
            reason=entry.reason,
            quantity=self.quantity,
            uom=self.uom_id.name,
            product=self.product_id.display_name,
            missing=self.missing_quantity,
            free=self.free_quantity,
        )

    def _on_endangered(self):
        """Hook: these orders and deliveries lost goods to a hold, in this transaction."""
