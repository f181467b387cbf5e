import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const REFRESH_MILLISECONDS = 30000;

/** What both dashboards share: read, refresh by themselves, open what is clicked. */
class Dashboard extends Component {
    static props = {...standardActionServiceProps};
    static method = "";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null});
        onWillStart(() => this.load());
        // One that never came up has nothing to refresh.
        onMounted(() => {
            this.timer = setInterval(() => this.load(), REFRESH_MILLISECONDS);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async load() {
        this.state.data = await this.orm.silent.call("integration.dashboard", this.constructor.method, []);
    }

    open(action) {
        this.action.doAction(action);
    }

    openRecords(name, model, domain) {
        this.open({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            target: "current",
        });
    }

    openAlert(alert) {
        this.open({
            type: "ir.actions.act_window",
            res_model: "integration.alert",
            res_id: alert.id,
            views: [[false, "form"]],
            target: "current",
        });
    }

    formatMoment(text) {
        return formatDateTime(deserializeDateTime(text));
    }
}

export class OperationsDashboard extends Dashboard {
    static template = "integration_monitoring.OperationsDashboard";
    static method = "get_operations_data";

    openOwner(owner) {
        this.openRecords(owner.name, "integration.exception", [
            ["state", "=", "open"],
            ["user_id", "=", owner.id],
        ]);
    }
}

export class ItDashboard extends Dashboard {
    static template = "integration_monitoring.ItDashboard";
    static method = "get_it_data";

    get highest() {
        return Math.max(1, ...this.state.data.hours.map((hour) => hour.accepted + hour.failed));
    }

    height(count) {
        return (100 * count) / this.highest;
    }

    formatHour(hour) {
        return deserializeDateTime(hour.hour).toFormat("HH");
    }

    formatAge(seconds) {
        if (seconds < 60) {
            return _t("%s s", Math.round(seconds));
        }
        return seconds < 3600 ? _t("%s min", Math.round(seconds / 60)) : _t("%s h", Math.round(seconds / 3600));
    }

    openHour(hour) {
        const end = deserializeDateTime(hour.hour).plus({hours: 1});
        this.openRecords(_t("Messages"), "integration.message", [
            ["received_at", ">=", hour.hour],
            ["received_at", "<", end.toUTC().toFormat("yyyy-MM-dd HH:mm:ss")],
        ]);
    }

    openSystem(system) {
        this.openRecords(system.name, "integration.message", [["system_id", "=", system.id]]);
    }

    openLane(lane, states) {
        this.openRecords(lane.name, "integration.delivery", [
            ["lane_id", "=", lane.id],
            ["state", "in", states],
        ]);
    }

    openTotal(key) {
        this.open(this.state.data.actions[key]);
    }

    openDuplicates(system) {
        const action = this.state.data.actions.duplicate;
        this.open({...action, domain: [...action.domain, ["system_id", "=", system.id]]});
    }

    openEndpoint(endpoint) {
        this.open({
            type: "ir.actions.act_window",
            res_model: "integration.endpoint",
            res_id: endpoint.id,
            views: [[false, "form"]],
            target: "current",
        });
    }
}

registry
    .category("actions")
    .add("integration_monitoring.operations", OperationsDashboard)
    .add("integration_monitoring.it", ItDashboard);
