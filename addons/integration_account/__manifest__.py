{
    "name": "Integration of Invoicing",
    "summary": "Publishes posted invoices",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core", "account"],
    "data": ["data/integration_contract_data.xml"],
    "auto_install": True,
}
