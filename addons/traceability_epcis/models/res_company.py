import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.ledger import Style
from ..lib.urn import find_prefix_length

PREFIX = re.compile(r"\d{4,12}")
SEPARATORS = re.compile(r"[\s,;]+")


class ResCompany(models.Model):
    _inherit = "res.company"

    gs1_company_prefix = fields.Char(
        string="GS1 company prefixes",
        help="Digits, yours first, then those of partners, separated by commas. They say "
        "where a company prefix ends when a GS1 Digital Link is written as an EPC URN; "
        "prefixes that GS1 publishes are known without.",
    )
    epcis_form = fields.Selection(
        [("link", "GS1 Digital Link"), ("urn", "EPC URN")],
        string="Write identifiers as",
        required=True,
        default="link",
    )
    epcis_namespace = fields.Char(
        string="Address of own identifiers",
        help="Lots without a GTIN, places, documents and parties are named below this "
        "address. Empty: below the address of this database.",
    )

    @api.constrains("gs1_company_prefix")
    def _check_gs1_company_prefix(self):
        for company in self:
            for prefix in company._get_gs1_prefixes():
                if not PREFIX.fullmatch(prefix):
                    raise ValidationError(
                        self.env._(
                            "'%s' is no GS1 company prefix: it has 4 to 12 digits.",
                            prefix,
                        )
                    )

    @api.constrains("epcis_namespace")
    def _check_epcis_namespace(self):
        for company in self:
            namespace = company.epcis_namespace
            if namespace and not namespace.startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._("The address of own identifiers starts with https://.")
                )

    def _get_gs1_prefixes(self):
        self.ensure_one()
        text = (self.gs1_company_prefix or "").strip()
        return SEPARATORS.split(text) if text else []

    def _get_epcis_style(self):
        """Return how this company writes identifiers, as ``lib.ledger.Style``."""
        self.ensure_one()
        base = self.epcis_namespace or f"{self.get_base_url()}/id"
        return Style(
            namespace=base.rstrip("/"),
            form=self.epcis_form or "link",
            prefix_length=find_prefix_length(self._get_gs1_prefixes()),
        )
