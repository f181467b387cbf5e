from odoo import api, fields, models
from odoo.exceptions import UserError


class TraceabilityRecallNotice(models.Model):
    """The letter to one customer, what was answered, and what came back."""

    _name = "traceability.recall.notice"
    _inherit = [
        "guarded.fields.mixin",
        "mail.thread",
        "traceability.recall.contact.mixin",
    ]
    _description = "Recall Notice"
    _order = "recall_id, id"
    _rec_name = "partner_id"
    _guarded_fields = frozenset({"state", "sent_at", "answered_at"})

    recall_id = fields.Many2one(
        "traceability.recall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="recall_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("draft", "To send"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("done", "Settled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    subject = fields.Char()
    body = fields.Html()
    sent_at = fields.Datetime(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    response = fields.Text(help="What the customer says.")
    customer_ids = fields.Many2many(
        "traceability.recall.customer",
        compute="_compute_customer_ids",
        string="What they have",
    )
    effectiveness = fields.Float(
        compute="_compute_effectiveness",
        digits=(5, 4),
        help="Recovered of what this customer had, averaged over products.",
    )

    _partner_once = models.UniqueIndex("(recall_id, partner_id)")

    def write(self, vals):
        """:raises UserError: what was sent, and to whom, stays."""
        fixed = {"recall_id", "partner_id"} & vals.keys() or (
            {"subject", "body"} & vals.keys()
            and any(notice.state != "draft" for notice in self)
        )
        if fixed and not self.env.su:
            raise UserError(
                self.env._("A letter stays with its customer, and as it was sent.")
            )
        return super().write(vals)

    @api.depends("recall_id.customer_ids", "partner_id")
    def _compute_customer_ids(self):
        for notice in self:
            notice.customer_ids = notice.recall_id.customer_ids.filtered(
                lambda row, notice=notice: (
                    row.partner_id == notice.partner_id and row.quantity > 0
                )
            )

    @api.depends("recall_id.customer_ids.reported_quantity", "partner_id")
    def _compute_effectiveness(self):
        for notice in self:
            notice.effectiveness = notice.customer_ids._get_effectiveness()

    @api.model
    def _prepare_letters(self, recall):
        """Write a letter to every customer who has something, by the mail template.

        A customer who has a letter keeps it.
        """
        owning = recall.customer_ids.filtered(lambda row: row.quantity > 0)
        self._tell_unreachable(recall, owning.filtered(lambda row: not row.has_contact))
        partners = owning.partner_id
        missing = partners - recall.notice_ids.partner_id
        notices = self.create(
            [{"recall_id": recall.id, "partner_id": partner.id} for partner in missing]
        )
        template = self.env.ref("traceability.mail_template_recall_notice")
        for notice in notices:
            rendered = template._generate_template(notice.ids, ["subject", "body_html"])
            notice.subject = rendered[notice.id]["subject"]
            notice.body = rendered[notice.id]["body_html"]
        return notices

    def _forget_drafts(self):
        """Drop letters that nobody has sent: they are of the answer before."""
        # Whoever may ask again may; nobody has read them but the own people.
        self.sudo().filtered(lambda notice: notice.state == "draft").unlink()

    @api.model
    def _tell_unreachable(self, recall, rows):
        """Name in the recall what no letter can reach: no contact, or nobody at all."""
        if not rows:
            return
        nobody = self.env._("nobody")
        recall.message_post(
            body=self.env._(
                "No contact for: %s. Find out who has it.",
                "; ".join(
                    f"{row.partner_id.display_name or nobody}: {row.quantity:g} "
                    f"{row.uom_id.name} {row.lot_id.name or row.product_id.name} "
                    f"({', '.join(row.picking_ids.mapped('name')) or '–'})"
                    for row in rows[:20]
                ),
            )
        )

    def action_send(self):
        """Send the letters by mail.

        :raises UserError: names the customer without an address; nothing is sent then, nor
            before the recall is real.
        """
        self.check_access("write")
        todo = self.filtered(lambda notice: notice.state == "draft")
        for notice in todo:
            if notice.recall_id.mode != "real":
                raise UserError(
                    self.env._(
                        "%s is no real recall: contain it before customers are told.",
                        notice.recall_id.name,
                    )
                )
            if not notice.email:
                raise UserError(
                    self.env._(
                        "%s has no e-mail address. Enter one, or tell them by phone and "
                        "record the answer.",
                        notice.partner_id.display_name,
                    )
                )
        for notice in todo:
            notice.message_post(
                subject=notice.subject,
                body=notice.body,
                partner_ids=notice.contact_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        todo._become("sent", sent_at=fields.Datetime.now())
        return True

    def action_answered(self):
        self._become("answered", answered_at=fields.Datetime.now())
        return True

    def action_done(self):
        self._become("done")
        return True

    def _become(self, state, **vals):
        self.check_access("write")
        # Nobody writes that by hand; who may write the letter may, see above.
        self.sudo().write({"state": state, **vals})
