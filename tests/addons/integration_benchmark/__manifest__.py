{
    "name": "Integration Benchmark",
    "summary": "What the benchmarks measure and what they compare it with",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["base_automation", "integration_core", "mes_bridge", "stock"],
    "data": [
        "security/ir.model.access.csv",
        "data/integration_contract_data.xml",
        "data/wait_cron.xml",
    ],
    "installable": True,
}
