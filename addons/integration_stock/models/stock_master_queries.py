"""SQL that looks for items kept twice. Each is one pass over its table, once a while."""

from odoo.tools import SQL

from odoo.addons.integration_core.models.integration_mapping_queries import (
    find_groups,
    plain,
)

ITEM = "product.product"


def find_items_with_same_reference(cr):
    return find_groups(
        cr,
        SQL(
            "(SELECT product.id, product.default_code, template.company_id"
            " FROM product_product product"
            " JOIN product_template template ON template.id = product.product_tmpl_id"
            " WHERE product.active) item"
        ),
        ITEM,
        plain(SQL("default_code")),
        SQL("company_id"),
    )


def find_items_with_same_name(cr):
    """By template: variants of one item share its name on purpose."""
    return find_groups(
        cr,
        SQL(
            "(SELECT min(product.id) AS id, template.name, template.company_id"
            " FROM product_template template"
            " JOIN product_product product"
            "   ON product.product_tmpl_id = template.id AND product.active"
            " GROUP BY template.id) item"
        ),
        ITEM,
        plain(SQL("name ->> 'en_US'")),
        SQL("company_id"),
    )


def find_items_with_same_supplier_reference(cr):
    """By supplier and its reference; offers of one item for several quantities are one."""
    return find_groups(
        cr,
        SQL(
            "(SELECT DISTINCT product.id, offer.company_id,"
            " offer.product_code || ' · ' || partner.name AS key"
            " FROM product_supplierinfo offer"
            " JOIN res_partner partner ON partner.id = offer.partner_id"
            " JOIN product_product product ON product.active AND product.id = COALESCE("
            "   offer.product_id, (SELECT min(variant.id) FROM product_product variant"
            "    WHERE variant.product_tmpl_id = offer.product_tmpl_id AND variant.active))"
            " WHERE offer.product_code <> '') offered"
        ),
        ITEM,
        SQL("key"),
        SQL("company_id"),
    )
