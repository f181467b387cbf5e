import base64
import io
import zipfile

import xlsxwriter

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import file_path

from ..lib.recall_pack import Pack, Section, write_cell, write_csv
from ..lib.recall_paper import ROWS_ON_PAPER, register_fonts, write_pdf
from . import traceability_sheet_queries as queries

# Latin of all of Europe, Greek, Cyrillic, and one with arrows; Odoo ships them.
FONTS = [
    f"web/static/fonts/google/{name}.ttf"
    for name in (
        "Open_Sans/Open_Sans-Regular",
        "Open_Sans/Open_Sans-Bold",
        "Montserrat/Montserrat-Regular",
    )
]
MIMETYPES = {"pdf": "application/pdf", "zip": "application/zip"}


class TraceabilityRecall(models.Model):
    """The answer on paper: PDF, CSV, and the sortable sheet of FSMA 204."""

    _inherit = "traceability.recall"

    def action_print_pdf(self):
        """Download the answer as PDF; it says what the screen says."""
        self.ensure_one()
        pack = self._prepare_pack(limit=ROWS_ON_PAPER)
        return self._download(self.name, "pdf", write_pdf(pack))

    def action_download_pack(self):
        """Download everything: PDF, one CSV a table, and the sortable sheet."""
        self.ensure_one()
        pack = self._prepare_pack()
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("recall.pdf", write_pdf(pack))
            for section in pack.sections:
                archive.writestr(f"{section.name}.csv", write_csv(section))
            archive.writestr("fsma204.xlsx", self._write_sheet())
        return self._download(self.name, "zip", output.getvalue())

    def _download(self, name, extension, content):
        if self.state == "draft":
            raise UserError(self.env._("Run %s first.", self.name))
        # Who may only look at the recall gets a file of their own.
        owner = {"res_model": self._name, "res_id": self.id}
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{name.replace('/', '-')}.{extension}",
                "datas": base64.b64encode(content),
                "mimetype": MIMETYPES[extension],
                **(owner if self.has_access("write") else {}),
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _prepare_pack(self, limit=None):
        """Return the answer as tables.

        :param limit: of each only so many rows, where there is no room for more.
        """
        self.ensure_one()
        register_fonts(*map(file_path, FONTS))
        return Pack(
            title=f"{self._get_label(self, 'mode')} {self.name}",
            facts=self._get_facts(),
            sections=[
                self._prepare_section(name, title, part, columns, limit)
                for name, title, part, columns in self._get_sections()
            ],
        )

    def _get_facts(self):
        """Return label and value of what the head of the form says."""
        env = self.env
        facts = [
            (env._("Starts from"), self._get_subject()),
            (env._("Reason"), self.reason or ""),
            (env._("As of (UTC)"), write_cell(self.asked_at)),
            (env._("Time to answer"), f"{self.answer_milliseconds} ms"),
            (env._("Affected lots"), str(self.lot_count)),
            (env._("Lots on hand"), str(self.stock_lot_count)),
            (env._("In progress"), str(self.open_count)),
            (env._("Customers"), str(self.customer_count)),
            (env._("Accounted for"), f"{self.accounted_share:.2%}"),
        ]
        if self.outside:
            facts.append((env._("In other companies"), self.outside))
        if self.state in ("contained", "closed"):
            facts.append((env._("Effectiveness"), f"{self.effectiveness:.2%}"))
        return facts

    def _get_subject(self):
        starts = self.line_ids.search(
            [("recall_id", "=", self.id), ("is_start", "=", True)]
        )
        names = [line.lot_id.name or line.node_id.display_name for line in starts[:10]]
        more = f" + {len(starts) - 10}" if len(starts) > 10 else ""
        return f"{self._get_label(self, 'scope')}: {', '.join(names)}{more}"

    def _get_sections(self):
        """Return ``(file, title, part, fields)`` of each table, as the form shows them."""
        env = self.env
        lot = ("product_id", "lot_id", "node_id")
        return [
            (
                "customers",
                env._("Customers"),
                self.customer_ids,
                ("partner_id", "addresses", "email", "phone", *lot, "shipped_quantity",
                 "returned_quantity", "quantity", "recovered_quantity", "uom_id",
                 "picking_ids"),
            ),
            (
                "on_hand",
                env._("On hand"),
                self.stock_ids,
                (*lot, "location_id", "quantity", "reserved_quantity", "uom_id",
                 "disposition"),
            ),
            (
                "uses",
                env._("Inside"),
                self.use_ids,
                ("kind", *lot, "quantity", "uom_id", "reference", "partner_id"),
            ),
            (
                "affected_lots",
                env._("Affected lots"),
                self.line_ids,
                ("depth", *lot, "disposition", "confidence", "path"),
            ),
            (
                "mass_balance",
                env._("Mass balance"),
                self.balance_ids,
                ("product_id", "uom_id", "received", "made", "returned", "adjusted",
                 "on_hand", "consumed", "shipped", "scrapped", "vendor_returned", "gap",
                 "explanation"),
            ),
            (
                "not_affected",
                env._("Near, and not affected"),
                self.neighbour_ids,
                ("product_id", "lot_id", "suspect_lot_id", "nearness", "reason"),
            ),
            (
                "production_orders",
                env._("Production orders"),
                self.production_ids,
                ("name", "product_id", "product_qty", "date_finished", "state"),
            ),
        ]  # fmt: skip

    def _prepare_section(self, name, title, records, columns, limit):
        labels = records.fields_get(columns, ["string"])
        return Section(
            name,
            title,
            [labels[column]["string"] for column in columns],
            [
                [self._get_label(record, column) for column in columns]
                for record in records[:limit]
            ],
            len(records),
        )

    def _get_label(self, record, column):
        """Return a value as people read it."""
        field, value = record._fields[column], record[column]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "many2one":
            return value.name if value._name == "stock.lot" else value.display_name
        if field.type == "many2many":
            return ", ".join(value.mapped("name"))
        return value

    def _write_sheet(self):
        """Return the key data elements of FSMA 204 as a sortable sheet (XLSX).

        One row a critical tracking event of an affected lot: 21 CFR 1.1340 (receiving),
        1.1345 (transformation), 1.1340 (shipping).
        """
        output = io.BytesIO()
        with xlsxwriter.Workbook(
            output, {"in_memory": True, "constant_memory": False}
        ) as book:
            sheet = book.add_worksheet("FSMA 204")
            bold = book.add_format({"bold": True})
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            columns = queries.SHEET_COLUMNS
            sheet.write_row(0, 0, columns, bold)
            rows = queries.find_sheet_rows(self.env, self.id)
            for number, row in enumerate(rows, start=1):
                for place, value in enumerate(row):
                    if hasattr(value, "year"):
                        sheet.write_datetime(number, place, value, moment)
                    elif isinstance(value, str):
                        sheet.write_string(number, place, value)
                    elif value is not None:
                        sheet.write_number(number, place, value)
            sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
            sheet.freeze_panes(1, 0)
        return output.getvalue()
