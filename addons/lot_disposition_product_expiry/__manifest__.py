{
    "name": "Lot Disposition of Perishables",
    "summary": "Expired goods on hold are left out of the forecast once",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Inventory",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["lot_disposition", "product_expiry"],
    "auto_install": True,
}
