import {patch} from "@web/core/utils/patch";
import {ForecastedHeader} from "@stock/stock_forecasted/forecasted_header";

patch(ForecastedHeader.prototype, {
    get heldQty() {
        return Object.values(this.products).reduce((sum, product) => sum + (product.held_qty || 0), 0);
    },

    get holdReasons() {
        return Object.values(this.products).flatMap((product) => product.hold_reasons || []);
    },
});
