{
    "name": "Integration Test Probe",
    "summary": "Records one row per handled message, so that a double would show",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core"],
    "data": ["security/ir.model.access.csv", "data/integration_contract_data.xml"],
    "installable": True,
}
