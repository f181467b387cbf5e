from odoo import api, fields, models

from ..exceptions import LotOnHoldError
from ..lib.decision import PLACE_STATUSES, gravest, is_allowed_in_place
from .lot_disposition_entry import STATUS


class StockPackage(models.Model):
    """A package can hold what is in it, lot or no lot."""

    _name = "stock.package"
    _inherit = ["stock.package", "lot.disposition.mixin"]

    _disposition_column = "package_id"
    _disposition_statuses = tuple(sorted(PLACE_STATUSES))
    _disposition_derived_fields = frozenset({"effective_disposition"})

    effective_disposition = fields.Selection(
        STATUS,
        compute="_compute_effective_disposition",
        store=True,
        recursive=True,
        index=True,
        help="Its own disposition, or that of a package around it if graver.",
    )

    _disposition_key = models.UniqueIndex("(id, effective_disposition)")

    @api.depends("disposition", "parent_package_id.effective_disposition")
    def _compute_effective_disposition(self):
        for package in self:
            around = package.parent_package_id.effective_disposition or "released"
            package.effective_disposition = gravest(
                (package.disposition or "released", around)
            )

    def write(self, vals):
        if {"parent_package_id", "company_id"} & vals.keys():
            self._check_may_leave(vals)
        if vals.get("name"):
            self._check_rename(vals["name"])
        return super().write(vals)

    def _check_rename(self, name):
        """A held package under another name would be another package.

        :raises LotOnHoldError: quality may mend a name, on record.
        """
        for package in self:
            # The package holds for the company, whoever may read the one around it.
            holder = package.sudo()._get_held_around().with_env(self.env)
            if not holder or package.name == name:
                continue
            if not self._is_quality():
                raise LotOnHoldError(
                    self.env._(
                        "Package %(package)s is %(status)s and keeps its name. Ask the "
                        "quality manager.",
                        package=package.name,
                        status=holder._get_disposition_label(),
                    )
                )
            package._record(
                "identity", self.env._("Renamed to %s", name), path="ui", subject=name
            )

    def _check_may_leave(self, vals):
        """What is in a held package leaves it by a move of stock, which is guarded."""
        if "parent_package_id" not in vals or self.env.su:
            return
        for package in self:
            # The package around it holds for the company, whoever may read that one.
            holder = package.parent_package_id.sudo()._get_held_around()
            if holder and vals["parent_package_id"] != package.parent_package_id.id:
                holder._check_use("internal")
                package._record_left(holder)

    def _record_left(self, holder):
        """Put on record what quality takes out of a held package, with its package.

        :raises LotOnHoldError: it takes more than one person, or a signature.
        """
        # The rules bind whoever packs, also those who may not read what is in it.
        quants = self.env["stock.quant"].sudo().search(self._get_reserved_domain())
        for product in quants.product_id:
            if not product.product_tmpl_id._is_released_by_one():
                raise LotOnHoldError(holder._prepare_refusal("internal", product))
        holder._record("taken_out", self.display_name, path="ui", origin=self)

    def _get_held_around(self):
        """Return the package that holds what is in this one: itself or one around it."""
        package = self
        while package and package.disposition == "released":
            package = package.parent_package_id
        return package

    def _allows(self, use, *, quality=False):
        return is_allowed_in_place(self.disposition, use, quality=quality)

    def _get_reserved_domain(self):
        return [("package_id", "child_of", self.ids)]

    def _get_holder(self, line):
        return line.package_id._get_held_around() & self
