{
    "name": "Traceability of Subcontracting",
    "summary": "Subcontracted production in the genealogy names the subcontractor",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["traceability", "mrp_subcontracting"],
    "auto_install": True,
}
