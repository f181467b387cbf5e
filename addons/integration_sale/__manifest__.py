{
    "name": "Integration of Sales",
    "summary": "Publishes confirmed sales orders",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_stock", "sale"],
    "data": ["data/integration_contract_data.xml"],
    "auto_install": True,
}
