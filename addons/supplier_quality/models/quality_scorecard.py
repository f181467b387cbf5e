from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib.scorecard import NO_DATA, Figures, evaluate
from . import quality_scorecard_queries as queries

RATES = ("ppm", "acceptance", "delivery", "response", "score")
GRADE = [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D")]


class QualityScorecard(models.Model):
    """One supplier's month: rates, score, grade. −1 where there is no data."""

    _name = "quality.scorecard"
    _description = "Supplier Scorecard"
    _order = "period desc, score, partner_id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Supplier",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    period = fields.Date(required=True, readonly=True, help="First day of the month.")
    received_quantity = fields.Float(readonly=True)
    nonconforming_quantity = fields.Float(readonly=True)
    inspected_count = fields.Integer(string="Lots decided", readonly=True)
    accepted_count = fields.Integer(string="Lots accepted", readonly=True)
    due_count = fields.Integer(string="Order lines due", readonly=True)
    otif_count = fields.Integer(string="On time in full", readonly=True)
    answer_count = fields.Integer(
        string="First answers", readonly=True, help="Given, or owed beyond the target."
    )
    ppm = fields.Float(string="PPM", readonly=True, aggregator="avg", digits=(16, 0))
    acceptance = fields.Float(
        string="Lot acceptance %", readonly=True, aggregator="avg", digits=(5, 1)
    )
    delivery = fields.Float(
        string="On time in full %", readonly=True, aggregator="avg", digits=(5, 1)
    )
    response = fields.Float(
        string="Response days", readonly=True, aggregator="avg", digits=(5, 1)
    )
    score = fields.Float(readonly=True, aggregator="avg", digits=(5, 1))
    grade = fields.Selection(GRADE, readonly=True, index=True)
    trend = fields.Float(
        readonly=True, aggregator=None, digits=(5, 1), help="Against the month before."
    )
    consequence = fields.Char(readonly=True, help="What the grade led to, by rule.")

    _once = models.Constraint(
        "UNIQUE(partner_id, company_id, period)",
        "A supplier has one scorecard a month.",
    )

    def _read_group_select(self, aggregate_spec, query):
        """An average is one of months that have data; −1 says that there are none."""
        name, _colon, aggregator = aggregate_spec.partition(":")
        if aggregator != "avg" or name not in RATES:
            return super()._read_group_select(aggregate_spec, query)
        column = self._field_to_sql(self._table, name, query)
        return SQL("COALESCE(AVG(NULLIF(%s, %s)), %s)", column, NO_DATA, NO_DATA)

    @api.model
    def _compute_period(self, company, period):
        """Compute every supplier's scorecard of a month, anew if there is one.

        One statement reads all figures, one writes all rows.

        :param period: any day of the month.
        :returns: the scorecards.
        """
        start = fields.Date.to_date(period).replace(day=1)
        figures = self._read_figures(company, start)
        scale = company._get_scorecard_scale()
        before = self._get_scores(company, start - relativedelta(months=1))
        known = {
            card.partner_id.id: card
            for card in self.search(
                [("company_id", "=", company.id), ("period", "=", start)]
            )
        }
        created = []
        for partner_id, figure in figures.items():
            vals = self._prepare_vals(figure, scale, before.get(partner_id))
            if partner_id in known:
                known.pop(partner_id).write(vals)
            else:
                key = {
                    "partner_id": partner_id,
                    "company_id": company.id,
                    "period": start,
                }
                created.append({**key, **vals})
        # Whoever has nothing to report any more loses the card.
        self.union(*known.values()).unlink()
        self.create(created)
        return self.search([("company_id", "=", company.id), ("period", "=", start)])

    def _read_figures(self, company, start):
        zone = ZoneInfo(company._get_scorecard_zone())
        begin, end = (
            datetime.combine(day, time.min, zone).astimezone(UTC).replace(tzinfo=None)
            for day in (start, start + relativedelta(months=1))
        )
        rows = queries.read_figures(self.env, company, begin, end)
        return {partner_id: Figures(*values) for partner_id, *values in rows}

    def _get_scores(self, company, period):
        cards = self.search([("company_id", "=", company.id), ("period", "=", period)])
        return {card.partner_id.id: card.score for card in cards if card.score >= 0}

    def _prepare_vals(self, figures, scale, score_before):
        card = evaluate(figures, scale)
        comparable = card.score >= 0 and score_before is not None
        return {
            "received_quantity": figures.received,
            "nonconforming_quantity": figures.nonconforming,
            "inspected_count": figures.inspected,
            "accepted_count": figures.accepted,
            "due_count": figures.due,
            "otif_count": figures.otif,
            "answer_count": figures.answers,
            "ppm": card.ppm,
            "acceptance": card.acceptance,
            "delivery": card.delivery,
            "response": card.response,
            "score": card.score,
            "grade": card.grade or False,
            "trend": card.score - score_before if comparable else 0,
        }

    @api.model
    def _cron_compute_last_month(self):
        """Compute the month that has ended, and draw the consequences."""
        last = fields.Date.today() - relativedelta(months=1)
        for company in self.env["res.company"].search([]):  # branches buy as well
            self._compute_period(company, last)._apply_rules()

    def _apply_rules(self):
        """Let each grade have the consequence its rule names, once."""
        rules = self.env["quality.grade.rule"].search(
            [("grade", "in", self.mapped("grade"))]
        )
        for card in self.filtered(lambda card: card.grade and not card.consequence):
            rule = rules._find_for(card)
            if rule:
                card.consequence = rule._apply(card)
