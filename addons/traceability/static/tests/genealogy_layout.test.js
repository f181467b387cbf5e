import {describe, expect, test} from "@odoo/hoot";

import {groupGraph} from "@traceability/genealogy_picture/genealogy_groups";
import {
    assignLayers,
    filterGraph,
    layoutGraph,
    orderLayers,
    searchGraph,
} from "@traceability/genealogy_picture/genealogy_layout";

describe.current.tags("headless");

const lot = (id, stage = 0, values = {}) => ({
    id,
    kind: "lot",
    name: id.toUpperCase(),
    product: "Resin",
    product_id: 1,
    disposition: "released",
    stage,
    on_hand: 1,
    unit: "kg",
    res_id: 1,
    ...values,
});
const arrow = (from, to, values = {}) => ({
    from,
    to,
    quantity: 2,
    returned: 0,
    confidence: "exact",
    documents: [],
    ...values,
});
const chain = {
    root: "b",
    nodes: [lot("a", -1), lot("b"), lot("c", 1), lot("d", 2), {id: "customer:7", kind: "customer"}],
    arrows: [arrow("a", "b"), arrow("b", "c"), arrow("c", "d"), arrow("d", "customer:7")],
};
const all = {hidden: new Set(), direction: "both", borders: true, collapsed: new Set()};
const ids = (graph) => graph.nodes.map((node) => node.id).sort();

test("everything stands right of what went into it", () => {
    const arrows = [arrow("a", "b"), arrow("b", "c"), arrow("a", "c"), arrow("x", "c")];
    const layers = assignLayers(
        ["a", "b", "c", "x"].map((id) => lot(id)),
        arrows,
    );
    expect([...layers]).toEqual([
        ["a", 0],
        ["b", 1],
        ["c", 2],
        ["x", 1],
    ]);
});

test("a circle ends", () => {
    const arrows = [arrow("a", "b"), arrow("b", "c"), arrow("c", "a"), arrow("c", "c")];
    const view = layoutGraph({root: "a", nodes: ["a", "b", "c"].map((id) => lot(id)), arrows});
    expect(view.nodes.length).toBe(3);
    expect(view.arrows.length).toBe(4);
});

test("boxes never overlap", () => {
    const nodes = [lot("root")];
    const arrows = [];
    for (let number = 0; number < 200; number++) {
        nodes.push(lot(`n${number}`, 1));
        arrows.push(arrow("root", `n${number}`));
    }
    const view = layoutGraph({root: "root", nodes, arrows});
    const places = new Set(view.nodes.map((node) => `${node.x}|${node.y}`));
    expect(places.size).toBe(201);
    expect(view.height).toBeGreaterThan(200 * 62);
});

test("the order of a layer avoids crossings", () => {
    const nodes = ["a", "b", "y", "z"].map((id) => lot(id));
    const arrows = [arrow("a", "z"), arrow("b", "y")];
    const layers = assignLayers(nodes, arrows);
    const columns = orderLayers(nodes, arrows, layers).map((column) => column.map((node) => node.id));
    const [first, second] = columns;
    expect(first.indexOf("a") < first.indexOf("b")).toBe(second.indexOf("z") < second.indexOf("y"));
});

test("what lies beyond a collapsed lot is not shown", () => {
    const graph = filterGraph(chain, {...all, collapsed: new Set(["c"])});
    expect(ids(graph)).toEqual(["a", "b", "c"]);
});

test("direction, dispositions and partners filter; the root stays", () => {
    expect(ids(filterGraph(chain, {...all, direction: "backward"}))).toEqual(["a", "b"]);
    expect(ids(filterGraph(chain, {...all, borders: false}))).toEqual(["a", "b", "c", "d"]);
    const hidden = new Set(["released"]);
    expect(ids(filterGraph(chain, {...all, hidden}))).toEqual(["b"]);
});

test("many lots of a product and stage become one box with their sums", () => {
    const nodes = [lot("root")];
    const arrows = [];
    for (let number = 0; number < 100; number++) {
        const disposition = number < 10 ? "quarantined" : "released";
        nodes.push(lot(`n${number}`, 1, {disposition}));
        arrows.push(arrow("root", `n${number}`, {confidence: number ? "exact" : "assumed"}));
    }
    const graph = groupGraph({root: "root", nodes, arrows}, new Set());
    const group = graph.nodes.find((node) => node.kind === "group");
    expect(graph.nodes.length).toBe(2);
    expect(group.count).toBe(100);
    expect(group.on_hand).toBe(100);
    expect(group.dispositions).toEqual({quarantined: 10, released: 90});
    expect(graph.arrows.map(({quantity, confidence}) => [quantity, confidence])).toEqual([[200, "assumed"]]);
    const opened = groupGraph({root: "root", nodes, arrows}, new Set([group.id]));
    expect(opened.nodes.length).toBe(1 + 25 + 1);
});

test("many partners of a kind become one box, and a member of a group is found", () => {
    const customer = (number) => ({
        id: `customer:${number}`,
        kind: "customer",
        name: `Shop ${number}`,
        res_model: "res.partner",
        res_id: number,
    });
    const numbers = [...Array(13).keys()];
    const graph = {
        root: "root",
        nodes: [lot("root"), ...numbers.map(customer)],
        arrows: numbers.map((number) => arrow("root", `customer:${number}`)),
    };
    const grouped = groupGraph(graph, new Set());
    expect(ids(grouped)).toEqual(["group:customer", "root"]);
    const group = grouped.nodes.find((node) => node.border);
    expect([group.count, group.border, group.ids.length]).toEqual([13, "customer", 13]);
    expect(grouped.arrows.map(({quantity}) => quantity)).toEqual([26]);
    expect([...searchGraph(grouped.nodes, "shop 12")]).toEqual(["group:customer"]);
    expect(groupGraph(graph, new Set(["group:customer"])).nodes.length).toBe(14);
    expect(groupGraph(graph, new Set(), Infinity)).toBe(graph);
});

test("few lots are never grouped", () => {
    expect(groupGraph(chain, new Set())).toBe(chain);
});

test("search finds names and products, and nothing when empty", () => {
    expect([...searchGraph(chain.nodes, " c ")]).toEqual(["c"]);
    expect(searchGraph(chain.nodes, "RESIN").size).toBe(4);
    expect(searchGraph(chain.nodes, "  ")).toBe(null);
});
