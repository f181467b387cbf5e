{
    "name": "Lot Disposition in Subcontracting",
    "summary": "Goods on hold do not leave for a subcontractor",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Inventory",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["lot_disposition", "mrp_subcontracting"],
    "auto_install": True,
}
