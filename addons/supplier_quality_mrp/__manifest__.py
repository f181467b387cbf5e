{
    "name": "Supplier Quality of Production",
    "summary": "Production output is inspected like a receipt",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["supplier_quality", "mrp"],
    "data": ["views/mrp_production_views.xml"],
    "auto_install": True,
}
