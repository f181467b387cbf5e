{
    "name": "MES Bridge and Maintenance",
    "summary": "Downtime that the shop floor reports becomes maintenance requests",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Maintenance",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["mes_bridge", "maintenance"],
    "data": [
        "data/mes_downtime_cron.xml",
        "views/maintenance_equipment_views.xml",
        "views/mes_downtime_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "auto_install": True,
}
