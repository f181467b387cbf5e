{
    "name": "Integration Monitoring",
    "summary": "Dashboards, metrics, alerts and baselines of the integration log",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core"],
    "external_dependencies": {"python": ["prometheus-client"]},
    "data": [
        "security/ir.model.access.csv",
        "security/integration_monitoring_rules.xml",
        "data/integration_monitoring_cron.xml",
        "data/integration_alert_rule_data.xml",
        "views/integration_alert_views.xml",
        "views/integration_flow_hour_views.xml",
        "views/integration_dashboard_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["integration_monitoring/static/src/**/*"],
    },
    "auto_install": True,
}
