import {Component, onWillStart, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

/** Who owns what: kinds of records and fields down, systems across. */
export class OwnershipMatrix extends Component {
    static template = "integration_governance.OwnershipMatrix";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({columns: [], rows: []});
        onWillStart(async () => {
            Object.assign(this.state, await this.orm.call("integration.ownership", "get_matrix", []));
        });
    }

    openRule(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "integration.ownership",
            res_id: row.rule_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("integration_ownership_matrix", OwnershipMatrix);
