{
    "name": "MES Bridge and Stock Valuation",
    "summary": "Values what the shop floor reports as it is posted and once it is done",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Manufacturing",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["mes_bridge", "mrp_account"],
    "auto_install": True,
}
