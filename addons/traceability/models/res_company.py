import re
from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.epcis_check import is_uri
from ..lib.gs1 import PREFIX, identify, own_uri

ZERO_OFFSET = "+00:00"
OFFSET = re.compile(r"([+-]\d\d)(\d\d)")


class ResCompany(models.Model):
    _inherit = "res.company"

    gs1_company_prefix = fields.Char(
        string="GS1 company prefix",
        help="Given to the company by GS1. With it, lots of products whose barcode is a "
        "GTIN are published under GS1 identifiers.",
    )
    epcis_identifier_form = fields.Selection(
        [("digital_link", "GS1 Digital Link"), ("urn", "EPC URN")],
        string="Form of identifiers",
        required=True,
        default="digital_link",
    )
    epcis_namespace = fields.Char(
        string="Namespace of own identifiers",
        help="URI below which lots without GS1 identifiers, places, partners and "
        "documents are named. Empty: this database's address.",
    )

    @api.constrains("gs1_company_prefix", "epcis_namespace")
    def _check_epcis_settings(self):
        for company in self:
            prefix, namespace = company.gs1_company_prefix, company.epcis_namespace
            if prefix and not PREFIX.fullmatch(prefix):
                raise ValidationError(
                    self.env._("A GS1 company prefix is 6 to 12 digits.")
                )
            if namespace and not is_uri(namespace):
                raise ValidationError(
                    self.env._(
                        "The namespace must be a URI, for example "
                        "https://id.example.com/trace"
                    )
                )

    def _get_epcis_namespace(self):
        self.ensure_one()
        # A setting of the company; machines that export need not read companies.
        company = self.sudo()
        return company.epcis_namespace or f"{company.get_base_url()}/epcis"

    def _identify_lot(self, product, lot):
        """Return the URI under which a lot, or a product without lot, is published."""
        self.ensure_one()
        parts = ["item", product.default_code or str(product.id)]
        if lot:
            parts += ["lot", lot.name]
        return identify(
            barcode=product.barcode,
            prefix=self.gs1_company_prefix,
            form=self.epcis_identifier_form,
            own=own_uri(self._get_epcis_namespace(), *parts),
            lot=lot.name or None,
            serial=product.tracking == "serial",
        )

    def _get_plant_offset(self, moment):
        """Return the plant's offset from UTC at a naive UTC moment, as ``+02:00``."""
        self.ensure_one()
        # Working hours belong to HR; only their time zone is read.
        name = self.sudo().resource_calendar_id.tz
        if not name:
            return ZERO_OFFSET
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(name))
        return OFFSET.sub(r"\1:\2", local.strftime("%z"))
