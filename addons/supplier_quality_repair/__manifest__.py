{
    "name": "Supplier Quality with Repairs",
    "summary": "Rework decided about nonconforming goods becomes a repair order",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["supplier_quality", "repair"],
    "data": ["views/quality_nonconformance_views.xml"],
    "auto_install": True,
}
