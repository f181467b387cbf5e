{
    "name": "Integration Stock",
    "summary": "Item, lot, unit and location codes of other systems; stock reconciliation",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core", "stock"],
    "data": [
        "data/integration_mapping_domain_data.xml",
        "data/integration_exception_kind_data.xml",
        "data/integration_contract_data.xml",
        "data/integration_reconciliation_domain_data.xml",
        "views/integration_system_views.xml",
        "views/integration_reconciliation_views.xml",
    ],
    "demo": ["demo/integration_stock_demo.xml"],
}
