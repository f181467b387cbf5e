{
    "name": "Lot Disposition at the Point of Sale",
    "summary": "Lots on hold are not sold over the counter",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Inventory",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["lot_disposition", "point_of_sale"],
    "auto_install": True,
}
