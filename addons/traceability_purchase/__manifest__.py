{
    "name": "Traceability of Purchases",
    "summary": "Receipts in the genealogy name their purchase order",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["traceability", "purchase_stock"],
    "auto_install": True,
}
