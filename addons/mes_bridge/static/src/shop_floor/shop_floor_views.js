import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";

import {useLiveOrders} from "./use_live_orders";

export class ShopFloorKanbanController extends KanbanController {
    setup() {
        super.setup();
        useLiveOrders(() => this.model.load());
    }
}

export class ShopFloorListController extends ListController {
    setup() {
        super.setup();
        useLiveOrders(() => this.model.load());
    }
}

export class ShopFloorFormController extends FormController {
    setup() {
        super.setup();
        useLiveOrders(
            () => this.model.load(),
            (id) => this.model.root.resId === id,
        );
    }
}

const views = registry.category("views");
views.add("shop_floor_kanban", {...kanbanView, Controller: ShopFloorKanbanController});
views.add("shop_floor_list", {...listView, Controller: ShopFloorListController});
views.add("shop_floor_form", {...formView, Controller: ShopFloorFormController});
