{
    "name": "Traceability of Repairs",
    "summary": "Parts put in and taken out by a repair are in the genealogy",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["traceability", "repair"],
    "auto_install": True,
}
