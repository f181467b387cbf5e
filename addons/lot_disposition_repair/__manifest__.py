{
    "name": "Lot Disposition in Repairs",
    "summary": "Permits for repair orders; holds tell them",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Inventory",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["lot_disposition", "repair"],
    "auto_install": True,
}
