import {Component, onMounted, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {parseFloat} from "@web/views/fields/parsers";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const MODEL = "quality.inspection";

/** Scan a lot, type its results, decide: made for a tablet and a keyboard. */
export class InspectionBench extends Component {
    static template = "supplier_quality.InspectionBench";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({inspection: null, outcome: null});
        onMounted(() => this.focusScan());
    }

    focusScan() {
        this.root.el.querySelector(".o_bench_scan").focus();
    }

    async onScan(ev) {
        if (ev.key !== "Enter" || !ev.target.value.trim()) {
            return;
        }
        const code = ev.target.value;
        ev.target.value = "";
        this.state.outcome = null;
        this.state.inspection = await this.orm.call(MODEL, "bench_find", [code]);
        await Promise.resolve();
        requestAnimationFrame(() => this.focusNext(null));
    }

    /** Enter goes to the next field; after the last one to the button. */
    focusNext(current) {
        const inputs = [...this.root.el.querySelectorAll(".o_bench_input")];
        const next = inputs[inputs.indexOf(current) + 1];
        (next || this.root.el.querySelector(".o_bench_decide"))?.focus();
    }

    onValue(row, ev) {
        try {
            row.value = parseFloat(ev.target.value);
            row.entered = true;
            row.changed = true;
        } catch {
            row.entered = false;
            this.notification.add(_t("'%s' is not a number.", ev.target.value), {
                type: "danger",
            });
        }
    }

    onKey(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.target.dispatchEvent(new Event("change"));
            this.focusNext(ev.target);
        }
    }

    judge(row, nonconforming) {
        row.nonconforming = Math.min(nonconforming, row.most ?? nonconforming);
        row.entered = true;
        row.changed = true;
    }

    get changes() {
        return this.state.inspection.rows
            .filter((row) => row.changed)
            .map(({id, kind, value, nonconforming}) => (kind === "measured" ? {id, value} : {id, nonconforming}));
    }

    get isComplete() {
        return this.state.inspection.rows.every((row) => row.entered);
    }

    async save(decide) {
        const {id} = this.state.inspection;
        const outcome = await this.orm.call(MODEL, "bench_save", [[id], this.changes, decide]);
        if (decide) {
            this.state.outcome = outcome;
            this.state.inspection = null;
            this.focusScan();
        } else {
            this.state.inspection = outcome;
        }
    }
}

registry.category("actions").add("quality_inspection_bench", InspectionBench);
