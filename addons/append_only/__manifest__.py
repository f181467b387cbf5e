{
    "name": "Append-only Records",
    "summary": "Ledgers whose rows the database itself refuses to change or delete",
    "version": "19.0.1.0.0",
    "category": "Technical",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["base"],
}
