from odoo import api, models
from odoo.tools import SQL

# Fields that move stock when they change on a line that is done already.
STOCK_FIELDS = {
    "quantity",
    "lot_id",
    "lot_name",
    "location_id",
    "location_dest_id",
    "product_uom_id",
}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def init(self):
        result = super().init()
        self._install_disposition_trigger()
        return result

    def _action_done(self):
        self.lot_id._lock_for_use()
        self._check_lot_use()
        result = super()._action_done()
        # Odoo finds lots that were only typed in by name in there.
        self.exists()._check_lot_use()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished move moves stock without _action_done.
        lines.filtered(lambda line: line.state == "done")._check_lot_use()
        return lines

    def write(self, vals):
        done = self.filtered(lambda line: line.state == "done")
        if done and STOCK_FIELDS & vals.keys():
            done._check_lot_use()
        result = super().write(vals)
        if done and STOCK_FIELDS & vals.keys():
            done._check_lot_use()
        return result

    def _get_lot_use(self):
        """Return the use this line makes of its lot, see ``lib.decision.Use``."""
        self.ensure_one()
        return self.location_id._get_lot_use(
            self.location_dest_id, scrap=bool(self.move_id.scrap_id)
        )

    def _check_lot_use(self):
        """Refuse what the disposition of a lot forbids.

        :raises LotOnHoldError: a sentence with the way out.
        """
        for line in self.filtered("lot_id"):
            # The disposition protects the company, whoever may read the lot.
            line.lot_id.sudo()._check_use(line._get_lot_use())

    @api.model
    def _install_disposition_trigger(self):
        """Let the database refuse what got past everything else.

        Only what cannot be undone: a held lot consumed or shipped.
        """
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE FUNCTION lot_disposition_refuse() RETURNS trigger
            LANGUAGE plpgsql AS $$
            DECLARE
                held record;
            BEGIN
                SELECT l.name, l.disposition INTO held
                  FROM stock_lot l
                  JOIN stock_location source ON source.id = NEW.location_id
                  JOIN stock_location target ON target.id = NEW.location_dest_id
                 WHERE l.id = NEW.lot_id
                   AND l.disposition IN ('pending', 'restricted', 'quarantined', 'rejected')
                   AND source.usage IN ('internal', 'transit')
                   AND target.usage IN ('production', 'customer');
                IF FOUND THEN
                    RAISE EXCEPTION USING
                        ERRCODE = 'check_violation',
                        MESSAGE = 'Lot ' || held.name || ' is ' || held.disposition
                                  || ' and cannot be consumed or shipped';
                END IF;
                RETURN NULL;
            END $$
            """
            )
        )
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE TRIGGER lot_disposition_guard
            AFTER INSERT OR UPDATE OF state, lot_id, location_id, location_dest_id, quantity
            ON stock_move_line FOR EACH ROW
            WHEN (NEW.state = 'done' AND NEW.lot_id IS NOT NULL)
            EXECUTE FUNCTION lot_disposition_refuse()
            """
            )
        )
