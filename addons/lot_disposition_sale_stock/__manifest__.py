{
    "name": "Lot Disposition in Sales",
    "summary": "Permits for sales orders; holds name the customers",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Inventory",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["lot_disposition", "sale_stock"],
    "auto_install": True,
}
