"""Every screen of the suite, as the people who may see it find it.

Menus, roles and views are read from the database: a new one is walked by itself.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.plant.browser import Browser
from tests.plant.rpc import Odoo
from tools.paths import PROJECT

WALKER = Path(__file__).with_name("walker.js").read_text()
# People of these groups work with what the suite adds to Odoo's own apps.
ODOO_ROLES = ("stock.group_stock_user", "mrp.group_mrp_user", "mrp.group_mrp_manager")
MACHINES = "_service"


@dataclass
class Role:
    """Somebody with one group, and the menus of the suite that are theirs."""

    group: str
    login: str
    menus: dict[str, int] = field(default_factory=dict)


def find_roles(odoo: Odoo) -> list[Role]:
    """Create one person per group; return them, those who see least first.

    Each has the menus that nobody before sees, the administrator those that are left.
    """
    ours = {path.parent.name for path in PROJECT.glob("addons/*/__manifest__.py")}
    rows = odoo.read(
        "ir.model.data",
        ("model", "=", "res.groups"),
        ("module", "in", list(ours)),
        ("name", "not like", MACHINES),
        fields=["complete_name"],
    )
    groups = [row["complete_name"] for row in rows]
    roles = [_create(odoo, group) for group in [*groups, *ODOO_ROLES]]
    roles.append(Role("administrator", odoo.login))
    for role in roles:
        seen = Odoo(odoo.url, odoo.database, role.login, odoo.password)
        role.menus = _find_menus(seen, ours)
    roles.sort(key=lambda role: len(role.menus))
    walked: set[str] = set()
    for role in roles:
        role.menus = {
            name: action for name, action in role.menus.items() if name not in walked
        }
        walked |= set(role.menus)
    return [role for role in roles if role.menus]


def _create(odoo: Odoo, group: str) -> Role:
    login = f"walks-{group}"
    groups = [odoo.ref(group), odoo.ref("base.group_user")]
    odoo.create(
        "res.users",
        name=login,
        login=login,
        password=odoo.password,
        group_ids=[(6, 0, groups)],
    )
    return Role(group, login)


def _find_menus(odoo: Odoo, addons: set[str]) -> dict[str, int]:
    """Return ``{menu: id of its action}`` of those addons' menus that somebody sees."""
    return {
        menu["xmlid"]: menu["action_id"]
        for menu in odoo.call("ir.ui.menu", "load_menus", False).values()
        if menu.get("xmlid", "").partition(".")[0] in addons and menu["action_id"]
    }


@dataclass
class Walk:
    """Goes through screens in one browser and collects what is wrong with them.

    :param shoot: take a picture of each; a slower walk.
    """

    browser: Browser
    shoot: bool = False
    faults: list[str] = field(default_factory=list)
    screens: int = 0

    def walk(self, role: Role, password: str) -> None:
        """Open everything that is this role's."""
        self.browser.sign_out()
        self.browser.sign_in(role.login, password)
        self.browser.run(WALKER)
        for menu, action in role.menus.items():
            self._walk_menu(f"{role.group}: {menu}", menu, action)

    def _walk_menu(self, where: str, menu: str, action: int) -> None:
        opened = self.browser.run(f"walker.open({json.dumps(action)})")
        types = opened["types"]
        self._note(where, menu, opened["faults"])
        if opened["isDialog"]:
            self._do(f"{where}, closed", None, "closeDialog()")
            return
        if types and types[0] != "form":
            self._do(f"{where}, new", f"{menu}-new", "begin()")
            # Left again: what was begun would hold whoever signs out.
            self._do(f"{where}, left", None, f"show('{types[0]}')")
            self._do(f"{where}, searched", None, "search()")
        for type in types[1:]:
            if type not in ("form", "search"):
                self._do(f"{where}, {type}", f"{menu}-{type}", f"show('{type}')")
        if types[1:] and "form" in types:
            self._do(f"{where}, first record", f"{menu}-form", "record()")

    def _do(self, where: str, name: str | None, step: str) -> None:
        self._note(where, name, self.browser.run(f"walker.{step}"))

    def _note(self, where: str, name: str | None, faults: list[str]) -> None:
        errors = self.browser.take_console_errors()
        self.screens += bool(name)
        if name and (self.shoot or faults or errors):
            self.browser.shoot(name, settle_seconds=0.1)
        self.faults += [f"{where}: {fault}" for fault in [*faults, *errors]]
