{
    "name": "Integration File",
    "summary": "Files from folders and SFTP, and REST sources that are polled",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Integration",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["integration_core"],
    "external_dependencies": {"python": ["lxml", "paramiko", "requests"]},
    "data": [
        "security/ir.model.access.csv",
        "security/integration_file_rules.xml",
        "data/integration_file_cron.xml",
        "views/integration_file_source_views.xml",
        "views/integration_file_pickup_views.xml",
        "views/integration_poll_views.xml",
    ],
}
