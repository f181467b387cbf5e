from odoo import fields, models

from .quality_approved_vendor import STATE
from .quality_scorecard import GRADE


class QualityGradeRule(models.Model):
    """What a grade leads to: the state on the vendor list, and the next inspections."""

    _name = "quality.grade.rule"
    _inherit = "integration.own.company.mixin"
    _description = "Consequence of a Grade"
    _order = "grade, company_id"

    grade = fields.Selection(GRADE, required=True)
    company_id = fields.Many2one("res.company", index=True)
    vendor_state = fields.Selection(
        STATE, string="State on the vendor list", help="Empty: stays as it is."
    )
    tighten = fields.Boolean(string="Tightened inspection")
    active = fields.Boolean(default=True)

    _grade_unique = models.UniqueIndex(
        "(grade, COALESCE(company_id, 0)) WHERE active", "A grade has one rule."
    )

    def _find_for(self, card):
        """Return the rule of a scorecard's grade; the company's own goes first."""
        fitting = self.filtered(
            lambda rule: (
                rule.grade == card.grade
                and rule.company_id in (card.company_id, rule.company_id.browse())
            )
        )
        return fitting.sorted(lambda rule: not rule.company_id)[:1]

    def _apply(self, card):
        """Draw the consequence; return a sentence on what was done."""
        self.ensure_one()
        why = self.env._(
            "Grade %(grade)s in %(period)s",
            grade=card.grade,
            period=f"{card.period:%Y-%m}",
        )
        done = []
        if self.vendor_state:
            done += self._change_vendor_state(card, why)
        if self.tighten:
            done += self._tighten(card, why)
        return "; ".join(done)

    def _change_vendor_state(self, card, why):
        entries = self.env["quality.approved.vendor"].search(
            [
                ("partner_id", "=", card.partner_id.id),
                ("company_id", "in", (card.company_id.id, False)),
                ("state", "in", ("approved", "conditional")),
                ("state", "!=", self.vendor_state),
            ]
        )
        entries.write({"state": self.vendor_state, "reason": why})
        return [self.env._("vendor list: %s", self.vendor_state)] if entries else []

    def _tighten(self, card, why):
        """Tighten every plan under which this supplier is inspected less strictly."""
        Entry = self.env["quality.sampling.entry"]
        latest = Entry._read_group(
            [
                ("partner_id", "=", card.partner_id.id),
                ("company_id", "in", (card.company_id.id, False)),
            ],
            ["origin_id", "product_id"],
            ["id:max"],
        )
        count = 0
        for entry in Entry.browse(entry_id for _plan, _product, entry_id in latest):
            if entry.procedure in ("normal", "reduced"):
                Entry._record(
                    entry.plan_id,
                    entry.product_id,
                    entry.partner_id,
                    kind="tighten",
                    note=why,
                )
                count += 1
        return [self.env._("inspection tightened: %s", count)] if count else []
