import {onWillUnmount} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {debounce} from "@web/core/utils/timing";

export const CHANGED = "mes_order_changed";
// A flood of reports is one reload; nobody reads faster.
export const PAUSE_MS = 400;

/**
 * Read the view's records again when orders of the shop floor change.
 *
 * @param {Function} reload reads the records of the view
 * @param {Function} [concerns] from the id of an order to whether the view shows it
 */
export function useLiveOrders(reload, concerns = () => true) {
    const bus = useService("bus_service");
    const soon = debounce(reload, PAUSE_MS);
    const onChanged = ({id}) => {
        if (concerns(id)) {
            soon();
        }
    };
    bus.subscribe(CHANGED, onChanged);
    onWillUnmount(() => {
        bus.unsubscribe(CHANGED, onChanged);
        soon.cancel();
    });
}
