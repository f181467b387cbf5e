-- The database's own guard: what got past every layer of Odoo ends here. It reads the
-- same decision table as lib/decision.py, which fills it in below.

-- Every ledger entry knows its transaction: what is let through on held goods must be on
-- record in the same one.
CREATE OR REPLACE FUNCTION lot_disposition_stamp() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction_id := txid_current()::text;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_stamp
BEFORE INSERT ON lot_disposition_entry
FOR EACH ROW EXECUTE FUNCTION lot_disposition_stamp();

-- What a move means for the goods; lib.decision.classify in SQL.
CREATE OR REPLACE FUNCTION lot_disposition_use(
    source text, target text, to_quarantine boolean, scrap boolean
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN target = 'production' THEN 'consume'
        WHEN target = 'customer' THEN 'ship'
        WHEN target = 'supplier' THEN 'return_to_vendor'
        WHEN source NOT IN ('internal', 'transit') THEN 'inbound'
        WHEN target = 'internal' AND source = 'transit' THEN 'inbound'
        WHEN target = 'internal' AND to_quarantine THEN 'to_quarantine'
        WHEN target = 'internal' THEN 'internal'
        WHEN target = 'inventory' AND scrap THEN 'scrap'
        WHEN target = 'inventory' THEN 'correction'
        ELSE 'transfer_out'
    END
$$;

CREATE OR REPLACE FUNCTION lot_disposition_allows(
    status text, use text
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT status || ':' || use = ANY({allowed})
$$;

-- Is there an entry of this transaction about this lot, package or place?
CREATE OR REPLACE FUNCTION lot_disposition_recorded(
    kinds text[], lot integer, package integer, place integer
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM lot_disposition_entry entry
         WHERE (entry.lot_id = lot OR entry.package_id = package
                OR entry.location_id = place)
           AND entry.kind = ANY(kinds)
           AND entry.transaction_id = txid_current()::text
    )
$$;

-- Nearest package around (or the package itself) that is held, likewise place.
CREATE OR REPLACE FUNCTION lot_disposition_held_package(package integer)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT around.id
      FROM stock_package inner_one
      JOIN stock_package around
        ON inner_one.parent_path LIKE around.parent_path || '%'
     WHERE inner_one.id = package AND around.disposition <> 'released'
     ORDER BY length(around.parent_path) DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION lot_disposition_held_place(place integer)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT around.id
      FROM stock_location inner_one
      JOIN stock_location around
        ON inner_one.parent_path LIKE around.parent_path || '%'
     WHERE inner_one.id = place
       AND (around.disposition <> 'released' OR around.is_quarantine)
     ORDER BY (around.disposition <> 'released') DESC, length(around.parent_path) DESC
     LIMIT 1
$$;

-- Does it take more than one person, or a signature, to release this product?
-- product.template._get_release_rule in SQL.
CREATE OR REPLACE FUNCTION lot_disposition_takes_permit(product integer)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT COALESCE(template.release_people, (
               SELECT around.release_people FROM product_category around
                WHERE category.parent_path LIKE around.parent_path || '%'
                  AND around.release_people IS NOT NULL
                ORDER BY length(around.parent_path) DESC LIMIT 1), 'one') = 'two'
           OR COALESCE(template.release_signature, false)
           OR EXISTS (
               SELECT FROM product_category around
                WHERE category.parent_path LIKE around.parent_path || '%'
                  AND around.release_signature)
      FROM product_product variant
      JOIN product_template template ON template.id = variant.product_tmpl_id
      LEFT JOIN product_category category ON category.id = template.categ_id
     WHERE variant.id = product
$$;

-- How much of a line left the package, or the place, that held it on permits.
CREATE OR REPLACE FUNCTION lot_disposition_permitted_out(
    line stock_move_line, of_package boolean
) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(quantity::numeric), 0)
      FROM lot_disposition_permit_use
     WHERE move_line_id = line.id
       AND CASE WHEN of_package THEN package_id ELSE location_id END IS NOT NULL
$$;

-- May a line leave the package, or the place, that holds it?
CREATE OR REPLACE FUNCTION lot_disposition_let_out(
    line stock_move_line, use text, package integer, place integer
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT use IN ('internal', 'correction') AND (
        lot_disposition_permitted_out(line, package IS NOT NULL)
            >= line.quantity_product_uom::numeric - 0.000001
        OR (lot_disposition_recorded(
                ARRAY['correction', 'taken_out'], NULL, package, place)
            AND NOT ((use = 'internal' OR line.lot_id IS NULL)
                     AND lot_disposition_takes_permit(line.product_id))))
$$;

CREATE OR REPLACE FUNCTION lot_disposition_refuse_line(
    goods text, status text, use text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        MESSAGE = goods || ' is ' || status || ': ' || use || ' is refused',
        HINT = 'Ask quality to decide about it in Odoo.';
END $$;

-- A line that is done: may its goods be used that way? Locks what decides about them, so
-- that a hold placed at the same moment waits or is seen.
CREATE OR REPLACE FUNCTION lot_disposition_check_line(line stock_move_line)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lot_name text;
    lot_status text := 'released';
    package_name text;
    package_status text := 'released';
    place_usage text;
    place_status text;
    place_quarantine boolean;
    target_usage text;
    target_quarantine boolean;
    use text;
    package_use text;
    place_use text;
    permitted numeric;
BEGIN
    -- Less than nothing moves the other way.
    IF line.quantity_product_uom < 0 THEN
        SELECT line.location_dest_id, line.location_id,
               line.result_package_id, line.package_id, -line.quantity_product_uom
          INTO line.location_id, line.location_dest_id,
               line.package_id, line.result_package_id, line.quantity_product_uom;
    END IF;
    SELECT usage, COALESCE(effective_disposition, 'released'), in_quarantine
      INTO place_usage, place_status, place_quarantine
      FROM stock_location WHERE id = line.location_id FOR KEY SHARE;
    IF line.lot_id IS NOT NULL THEN
        SELECT name, disposition INTO lot_name, lot_status
          FROM stock_lot WHERE id = line.lot_id FOR KEY SHARE;
    ELSIF place_quarantine AND place_status = 'released' THEN
        place_status := 'quarantined';
    END IF;
    IF line.package_id IS NOT NULL THEN
        SELECT name, COALESCE(effective_disposition, 'released') INTO package_name, package_status
          FROM stock_package WHERE id = line.package_id FOR KEY SHARE;
    END IF;
    IF lot_status = 'released' AND package_status = 'released'
       AND place_status = 'released' THEN
        RETURN;
    END IF;

    SELECT usage, in_quarantine INTO target_usage, target_quarantine
      FROM stock_location WHERE id = line.location_dest_id;
    use := lot_disposition_use(
        place_usage, target_usage, target_quarantine,
        (SELECT scrap_id IS NOT NULL FROM stock_move WHERE id = line.move_id));
    -- What comes in out of what holds it leaves that.
    package_use := use;
    place_use := use;
    IF use = 'inbound' THEN
        IF line.result_package_id IS DISTINCT FROM line.package_id THEN
            package_use := CASE WHEN target_quarantine THEN 'to_quarantine' ELSE 'internal' END;
        END IF;
        IF place_usage IN ('internal', 'transit') THEN
            place_use := CASE WHEN target_quarantine THEN 'to_quarantine' ELSE 'internal' END;
        END IF;
    END IF;

    IF NOT lot_disposition_allows(lot_status, use)
       AND NOT (use = 'correction' AND lot_disposition_recorded(
           ARRAY['correction', 'split'], line.lot_id, NULL, NULL)) THEN
        SELECT sum(quantity) INTO permitted
          FROM lot_disposition_permit_use
         WHERE move_line_id = line.id AND lot_id = line.lot_id;
        IF lot_status <> 'restricted'
           OR use NOT IN ('consume', 'ship', 'transfer_out', 'scrap')
           OR permitted IS NULL
           OR permitted < line.quantity_product_uom::numeric - 0.000001 THEN
            PERFORM lot_disposition_refuse_line('Lot ' || lot_name, lot_status, use);
        END IF;
    END IF;
    IF NOT lot_disposition_allows(package_status, package_use)
       AND NOT lot_disposition_let_out(
           line, package_use, lot_disposition_held_package(line.package_id), NULL) THEN
        PERFORM lot_disposition_refuse_line(
            'Package ' || package_name, package_status, package_use);
    END IF;
    IF NOT lot_disposition_allows(place_status, place_use)
       AND NOT lot_disposition_let_out(
           line, place_use, NULL, lot_disposition_held_place(line.location_id)) THEN
        PERFORM lot_disposition_refuse_line(
            'What is in this place', place_status, place_use);
    END IF;
END $$;

-- Is a correction on record for the package and for the place, where they hold goods?
CREATE OR REPLACE FUNCTION lot_disposition_corrected(package integer, place integer)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (place IS NULL
            OR lot_disposition_recorded(ARRAY['correction'], NULL, NULL, place))
       AND (package IS NULL
            OR lot_disposition_recorded(ARRAY['correction'], NULL, package, NULL))
$$;

CREATE OR REPLACE FUNCTION lot_disposition_guard_line() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    lot record;
    place integer;
    package integer;
BEGIN
    -- What was done with held goods is evidence: editing it corrects the stock.
    IF TG_OP <> 'INSERT' AND OLD.state = 'done' AND OLD.lot_id IS NULL THEN
        place := lot_disposition_held_place(OLD.location_id);
        package := lot_disposition_held_package(OLD.package_id);
        IF NOT lot_disposition_corrected(package, place) THEN
            PERFORM lot_disposition_refuse_line(
                'What is in this place or package', 'quarantined',
                'editing what was done with it');
        END IF;
    END IF;
    -- So is what was brought to where it is held: editing that takes it out again.
    IF TG_OP <> 'INSERT' AND OLD.state = 'done' AND OLD.lot_id IS NULL THEN
        place := lot_disposition_held_place(OLD.location_dest_id);
        package := lot_disposition_held_package(OLD.result_package_id);
        IF NOT lot_disposition_corrected(package, place)
           OR (COALESCE(place, package) IS NOT NULL
            AND (TG_OP = 'DELETE'
                 OR NEW.quantity_product_uom < OLD.quantity_product_uom - 0.000001
                 OR (NEW.state, NEW.product_id, NEW.lot_id, NEW.owner_id,
                     NEW.location_dest_id, NEW.result_package_id)
                    IS DISTINCT FROM
                    (OLD.state, OLD.product_id, OLD.lot_id, OLD.owner_id,
                     OLD.location_dest_id, OLD.result_package_id))
            AND lot_disposition_takes_permit(OLD.product_id)) THEN
            PERFORM lot_disposition_refuse_line(
                'What is in this place or package', 'quarantined',
                'editing what was brought there');
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state = 'done' AND OLD.lot_id IS NOT NULL THEN
        SELECT name, disposition AS status INTO lot
          FROM stock_lot WHERE id = OLD.lot_id FOR KEY SHARE;
        IF lot.status <> 'released' AND NOT lot_disposition_recorded(
            ARRAY['correction'], OLD.lot_id, NULL, NULL) THEN
            PERFORM lot_disposition_refuse_line(
                'Lot ' || lot.name, lot.status, 'editing what was done with it');
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'done' THEN
        PERFORM lot_disposition_check_line(NEW);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_insert
AFTER INSERT ON stock_move_line FOR EACH ROW
WHEN (NEW.state = 'done')
EXECUTE FUNCTION lot_disposition_guard_line();

CREATE OR REPLACE TRIGGER lot_disposition_guard
AFTER UPDATE ON stock_move_line FOR EACH ROW
WHEN ((OLD.state = 'done' OR NEW.state = 'done') AND (
    OLD.state, OLD.lot_id, OLD.product_id, OLD.package_id, OLD.location_id,
    OLD.location_dest_id, OLD.quantity, OLD.move_id, OLD.product_uom_id,
    OLD.quantity_product_uom, OLD.owner_id, OLD.result_package_id
) IS DISTINCT FROM (
    NEW.state, NEW.lot_id, NEW.product_id, NEW.package_id, NEW.location_id,
    NEW.location_dest_id, NEW.quantity, NEW.move_id, NEW.product_uom_id,
    NEW.quantity_product_uom, NEW.owner_id, NEW.result_package_id
))
EXECUTE FUNCTION lot_disposition_guard_line();

CREATE OR REPLACE TRIGGER lot_disposition_guard_delete
AFTER DELETE ON stock_move_line FOR EACH ROW
WHEN (OLD.state = 'done')
EXECUTE FUNCTION lot_disposition_guard_line();

-- The ledger is the only way to a disposition, and to another name of what is held.
CREATE OR REPLACE FUNCTION lot_disposition_guard_status() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    newest record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = TG_TABLE_NAME || ' starts as released; a hold goes through its ledger';
    END IF;
    SELECT to_status, transaction_id INTO newest
      FROM lot_disposition_entry entry
     WHERE kind = 'disposition'
       AND (lot_id = CASE TG_TABLE_NAME WHEN 'stock_lot' THEN NEW.id END
            OR package_id = CASE TG_TABLE_NAME WHEN 'stock_package' THEN NEW.id END
            OR location_id = CASE TG_TABLE_NAME WHEN 'stock_location' THEN NEW.id END)
     ORDER BY entry.id DESC LIMIT 1;
    IF newest.to_status IS DISTINCT FROM NEW.disposition
       OR newest.transaction_id IS DISTINCT FROM txid_current()::text THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = 'The disposition of ' || TG_TABLE_NAME || ' ' || NEW.id
                      || ' changes only through its ledger';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_status
AFTER UPDATE ON stock_lot FOR EACH ROW
WHEN (OLD.disposition IS DISTINCT FROM NEW.disposition)
EXECUTE FUNCTION lot_disposition_guard_status();
CREATE OR REPLACE TRIGGER lot_disposition_guard_status
AFTER UPDATE ON stock_package FOR EACH ROW
WHEN (OLD.disposition IS DISTINCT FROM NEW.disposition)
EXECUTE FUNCTION lot_disposition_guard_status();
CREATE OR REPLACE TRIGGER lot_disposition_guard_status
AFTER UPDATE ON stock_location FOR EACH ROW
WHEN (OLD.disposition IS DISTINCT FROM NEW.disposition)
EXECUTE FUNCTION lot_disposition_guard_status();
CREATE OR REPLACE TRIGGER lot_disposition_guard_new
AFTER INSERT ON stock_lot FOR EACH ROW WHEN (NEW.disposition <> 'released')
EXECUTE FUNCTION lot_disposition_guard_status();

-- What a place or package passes on to what is in it is stored for speed. When the
-- transaction ends it must say what the ones around it say, or goods would go that way.
CREATE OR REPLACE FUNCTION lot_disposition_guard_derived() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    derived text;
    expected text;
    quarantine boolean := false;
    expected_quarantine boolean := false;
BEGIN
    EXECUTE format('SELECT COALESCE(effective_disposition, ''released'') FROM %I WHERE id = $1',
                   TG_TABLE_NAME) INTO derived USING NEW.id;
    EXECUTE format(
        'SELECT COALESCE(max(around.disposition) FILTER (WHERE around.disposition = ''rejected''),
                         max(around.disposition) FILTER (WHERE around.disposition <> ''released''),
                         ''released'')
           FROM %1$I inner_one JOIN %1$I around
             ON inner_one.parent_path LIKE around.parent_path || ''%%''
          WHERE inner_one.id = $1', TG_TABLE_NAME) INTO expected USING NEW.id;
    IF TG_TABLE_NAME = 'stock_location' THEN
        SELECT COALESCE(inner_one.in_quarantine, false), bool_or(COALESCE(around.is_quarantine, false))
          INTO quarantine, expected_quarantine
          FROM stock_location inner_one
          JOIN stock_location around ON inner_one.parent_path LIKE around.parent_path || '%'
         WHERE inner_one.id = NEW.id GROUP BY inner_one.id;
    END IF;
    -- Who gives up a quarantine place, this one or one around it, puts that on record.
    IF TG_TABLE_NAME = 'stock_location' AND NOT expected_quarantine AND NOT EXISTS (
        SELECT FROM stock_location inner_one
          JOIN stock_location around ON inner_one.parent_path LIKE around.parent_path || '%'
         WHERE inner_one.id = NEW.id
           AND lot_disposition_recorded(ARRAY['quarantine'], NULL, NULL, around.id)) THEN
        expected_quarantine := OLD.in_quarantine;
    END IF;
    -- A row that is gone again derives nothing.
    IF derived IS NOT NULL AND (derived <> expected OR quarantine <> expected_quarantine) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = TG_TABLE_NAME || ' ' || NEW.id || ' is held by what is around it: '
                      || expected || ', not ' || derived,
            HINT = 'Ask quality to decide about it in Odoo.';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS lot_disposition_derived ON stock_location;
CREATE CONSTRAINT TRIGGER lot_disposition_derived
AFTER UPDATE OF effective_disposition, in_quarantine ON stock_location
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((OLD.effective_disposition, OLD.in_quarantine)
      IS DISTINCT FROM (NEW.effective_disposition, NEW.in_quarantine))
EXECUTE FUNCTION lot_disposition_guard_derived();
DROP TRIGGER IF EXISTS lot_disposition_derived ON stock_package;
CREATE CONSTRAINT TRIGGER lot_disposition_derived
AFTER UPDATE OF effective_disposition ON stock_package
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.effective_disposition IS DISTINCT FROM NEW.effective_disposition)
EXECUTE FUNCTION lot_disposition_guard_derived();

-- Nobody has what is on hold in a place by calling that place a customer.
CREATE OR REPLACE FUNCTION lot_disposition_guard_usage() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM stock_quant quant LEFT JOIN stock_lot lot ON lot.id = quant.lot_id
         WHERE quant.location_id = OLD.id AND quant.quantity > 0
           AND (lot.disposition <> 'released' OR OLD.effective_disposition <> 'released'
                OR (OLD.in_quarantine AND lot.id IS NULL))) THEN
        PERFORM lot_disposition_refuse_line(
            'What is in ' || OLD.complete_name, 'on hold', 'another use of its place');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_usage
AFTER UPDATE ON stock_location FOR EACH ROW
WHEN (OLD.usage IN ('internal', 'transit') AND NEW.usage NOT IN ('internal', 'transit'))
EXECUTE FUNCTION lot_disposition_guard_usage();

CREATE OR REPLACE FUNCTION lot_disposition_guard_package_name() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT lot_disposition_recorded(ARRAY['identity'], NULL, OLD.id, NULL) THEN
        PERFORM lot_disposition_refuse_line(
            'Package ' || OLD.name, OLD.effective_disposition, 'another name');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_identity
AFTER UPDATE ON stock_package FOR EACH ROW
WHEN (OLD.effective_disposition <> 'released' AND OLD.name IS DISTINCT FROM NEW.name)
EXECUTE FUNCTION lot_disposition_guard_package_name();

CREATE OR REPLACE FUNCTION lot_disposition_guard_identity() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.product_id <> NEW.product_id
       OR NOT lot_disposition_recorded(ARRAY['identity'], OLD.id, NULL, NULL) THEN
        PERFORM lot_disposition_refuse_line(
            'Lot ' || OLD.name, OLD.disposition, 'another name or product');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_identity
AFTER UPDATE ON stock_lot FOR EACH ROW
WHEN (OLD.disposition <> 'released'
      AND (OLD.name, OLD.product_id) IS DISTINCT FROM (NEW.name, NEW.product_id))
EXECUTE FUNCTION lot_disposition_guard_identity();

-- Held goods do not turn into others on the books, nor are they elsewhere all at once: Odoo
-- moves quantities from quant to quant.
CREATE OR REPLACE FUNCTION lot_disposition_guard_quant() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    status text := (SELECT disposition FROM stock_lot
                     WHERE id = OLD.lot_id AND disposition <> 'released');
BEGIN
    IF status IS NULL THEN
        SELECT 'quarantined' INTO status FROM stock_location place
         WHERE id = OLD.location_id
           AND (effective_disposition <> 'released'
                OR (in_quarantine AND OLD.lot_id IS NULL));
    END IF;
    IF status IS NULL AND lot_disposition_held_package(OLD.package_id) IS NOT NULL THEN
        status := 'quarantined';
    END IF;
    IF status IS NOT NULL THEN
        PERFORM lot_disposition_refuse_line(
            'Stock ' || OLD.id, status, 'turning it into other stock');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_quant
AFTER UPDATE ON stock_quant FOR EACH ROW
WHEN ((OLD.lot_id, OLD.product_id, OLD.location_id, OLD.package_id)
      IS DISTINCT FROM (NEW.lot_id, NEW.product_id, NEW.location_id, NEW.package_id))
EXECUTE FUNCTION lot_disposition_guard_quant();

-- Nor do books and evidence go as a whole, which no row would notice.
CREATE OR REPLACE FUNCTION lot_disposition_guard_truncate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM stock_lot WHERE disposition <> 'released')
       OR EXISTS (SELECT FROM stock_package WHERE effective_disposition <> 'released')
       OR EXISTS (SELECT FROM stock_location
                   WHERE effective_disposition <> 'released' OR in_quarantine) THEN
        PERFORM lot_disposition_refuse_line(
            'Some of the stock', 'on hold', 'emptying ' || TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_guard_truncate
BEFORE TRUNCATE ON stock_quant EXECUTE FUNCTION lot_disposition_guard_truncate();
CREATE OR REPLACE TRIGGER lot_disposition_guard_truncate
BEFORE TRUNCATE ON stock_move_line EXECUTE FUNCTION lot_disposition_guard_truncate();

-- Nor do they vanish: over a transaction, the quants of a held lot in all locations
-- together never lose quantity. Moves keep that sum; who writes quants directly does not.
CREATE OR REPLACE FUNCTION lot_disposition_weigh_quant() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    goods integer := CASE WHEN TG_OP = 'INSERT' THEN NEW.lot_id ELSE OLD.lot_id END;
    name text := 'lot_disposition.balance_' || goods;
    status text;
    change numeric;
BEGIN
    SELECT disposition INTO status FROM stock_lot WHERE id = goods;
    IF status = 'released' THEN
        RETURN NULL;
    END IF;
    change := CASE TG_OP
        WHEN 'INSERT' THEN NEW.quantity
        WHEN 'DELETE' THEN -OLD.quantity
        ELSE COALESCE(NEW.quantity, 0) - COALESCE(OLD.quantity, 0)
    END;
    PERFORM set_config(
        name,
        (COALESCE(NULLIF(current_setting(name, true), ''), '0')::numeric
         + COALESCE(change, 0))::text,
        true);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lot_disposition_weigh_insert
AFTER INSERT ON stock_quant FOR EACH ROW WHEN (NEW.lot_id IS NOT NULL)
EXECUTE FUNCTION lot_disposition_weigh_quant();
CREATE OR REPLACE TRIGGER lot_disposition_weigh_update
AFTER UPDATE ON stock_quant FOR EACH ROW
WHEN (OLD.lot_id IS NOT NULL AND OLD.quantity IS DISTINCT FROM NEW.quantity)
EXECUTE FUNCTION lot_disposition_weigh_quant();
CREATE OR REPLACE TRIGGER lot_disposition_weigh_delete
AFTER DELETE ON stock_quant FOR EACH ROW WHEN (OLD.lot_id IS NOT NULL)
EXECUTE FUNCTION lot_disposition_weigh_quant();

CREATE OR REPLACE FUNCTION lot_disposition_check_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    lot record;
    balance numeric := NULLIF(
        current_setting('lot_disposition.balance_' || OLD.lot_id, true), '')::numeric;
BEGIN
    IF balance IS NULL OR balance > -0.0001 THEN
        RETURN NULL;
    END IF;
    SELECT name, disposition AS status INTO lot FROM stock_lot WHERE id = OLD.lot_id;
    PERFORM lot_disposition_refuse_line(
        'Lot ' || lot.name, lot.status, 'writing its stock away');
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS lot_disposition_balance ON stock_quant;
CREATE CONSTRAINT TRIGGER lot_disposition_balance
AFTER UPDATE OF quantity ON stock_quant
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.lot_id IS NOT NULL AND OLD.quantity > COALESCE(NEW.quantity, 0))
EXECUTE FUNCTION lot_disposition_check_balance();
DROP TRIGGER IF EXISTS lot_disposition_balance_delete ON stock_quant;
CREATE CONSTRAINT TRIGGER lot_disposition_balance_delete
AFTER DELETE ON stock_quant
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.lot_id IS NOT NULL AND OLD.quantity <> 0)
EXECUTE FUNCTION lot_disposition_check_balance();
