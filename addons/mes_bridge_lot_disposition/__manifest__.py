{
    "name": "MES Bridge and Lot Dispositions",
    "summary": "Orders go out with released lots only; held material that was used is asked about",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Manufacturing",
    "author": "Odoo Integration Suite contributors",
    "website": "https://example.com/integration-suite",
    "license": "LGPL-3",
    "depends": ["mes_bridge", "lot_disposition"],
    "auto_install": True,
}
