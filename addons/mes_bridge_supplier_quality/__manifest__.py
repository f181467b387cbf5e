{
    "name": "MES Bridge and Supplier Quality",
    "summary": "What the shop floor measured decides about the lots that it made",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Quality",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["mes_bridge", "supplier_quality_mrp"],
    "data": [
        "data/integration_contract_data.xml",
        "data/integration_exception_kind_data.xml",
        "views/mes_event_views.xml",
    ],
    "auto_install": True,
}
