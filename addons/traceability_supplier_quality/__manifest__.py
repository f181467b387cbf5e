{
    "name": "Traceability and Supplier Quality",
    "summary": "A recall that contains something opens its nonconformances",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["traceability", "supplier_quality"],
    "data": ["views/traceability_recall_views.xml"],
    "auto_install": True,
}
