import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const WIDTH = 800;
const HEIGHT = 220;
const MARGIN = {top: 12, right: 70, bottom: 16, left: 12};

/** The measured values in order, with specification and control limits. */
export class RunChart extends Component {
    static template = "supplier_quality.RunChart";
    static props = {...standardFieldProps};

    get chart() {
        return this.props.record.data[this.props.name] || {};
    }

    get points() {
        return this.chart.points || [];
    }

    get lines() {
        const {lower, upper, lower_control, upper_control, mean} = this.chart;
        return [
            {name: _t("LSL"), value: lower, class: "o_run_chart_limit"},
            {name: _t("USL"), value: upper, class: "o_run_chart_limit"},
            {name: _t("LCL"), value: lower_control, class: "o_run_chart_control"},
            {name: _t("UCL"), value: upper_control, class: "o_run_chart_control"},
            {name: _t("Mean"), value: mean, class: "o_run_chart_mean"},
        ].filter((line) => line.value !== null && line.value !== undefined);
    }

    get range() {
        const values = [...this.points.map((point) => point.value), ...this.lines.map((line) => line.value)];
        const low = Math.min(...values);
        const high = Math.max(...values);
        const padding = (high - low) * 0.08 || 1;
        return {low: low - padding, high: high + padding};
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get right() {
        return WIDTH - MARGIN.right;
    }

    x(place) {
        const width = this.right - MARGIN.left;
        return MARGIN.left + (width * (place + 0.5)) / this.points.length;
    }

    y(value) {
        const {low, high} = this.range;
        const height = HEIGHT - MARGIN.top - MARGIN.bottom;
        return MARGIN.top + (height * (high - value)) / (high - low);
    }

    get path() {
        return this.points.map((point, place) => `${this.x(place)},${this.y(point.value)}`).join(" ");
    }

    pointClass(point, place) {
        if (!point.ok) {
            return "o_run_chart_point o_run_chart_bad";
        }
        const signals = this.chart.signals || [];
        return signals.includes(place) ? "o_run_chart_point o_run_chart_signal" : "o_run_chart_point";
    }

    format(value) {
        if (value === null || value === undefined) {
            return "–";
        }
        return value.toFixed(Math.max(this.chart.decimals || 0, 2));
    }
}

registry.category("fields").add("quality_run_chart", {
    component: RunChart,
    supportedTypes: ["json"],
});
