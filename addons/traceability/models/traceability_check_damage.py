from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from . import traceability_check_queries as queries
from .traceability_check import BATCH

# What is named in the report; the count says how much there is.
NAMED = 20
KIND = "traceability.exception_kind_damaged_genealogy"


class TraceabilityCheck(models.Model):
    """Every edge compared with every move, both ways; what differs is mended and told."""

    _inherit = "traceability.check"

    damage_count = fields.Integer(
        string="Damaged",
        readonly=True,
        help="Edges of older moves that were missing, changed or invented. Nothing of the "
        "addon writes such: somebody changed the tables.",
    )
    damage = fields.Text(string="What was damaged", readonly=True)

    def _compare_all(self):
        """Find what differs anywhere, mend it, and ask people how it came to be."""
        self.ensure_one()
        self.env.flush_all()
        Line = self.env["stock.move.line"]
        movement = Line._get_movements(SQL("TRUE"))
        sources = [
            source
            for source in Line._get_transformation_sources()
            if source[1] != "stock.lot.split"  # its moves are counted, not transformed
        ]
        lines = queries.find_damaged_lines(self.env, movement)
        documents = queries.find_damaged_documents(self.env, movement, sources)
        invented = queries.find_invented(self.env)
        names = [
            *self._name_lines(lines[:NAMED]),
            *self._name_documents(documents[:NAMED]),
            *(f"{reference or edge}: invented" for edge, reference in invented[:NAMED]),
        ]
        if not names:
            return
        companies = self._find_companies(lines, documents, invented)
        self._mend_damage(lines, documents, invented)
        self.damage_count = len(lines) + len(documents) + len(invented)
        self.damage = "\n".join(names[:NAMED])
        for company in companies or self.env.company:
            self._raise_damage(company)

    def _name_lines(self, lines):
        records = self.env["stock.move.line"].browse([line for line, _what in lines])
        return [
            f"{line.reference or line.move_id.display_name} ({line.lot_id.name or '–'}, "
            f"{line.id}): {what}"
            for line, (_id, what) in zip(records, lines, strict=True)
        ]

    def _name_documents(self, documents):
        return [
            f"{self.env[model].browse(number).exists().display_name or number}: shares"
            for model, number in documents
        ]

    def _find_companies(self, lines, documents, invented):
        found = self.env["stock.move.line"].browse([line for line, _w in lines]).company_id
        found |= self.env["traceability.edge"].browse([e for e, _r in invented]).company_id
        for model, number in documents:
            found |= self.env[model].browse(number).exists().company_id
        return found

    def _mend_damage(self, lines, documents, invented):
        Edge = self.env["traceability.edge"]
        numbers = [line for line, _what in lines]
        for start in range(0, len(numbers), BATCH):
            part = self.env["stock.move.line"].browse(numbers[start : start + BATCH])
            Edge._store_movements(part, corrected=True)
        for model, number in documents:
            document = self.env[model].browse(number)
            if document.exists():
                document._write_genealogy()
            else:
                Edge._store_source(document, (), [])
        queries.delete_edges(self.env, [edge for edge, _reference in invented])
        Edge.invalidate_model()

    def _raise_damage(self, company):
        """Ask for a person, once as long as nobody answered."""
        Desk = self.env["integration.exception"].sudo()  # it is the engine's to raise
        kind = self.env.ref(KIND)
        same = [
            ("state", "=", "open"),
            ("company_id", "=", company.id),
            ("kind_id", "=", kind.id),
            ("fingerprint", "=", "genealogy"),
        ]
        text = self.env._(
            "%(count)s edges of the genealogy were not what the stock moves say, and were "
            "mended:\n%(damage)s",
            count=self.damage_count,
            damage=self.damage,
        )
        found = Desk.search(same, limit=1)
        if found:
            found.description = text
            return
        Desk.create(
            {
                "name": text.split("\n", 1)[0][:120],
                "kind_id": kind.id,
                "fingerprint": "genealogy",
                "company_id": company.id,
                "description": text,
                "deadline": fields.Datetime.now() + timedelta(hours=kind.deadline_hours),
            }
        )
