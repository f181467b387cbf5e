{
    "name": "Integration of Lot Dispositions",
    "summary": "Publishes every change of a lot's disposition, and takes decisions of a QMS",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_stock", "lot_disposition"],
    "data": [
        "data/integration_contract_data.xml",
        "views/integration_system_views.xml",
    ],
    "demo": ["demo/integration_playbook_demo.xml"],
    "auto_install": True,
}
