import base64
import io
import zipfile
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from ..lib import recall_paper
from ..lib.recall_pack import write_cell
from ..models import traceability_recall_pack
from ..models.traceability_sheet_queries import SHEET_COLUMNS, find_sheet_rows
from .common import RecallCase

# Tables of the form by their title on paper; figures of its head by their label.
PARTS = {
    "Customers": "customer_ids",
    "On hand": "stock_ids",
    "Inside": "use_ids",
    "Affected lots": "line_ids",
    "Mass balance": "balance_ids",
    "Near, and not affected": "neighbour_ids",
    "Production orders": "production_ids",
}
FIGURES = {
    "lot_count": "Affected lots",
    "stock_lot_count": "Lots on hand",
    "open_count": "In progress",
    "customer_count": "Customers",
}


@tagged("post_install", "-at_install")
class TestRecallPaper(RecallCase):
    """What the paper says is what the screen says."""

    def attachment(self, action):
        number = int(action["url"].split("/")[3].split("?")[0])
        content = self.env["ir.attachment"].browse(number).datas
        return base64.b64decode(content)

    def read_pdf(self, recall):
        reader = PdfFileReader(io.BytesIO(self.attachment(recall.action_print_pdf())))
        return "".join(page.extract_text() for page in reader.pages)

    def test_the_pdf_agrees_with_the_screen(self):
        self.take_back(self.output, 1.5)
        recall = self.ask()
        text = self.read_pdf(recall)
        for label, part in PARTS.items():
            numbers = {
                name: {}
                for name, field in recall[part]._fields.items()
                if field.type == "float" and name != "reported_quantity"
            }
            [screen] = recall.web_read({part: {"fields": numbers}})
            self.assertIn(f"{label} ({len(screen[part])})", text)
            for row in screen[part]:
                for name in numbers if part != "production_ids" else ["product_qty"]:
                    self.assertIn(write_cell(row[name]), text)
        for name, label in FIGURES.items():
            self.assertIn(f"{label}: {recall[name]}", text)
        for part in (recall.name, "R1 → F1", self.delivery.name, "100.00%"):
            self.assertIn(part, text)

    def test_what_has_no_room_on_paper_is_counted_there_and_in_the_pack(self):
        recall = self.ask()
        with patch.multiple(recall_paper, ROWS_ON_PAPER=1), patch.object(
            traceability_recall_pack, "ROWS_ON_PAPER", 1
        ):
            text = self.read_pdf(recall)
            content = self.attachment(recall.action_download_pack())
        self.assertIn("Affected lots (2)", text)
        self.assertIn("+ 1: affected_lots.csv", text)
        self.assertNotIn("R1 → F1", text)
        archive = zipfile.ZipFile(io.BytesIO(content))
        self.assertIn("R1 → F1", archive.read("affected_lots.csv").decode("utf-8-sig"))

    def test_quantities_are_whole_on_paper_and_in_the_pack(self):
        self.receive_lot(self.raw_lot, 12345.67)
        recall = self.ask()
        [row] = recall.stock_ids.filtered(lambda row: row.lot_id == self.raw_lot)
        self.assertEqual(row.quantity, 12355.67)
        self.assertIn("12355.67", self.read_pdf(recall))
        content = self.attachment(recall.action_download_pack())
        archive = zipfile.ZipFile(io.BytesIO(content))
        self.assertIn(",12355.67,", archive.read("on_hand.csv").decode("utf-8-sig"))

    def test_every_page_says_which_it_is(self):
        recall = self.ask()
        reader = PdfFileReader(io.BytesIO(self.attachment(recall.action_print_pdf())))
        pages = [page.extract_text() for page in reader.pages]
        for number, text in enumerate(pages, start=1):
            self.assertIn(f"{number} / {len(pages)}", text)
            self.assertIn(recall.name, text)

    def test_what_other_companies_have_is_said_on_paper_too(self):
        recall = self.ask()
        recall.outside = "Elsewhere as well."
        self.assertIn("Elsewhere as well.", self.read_pdf(recall))

    def test_who_may_look_at_a_recall_may_take_it_along(self):
        user = new_test_user(self.env, "stock-user", "stock.group_stock_user")
        recall = self.ask().with_user(user)
        for action in (recall.action_print_pdf, recall.action_download_pack):
            number = int(action()["url"].split("/")[3].split("?")[0])
            file = self.env["ir.attachment"].with_user(user).browse(number)
            self.assertTrue(file.raw)

    def test_names_in_other_alphabets_are_on_paper(self):
        self.customer.name = "Łódź Ελλάς Москва 東京"
        text = self.read_pdf(self.ask())
        for word in ("Łódź", "Ελλάς", "Москва", "東京"):
            self.assertIn(word, text)

    def test_the_pack_holds_csv_and_the_sortable_sheet(self):
        self.customer.name = "=cmd()"
        content = self.attachment(self.ask().action_download_pack())
        archive = zipfile.ZipFile(io.BytesIO(content))
        self.assertLessEqual(
            {"recall.pdf", "customers.csv", "on_hand.csv", "affected_lots.csv"},
            set(archive.namelist()),
        )
        customers = archive.read("customers.csv").decode("utf-8-sig")
        self.assertIn("'=cmd()", customers)
        sheet = zipfile.ZipFile(io.BytesIO(archive.read("fsma204.xlsx")))
        strings = sheet.read("xl/sharedStrings.xml").decode()
        for part in ("Receiving", "Transformation", "Shipping", "R1", "F1", "=cmd()"):
            self.assertIn(part, strings)

    def test_the_sheet_says_what_came_out_of_a_transformation(self):
        more = self.lot("F2", self.finished)
        self.produce({self.raw_lot: 4}, more, 2)
        relabel = self.env["traceability.relabel"]
        relabel.split(more, self.stock, {"F3": 1}, "Test")
        names = dict(zip(SHEET_COLUMNS, range(len(SHEET_COLUMNS)), strict=True))
        rows = find_sheet_rows(self.env, self.ask().id)
        columns = ("New traceability lot code", "Quantity", "New quantity", "New unit", "Location")
        found = {
            tuple(row[names[column]] for column in columns)
            for row in rows
            if row[0] == "Transformation"
        }
        place = self.stock.complete_name
        self.assertEqual(
            found,
            {
                ("F1", 20, 10, "Units", place),
                ("F2", 4, 2, "Units", place),
                ("F3", 1, 1, "Units", place),
            },
        )
