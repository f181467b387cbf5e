import base64
import csv
import io
import json
import zipfile

from odoo import models

from ..lib.recall_pack import disarm


class TraceabilityLotEvent(models.Model):
    """Rows of the ledger as evidence: what is on record, and what seals it."""

    _inherit = "traceability.lot.event"

    def action_export_evidence(self):
        """Download the selected rows with the seals that cover them."""
        attachment = self.env["ir.attachment"].create(
            {
                "name": "lot-ledger-evidence.zip",
                "datas": base64.b64encode(self._export_evidence()),
                "mimetype": "application/zip",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _export_evidence(self):
        """Return a ZIP: the rows as they are stored, their seals, what a check found.

        A text that a spreadsheet would take for a formula, or that begins with an
        apostrophe, has one more in front: without it, it is what is stored.
        With the seal key, which is not in there, anybody can compute the seals again.
        """
        self.check_access("read")
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ledger.csv", self._write_evidence_rows())
            archive.writestr("seals.json", json.dumps(self._get_seals(), indent=1))
        return output.getvalue()

    def _write_evidence_rows(self):
        columns = ("id", *self._sealed_columns)
        names = ("lot_id", "product_id", "location_id", "partner_id", "user_id")
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow([*columns, *(f"{name}.name" for name in names)])
        for row in self.sorted("id"):
            values = [
                value.id or "" if isinstance(value, models.BaseModel) else value
                for value in (row[column] for column in columns)
            ]
            # Who may read the ledger may read the names in it.
            labels = [row.sudo()[name].display_name or "" for name in names]
            writer.writerow([self._write_evidence_cell(v) for v in (*values, *labels)])
        return output.getvalue()

    @staticmethod
    def _write_evidence_cell(value):
        if not isinstance(value, str):
            return value
        return f"'{value}" if value.startswith("'") else disarm(value)

    def _get_seals(self):
        """Return the seals over these rows and what verifying the ledger finds now."""
        # Seals hold no secret, and evidence needs them whoever exports it.
        Seal = self.env["integration.seal"].sudo()
        seals = Seal.search(
            [
                ("ledger", "=", self._name),
                ("last_id", ">=", min(self.ids, default=0)),
                ("first_id", "<=", max(self.ids, default=0)),
            ],
            order="number",
        )
        return {
            "ledger": self._name,
            "columns": ["id", *self._sealed_columns],
            "seals": [
                {
                    name: seal[name]
                    for name in (
                        "number",
                        "first_id",
                        "last_id",
                        "row_count",
                        "key_name",
                        "mac",
                    )
                }
                for seal in seals
            ],
            "faults": [str(fault) for fault in Seal._find_faults(self._name)],
        }
