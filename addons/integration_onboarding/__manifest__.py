{
    "name": "Integration Onboarding",
    "summary": "From a partner to a working connection: wizard, console, partner page",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core", "portal"],
    "data": [
        "security/ir.model.access.csv",
        "security/integration_onboarding_rules.xml",
        "wizard/integration_console_views.xml",
        "wizard/integration_onboarding_views.xml",
        "views/integration_system_views.xml",
        "views/portal_templates.xml",
    ],
    "auto_install": ["integration_core"],
}
