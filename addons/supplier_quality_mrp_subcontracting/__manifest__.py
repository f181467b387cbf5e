{
    "name": "Supplier Quality in Subcontracting",
    "summary": "What a subcontractor delivers is inspected like any receipt",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["supplier_quality_mrp", "mrp_subcontracting"],
    "auto_install": True,
}
