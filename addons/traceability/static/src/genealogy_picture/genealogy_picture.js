import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";
import {_t} from "@web/core/l10n/translation";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {Component, onMounted, onWillStart, useRef, useState} from "@odoo/owl";

import {download, paintPng, printSvg, writeSvg} from "./genealogy_export";
import {GenealogyGraph} from "./genealogy_graph";
import {GROUP_ABOVE, groupGraph} from "./genealogy_groups";
import {filterGraph, layoutGraph, NODE, searchGraph} from "./genealogy_layout";
import {Viewport} from "./genealogy_viewport";
import {COLOURS, describeConfidence, describeDisposition, describeKind, DISPOSITIONS} from "./genealogy_words";

const INSPECTORS = "lot_disposition.lot_disposition_group_inspector";

/** The genealogy of a lot as a picture: where it came from, what it became, who has it. */
export class GenealogyPicture extends Component {
    static template = "traceability.GenealogyPicture";
    static components = {Layout, GenealogyGraph};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.actions = useService("action");
        this.stage = useRef("stage");
        this.svg = useRef("svg");
        this.viewport = useState(new Viewport());
        this.colours = COLOURS;
        this.dispositions = DISPOSITIONS;
        this.describeDisposition = describeDisposition;
        this.describeConfidence = describeConfidence;
        this.describeKind = describeKind;
        this.state = useState({
            graph: null,
            view: null,
            hidden: [],
            direction: "both",
            borders: true,
            grouping: true,
            collapsed: [],
            expanded: [],
            text: "",
            selected: false,
            hovered: null,
        });
        const {params, context} = this.props.action;
        this.lotId = params?.lot_id || context?.active_id;
        onWillStart(async () => {
            this.mayRecall = await user.hasGroup(INSPECTORS);
            await this.load(this.lotId);
        });
        onMounted(() => this.fit());
    }

    async load(lotId) {
        this.lotId = lotId;
        const graph = await this.orm.call("stock.lot", "get_genealogy_picture", [[lotId]]);
        Object.assign(this.state, {graph, collapsed: [], expanded: [], selected: graph.root});
        this.draw();
        this.env.config.setDisplayName(_t("Genealogy of %s", this.rootNode?.name || ""));
    }

    /** Put everything in its place again, after anything that changes what is shown. */
    draw() {
        const {graph, hidden, direction, borders, grouping} = this.state;
        const collapsed = new Set(this.state.collapsed);
        const filtered = filterGraph(graph, {
            hidden: new Set(hidden),
            direction,
            borders,
            collapsed,
        });
        const above = grouping ? GROUP_ABOVE : Infinity;
        const grouped = groupGraph(filtered, new Set(this.state.expanded), above);
        const view = layoutGraph(grouped);
        view.nodes.forEach((node) => (node.isCollapsed = collapsed.has(node.id)));
        this.state.view = view;
    }

    // What is shown ------------------------------------------------------

    get rootNode() {
        return this.state.graph?.nodes.find((node) => node.id === this.state.graph.root);
    }

    get isLarge() {
        return this.state.graph.count > GROUP_ABOVE;
    }

    get found() {
        return searchGraph(this.state.view.nodes, this.state.text);
    }

    get focus() {
        const id = this.state.hovered || this.state.selected;
        return this.state.view.nodes.find((node) => node.id === id);
    }

    /** Return what leads to the node in focus and away from it, with names. */
    get facts() {
        const {nodes, arrows} = this.state.view;
        const names = new Map(nodes.map((node) => [node.id, node.name || describeKind(node.border || node.kind)]));
        const id = this.focus.id;
        return {
            into: arrows.filter((arrow) => arrow.to === id).slice(0, 12),
            out: arrows.filter((arrow) => arrow.from === id).slice(0, 12),
            name: (other) => names.get(other),
        };
    }

    format(value) {
        return Number(value.toFixed(3)).toLocaleString();
    }

    // What the reader does -----------------------------------------------

    toggleDisposition(disposition) {
        this.toggle("hidden", disposition);
    }

    setDirection(direction) {
        this.state.direction = direction;
        this.draw();
        this.fit();
    }

    toggleFlag(name) {
        this.state[name] = !this.state[name];
        this.draw();
        this.fit();
    }

    toggle(list, value) {
        const values = this.state[list];
        this.state[list] = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
        this.draw();
    }

    select(node) {
        if (this.viewport.moved) {
            return;
        }
        this.state.selected = node.id;
        if (node.kind === "group" && (node.border || !this.state.graph.grouped)) {
            this.toggle("expanded", node.id);
            this.show(node.id);
        }
    }

    /** Bring a node, or the first of an opened group, into the middle. */
    show(id) {
        const {nodes} = this.state.view;
        const node = nodes.find((one) => one.group === id) || nodes.find((one) => one.id === id);
        if (node) {
            this.viewport.zoom = Math.max(this.viewport.zoom, 0.7);
            this.viewport.center(node, this.box, NODE);
        }
    }

    hover(node) {
        this.state.hovered = node ? node.id : null;
    }

    goToFound() {
        const [id] = this.found || [];
        if (id) {
            this.state.selected = id;
            this.show(id);
        }
    }

    open(node) {
        if (node.kind === "group") {
            return this.openList(node);
        }
        if (node.res_model) {
            return this.openRecord(node.res_model, node.res_id);
        }
    }

    openRecord(model, id) {
        return this.actions.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openList(node) {
        const domain = node.ids ? [["id", "in", node.ids]] : [["product_id", "=", node.product_id]];
        return this.actions.doAction({
            type: "ir.actions.act_window",
            name: node.product || describeKind(node.border),
            res_model: node.border ? "res.partner" : "stock.lot",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }

    async drawFrom(node) {
        await this.load(node.res_id);
        this.fit();
    }

    async openSteps() {
        const action = await this.orm.call("stock.lot", "action_open_genealogy", [[this.lotId]]);
        return this.actions.doAction(action);
    }

    async recall() {
        const action = await this.orm.call("stock.lot", "action_simulate_recall", [[this.lotId]]);
        return this.actions.doAction({...action, views: [[false, "form"]]});
    }

    // The stage ------------------------------------------------------------

    get box() {
        return this.stage.el.getBoundingClientRect();
    }

    fit() {
        if (this.stage.el) {
            this.viewport.fit(this.state.view, this.box);
        }
    }

    onPointerDown(event) {
        this.viewport.down(event);
    }

    onPointerMove(event) {
        this.viewport.move(event, this.box);
    }

    onPointerUp(event) {
        this.viewport.up(event);
    }

    onWheel(event) {
        this.viewport.wheel(event, this.box);
    }

    get fileName() {
        return `genealogy-${this.rootNode.name}`.replace(/[^\w.-]+/g, "-");
    }

    saveSvg() {
        const text = writeSvg(this.svg.el, this.state.view);
        download(new Blob([text], {type: "image/svg+xml"}), `${this.fileName}.svg`);
    }

    async savePng() {
        const {view} = this.state;
        download(await paintPng(writeSvg(this.svg.el, view), view), `${this.fileName}.png`);
    }

    print() {
        printSvg(writeSvg(this.svg.el, this.state.view), this.fileName);
    }
}

registry.category("actions").add("traceability.genealogy_picture", GenealogyPicture);
