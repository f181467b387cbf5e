import {formatFloat} from "@web/core/utils/numbers";
import {Component} from "@odoo/owl";

import {NODE} from "./genealogy_layout";
import {COLOURS, describeDisposition, describeKind} from "./genealogy_words";

const TITLE_LENGTH = 22;
const SUBTITLE_LENGTH = 27;
const LABELS_UP_TO = 160;
const DASHES = {exact: "", allocated: "7 4", assumed: "2 4"};

/** The drawing itself: boxes and arrows with their places. It knows no server. */
export class GenealogyGraph extends Component {
    static template = "traceability.GenealogyGraph";
    static props = {
        view: Object,
        root: String,
        selected: {type: [String, Boolean]},
        found: {type: [Object, {value: null}]},
        onSelect: Function,
        onOpen: Function,
        onHover: Function,
    };

    setup() {
        this.box = NODE;
        this.dashes = DASHES;
    }

    get labels() {
        return this.props.view.arrows.length <= LABELS_UP_TO;
    }

    isNear(arrow) {
        return arrow.from === this.props.selected || arrow.to === this.props.selected;
    }

    colour(node) {
        if (node.kind === "group") {
            return "#6c757d";
        }
        return COLOURS[node.kind === "lot" ? node.disposition : node.kind] || "#6c757d";
    }

    /** Return the parts of a group's stripe: how many of it are how disposed. */
    stripes(node) {
        let top = 0;
        return Object.entries(node.dispositions).map(([disposition, count]) => {
            const height = (count / node.count) * NODE.height;
            top += height;
            return {disposition, height, y: top - height, colour: COLOURS[disposition]};
        });
    }

    title(node) {
        if (node.kind !== "group") {
            return this.cut(node.name || describeKind(node.kind), TITLE_LENGTH);
        }
        const count = node.isRest ? `+ ${node.count}` : node.count;
        return this.cut(`${count} × ${node.name || describeKind(node.border)}`, TITLE_LENGTH);
    }

    subtitle(node) {
        return this.cut(node.kind === "lot" ? node.product : "", SUBTITLE_LENGTH);
    }

    note(node) {
        if (node.border || (node.kind !== "lot" && node.kind !== "group")) {
            return "";
        }
        const stock = `${this.number(node.on_hand)} ${node.unit || ""}`;
        return node.kind === "lot" ? `${stock} · ${describeDisposition(node.disposition)}` : stock;
    }

    label(arrow) {
        return this.number(arrow.quantity);
    }

    number(value) {
        return formatFloat(value, {trailingZeros: false, digits: [16, 3]});
    }

    cut(text, length) {
        const whole = String(text || "");
        return whole.length > length ? `${whole.slice(0, length - 1)}…` : whole;
    }

    opacity(node) {
        return this.props.found && !this.props.found.has(node.id) ? 0.2 : 1;
    }
}
