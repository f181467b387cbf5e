"""The plant as it stands in the morning: master data, connections, codes."""

from dataclasses import dataclass, field
from typing import Any

from tests.plant.partner import Partner
from tests.plant.receiver import Receiver
from tests.plant.rpc import Odoo
from tools.server import free_port

MES_CONTRACTS = (
    "production.operation.started",
    "production.consumed",
    "production.reported",
    "production.order.completed",
    "production.order.released",
)


@dataclass
class Plant:
    """Everything the day refers to: ids in Odoo and the systems outside."""

    odoo: Odoo
    ids: dict[str, int] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    mes_server: Receiver | None = None
    # (model, method, id) of what attempts leave behind
    trials: list[tuple[str, str, int]] = field(default_factory=list)

    def connect(
        self,
        code: str,
        name: str,
        kind: str,
        contracts: tuple[str, ...],
        *,
        bearer: bool = False,
        **values: Any,
    ) -> Partner:
        """Create an active system with a credential, as the wizard does."""
        odoo = self.odoo
        scopes = odoo.search("integration.contract", ("code", "in", list(contracts)))
        system = odoo.create(
            "integration.system",
            name=name,
            code=code,
            kind=kind,
            state="active",
            scope_ids=[(6, 0, scopes)],
            **values,
        )
        self.ids[code] = system
        issued = odoo.call(
            "integration.system",
            "issue_credential",
            system,
            "bearer" if bearer else "hmac",
        )
        name = "token" if bearer else "secret"
        partner = Partner(odoo.url, code, **{name: issued["secret"]})
        self.partners[code] = partner
        return partner

    def map(
        self, system: str, domain: str, code: str, record: int, factor: float = 1
    ) -> int:
        domain_id = self.odoo.search(
            "integration.mapping.domain", ("code", "=", domain)
        )[0]
        return self.odoo.create(
            "integration.mapping",
            domain_id=domain_id,
            system_id=self.ids[system],
            external_code=code,
            res_id=record,
            factor=factor,
        )


def prepare(url: str, database: str, login: str, password: str) -> Plant:
    """Set up the plant over RPC. Returns it."""
    plant = Plant(Odoo(url, database, login, password))
    _create_places(plant)
    _create_products(plant)
    _create_quality(plant)
    _create_connections(plant)
    _create_order(plant)
    return plant


def _create_places(plant: Plant) -> None:
    odoo, ids = plant.odoo, plant.ids
    ids["warehouse"] = odoo.create("stock.warehouse", name="Plant North", code="PN")
    fields = ("lot_stock_id", "in_type_id", "out_type_id", "manu_type_id")
    warehouse = odoo.get("stock.warehouse", ids["warehouse"], *fields)
    ids.update({name: value[0] for name, value in warehouse.items() if name in fields})
    odoo.call(
        "stock.picking.type", "write", [ids["in_type_id"]], {"use_create_lots": True}
    )
    ids["supplier"] = odoo.create(
        "res.partner",
        name="Rheinharz Chemie",
        is_company=True,
        email="dispatch@rheinharz.example.com",
    )
    ids["customer"] = odoo.create(
        "res.partner",
        name="Nordpump AG",
        is_company=True,
        email="quality@nordpump.example.com",
        phone="+49 40 555 0100",
    )


def _create_products(plant: Plant) -> None:
    odoo, ids = plant.odoo, plant.ids
    ids["kg"] = odoo.ref("uom.product_uom_kgm")
    ids["unit"] = odoo.ref("uom.product_uom_unit")
    ids["raw"] = odoo.create(
        "product.product",
        name="Casting resin",
        default_code="RM-RESIN",
        is_storable=True,
        tracking="lot",
        uom_id=ids["kg"],
        standard_price=4.2,
    )
    ids["finished"] = odoo.create(
        "product.product",
        name="Pump housing",
        default_code="FG-HOUSING",
        is_storable=True,
        tracking="lot",
        uom_id=ids["unit"],
    )
    template = odoo.get("product.product", ids["finished"], "product_tmpl_id")
    ids["bom"] = odoo.create(
        "mrp.bom",
        product_tmpl_id=template["product_tmpl_id"][0],
        product_qty=1,
        bom_line_ids=[(0, 0, {"product_id": ids["raw"], "product_qty": 2})],
    )


def _create_quality(plant: Plant) -> None:
    plant.ids["plan"] = plant.odoo.create(
        "quality.inspection.plan",
        name="Incoming resin",
        product_id=plant.ids["raw"],
        characteristic_ids=[
            (
                0,
                0,
                {
                    "code": "VISC",
                    "name": "Viscosity",
                    "minimum": 800,
                    "maximum": 1200,
                    "unit": "mPa·s",
                },
            ),
            (0, 0, {"code": "COLOUR", "name": "Colour", "kind": "attributive"}),
        ],
    )


def _create_connections(plant: Plant) -> None:
    odoo, ids = plant.odoo, plant.ids
    plant.connect(
        "rheinharz",
        "Rheinharz Chemie, dispatch",
        "supplier",
        ("shipment.advised",),
        partner_id=ids["supplier"],
    )
    plant.map("rheinharz", "supplier", "RHC", ids["supplier"])
    plant.map("rheinharz", "item", "RHC-CR-7", ids["raw"])
    plant.map("rheinharz", "unit", "KGM", ids["kg"])
    plant.connect("lims", "Laboratory (LIMS)", "lims", ("inspection.resulted",))
    plant.map("lims", "item", "LAB-RESIN", ids["raw"])
    plant.connect("mes", "Moulding line (MES)", "mes", MES_CONTRACTS)
    plant.map("mes", "item", "M-RESIN", ids["raw"])
    plant.map("mes", "unit", "KGM", ids["kg"])
    plant.map("mes", "unit", "EA", ids["unit"])
    _listen_for_orders(plant)
    plant.connect(
        "wms",
        "Warehouse North (WMS)",
        "wms",
        ("stock.snapshot",),
        warehouse_ids=[(6, 0, [ids["warehouse"]])],
    )
    for domain, code, record in (
        ("item", "W-RESIN", "raw"),
        ("item", "W-HOUSING", "finished"),
        ("unit", "KGM", "kg"),
        ("unit", "PCE", "unit"),
        ("location", "NORTH-1", "lot_stock_id"),
        ("plant", "NORTH", "warehouse"),
    ):
        plant.map("wms", domain, code, ids[record])
    plant.connect(
        "repository",
        "Traceability repository",
        "repository",
        ("epcis.events", "epcis.capture"),
        bearer=True,
    )
    plant.connect("line-gateway", "Line gateway", "gateway", ("connection.tested",))
    odoo.create(
        "integration.policy",
        system_id=ids["mes"],
        direction="out",
        tier="1",
        contract_code="production.order.released",
        max_attempts=30,
        retry_schedule="1, 1, 2",
        latency_target_seconds=60,
    )


def _listen_for_orders(plant: Plant) -> None:
    """Subscribe the MES, which is down: nothing listens on its port yet."""
    odoo, ids = plant.odoo, plant.ids
    issued = odoo.call(
        "integration.system", "issue_credential", ids["mes"], "hmac", "out"
    )
    plant.mes_server = Receiver(free_port(), issued["secret"])
    ids["endpoint"] = odoo.create(
        "integration.endpoint",
        name="MES events",
        system_id=ids["mes"],
        url=plant.mes_server.url,
        timeout_seconds=5,
    )
    odoo.create(
        "integration.subscription",
        contract_code="production.order.released",
        endpoint_id=ids["endpoint"],
    )


def _create_order(plant: Plant) -> None:
    odoo, ids = plant.odoo, plant.ids
    ids["purchase"] = odoo.create(
        "purchase.order",
        partner_id=ids["supplier"],
        picking_type_id=ids["in_type_id"],
        order_line=[
            (
                0,
                0,
                {
                    "product_id": ids["raw"],
                    "product_qty": 200,
                    "price_unit": 4.2,
                },
            )
        ],
    )
    odoo.call("purchase.order", "button_confirm", [ids["purchase"]])
