from odoo import api, fields, models
from odoo.fields import Domain

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD, PLACE_STATUSES, classify, gravest, is_allowed_in_place
from .lot_disposition_entry import STATUS
from .lot_disposition_mixin import MANAGER

# Changing one of these would let held goods go, or change what moving them means.
GUARDED_FIELDS = {"is_quarantine", "usage", "location_id", "active", "company_id"}


class StockLocation(models.Model):
    """A place can hold what is in it; a quarantine place holds what has no lot."""

    _name = "stock.location"
    _inherit = ["stock.location", "lot.disposition.mixin"]

    _disposition_column = "location_id"
    _disposition_statuses = tuple(sorted(PLACE_STATUSES))
    _disposition_derived_fields = frozenset({"effective_disposition", "in_quarantine"})

    is_quarantine = fields.Boolean(
        string="Quarantine",
        help="Goods on hold may be moved here, whatever their disposition. What is here "
        "without a lot is on hold; lots keep their own disposition.",
    )
    in_quarantine = fields.Boolean(
        compute="_compute_in_quarantine",
        store=True,
        recursive=True,
        help="This place or one around it is a quarantine place.",
    )
    effective_disposition = fields.Selection(
        STATUS,
        compute="_compute_effective_disposition",
        store=True,
        recursive=True,
        index=True,
        help="Its own disposition, or that of a place around it if graver.",
    )

    _disposition_key = models.UniqueIndex("(id, effective_disposition, in_quarantine)")

    @api.depends("is_quarantine", "location_id.in_quarantine")
    def _compute_in_quarantine(self):
        for location in self:
            location.in_quarantine = (
                location.is_quarantine or location.location_id.in_quarantine
            )

    @api.depends("disposition", "location_id.effective_disposition")
    def _compute_effective_disposition(self):
        for location in self:
            around = location.location_id.effective_disposition or "released"
            location.effective_disposition = gravest(
                (location.disposition or "released", around)
            )

    @api.model_create_multi
    def create(self, vals_list):
        places = super().create(vals_list)
        # Asked of what was made: a default can say it as well.
        if any(place.is_quarantine for place in places):
            self._check_may_set_up_quarantine()
        return places

    def write(self, vals):
        if not GUARDED_FIELDS & vals.keys():
            return super().write(vals)
        self._check_guarded_change(vals)
        before = {place: place.in_quarantine for place in self}
        strictly_held = self._get_strictly_held()
        result = super().write(vals)
        strictly_held.invalidate_recordset()
        self._check_still_held(strictly_held)
        self._on_quarantine_changed(before)
        return result

    def _on_quarantine_changed(self, before):
        """Put on record what holds goods without a lot, and take back their reservations.

        :param before: ``{place: whether it was in quarantine}``.
        """
        changed = self.filtered(lambda place: place.in_quarantine != before[place])
        # As with any decision about a place: permits were for the one before.
        changed.sudo()._get_all_permits()._end(self.env._("Set up anew"))
        for place in changed:
            began = place.in_quarantine
            entries = place._record(
                "quarantine",
                self.env._("Is a quarantine place now")
                if began
                else self.env._("Is no quarantine place any more"),
                path="ui",
            )
            if began:
                # As with any hold: whoever made the reservations.
                place.sudo()._take_back_reservations(entries)

    def _check_guarded_change(self, vals):
        """A place is not made over to let go what is held in it."""
        changed = self.filtered(
            lambda location: any(
                self._fields[name].convert_to_write(location[name], location) != value
                for name, value in vals.items()
                if name in GUARDED_FIELDS
            )
        )
        if "is_quarantine" in vals and changed:
            self._check_may_set_up_quarantine()
            changed._check_nothing_without_lot()
        if changed and not self._may_decide_all():
            changed._check_holds_nothing()

    def _get_strictly_held(self):
        """Return the stock that is held here and that no one person releases."""
        if self.env.su:  # data files and other addons set up warehouses as the system
            return self.env["stock.quant"]
        # What is held here decides, whoever may read it.
        Quant = self.env["stock.quant"].sudo()
        held = Quant.search(
            Domain("location_id", "child_of", self.ids) & Quant._get_held_domain()
        )
        return held.filtered(
            lambda quant: not quant.product_id.product_tmpl_id._is_released_by_one()
        )

    def _check_still_held(self, quants):
        """Making a place over is a release of what is in it, and no shorter way to one.

        :param quants: what ``_get_strictly_held`` returned before.
        :raises LotOnHoldError: names the first goods that would be free.
        """
        for quant in quants:
            stocked = quant.location_id.usage in ("internal", "transit")
            if not (quant.is_held and stocked):
                raise LotOnHoldError(
                    self.env._(
                        "%(goods)s in %(place)s would not be on hold any more. That takes "
                        "more than one person, or a signature: release it first.",
                        goods=(quant.lot_id or quant.product_id).display_name,
                        place=quant.location_id.display_name,
                    )
                )

    def _check_may_set_up_quarantine(self):
        """Whoever names a place of quarantine says where held goods may go.

        :raises LotOnHoldError: when it is not the quality manager.
        """
        if not self._may_decide_all():
            raise LotOnHoldError(
                self.env._(
                    "Quarantine places are set up by the quality manager, because held "
                    "goods may be moved there."
                )
            )

    @api.model
    def _may_decide_all(self):
        # Data files and other addons set up warehouses as the system.
        return self.env.su or self.env.user.has_group(MANAGER)

    def _check_holds_nothing(self):
        """:raises LotOnHoldError: names the first goods that are held here."""
        # What is held here decides, whoever may read it.
        quant = (
            self.env["stock.quant"]
            .sudo()
            .search(
                Domain("location_id", "child_of", self.ids)
                & self.env["stock.quant"]._get_held_domain(),
                limit=1,
            )
        )
        if quant:
            raise LotOnHoldError(
                self.env._(
                    "%(place)s has goods on hold (%(goods)s) and stays what it is. Ask the "
                    "quality manager.",
                    place=quant.location_id.display_name,
                    goods=(quant.lot_id or quant.product_id).display_name,
                )
            )

    def _check_nothing_without_lot(self):
        """What has no lot is decided on by moving it out, which is on record.

        :raises LotOnHoldError: names the first goods that would be free.
        """
        places = self.filtered("is_quarantine")
        # What is held here decides, whoever may read it.
        quant = (
            self.env["stock.quant"]
            .sudo()
            .search(
                [
                    ("location_id", "child_of", places.ids),
                    ("lot_id", "=", False),
                    ("quantity", ">", 0),
                ],
                limit=1,
            )
        )
        if quant and not self.env.su:
            raise LotOnHoldError(
                self.env._(
                    "%(place)s is a quarantine place and holds %(goods)s, which has no "
                    "lot. Quality moves it out first.",
                    place=quant.location_id.display_name,
                    goods=quant.product_id.display_name,
                )
            )

    @api.model
    def _flush_for_guard(self):
        """Write what the database's guard reads before it looks at lines that are done."""
        self.flush_model(["in_quarantine", "effective_disposition"])
        self.env["stock.package"].flush_model(["effective_disposition"])
        self.env["stock.lot"].flush_model(["disposition"])
        for model in ("product.template", "product.category"):
            self.env[model].flush_model(["release_people", "release_signature"])

    def _get_lot_use(self, destination, *, scrap=False):
        """Return what moving goods from here to ``destination`` means for them."""
        self.ensure_one()
        return classify(
            self.usage,
            destination.usage,
            to_quarantine=destination.in_quarantine,
            scrap=scrap,
        )

    def _list_places_counted(self, places):
        """Return ``[(place, around)]``: of which places a count includes what is here.

        :param places: of them it is this one (not ``around``), and this one and those
            around it (``around``).
        """
        counted = [(self.browse(self.id), False)] if self in places else []
        for around_id in map(int, (self.sudo().parent_path or "").split("/")[:-1]):
            if around_id in places._ids:
                counted.append((self.browse(around_id), True))
        return counted

    def _get_held_around(self):
        """Return the place that holds what is in this one: itself or one around it."""
        location = self
        while location and location.disposition == "released":
            location = location.location_id
        return location

    def _find_quarantine(self):
        """Return the quarantine place of the warehouse this place is in, if any."""
        self.ensure_one()
        # Where held goods go is no secret, whatever places the user may read.
        return (
            self.env["stock.location"]
            .sudo()
            .search(
                [
                    ("is_quarantine", "=", True),
                    ("usage", "=", "internal"),
                    ("warehouse_id", "=", self.warehouse_id.id),
                    ("company_id", "in", [self.company_id.id, False]),
                ],
                limit=1,
            )
            .sudo(self.env.su)
        )

    def _get_quarantine_around(self):
        """Return the nearest quarantine place that this one is or is inside of."""
        location = self
        while location and not location.is_quarantine:
            location = location.location_id
        return location

    def _allows(self, use, *, quality=False):
        return is_allowed_in_place(self._get_own_status(), use, quality=quality)

    def _get_own_status(self):
        """What has no lot is quarantined in a quarantine place."""
        return self.disposition if self.disposition in HELD else "quarantined"

    def _get_hold_reason(self):
        if self.disposition in HELD:
            return super()._get_hold_reason()
        return self.env._("It is a quarantine place")

    def _get_disposition_label(self):
        labels = dict(self._fields["disposition"]._description_selection(self.env))
        return labels[self._get_own_status()].lower()

    def _get_reserved_domain(self):
        return [("location_id", "child_of", self.ids)]

    def _get_holder(self, line):
        place = line.location_id
        return (place._get_held_around() | place._get_quarantine_around()) & self
