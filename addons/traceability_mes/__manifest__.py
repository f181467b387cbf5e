{
    "name": "Traceability and the Shop Floor",
    "summary": "What a machine reports is in the genealogy at once, as of when it happened",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["traceability", "mes_bridge"],
    "auto_install": True,
}
