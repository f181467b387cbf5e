/** What of a large genealogy is put together, so that it can be read: pure functions. */

export const GROUP_ABOVE = 60;
export const PARTNERS_ABOVE = 12;
export const MEMBERS_SHOWN = 25;

/**
 * Put lots of one product and stage together, and partners of one kind, where there are
 * too many to read.
 *
 * @param {Set} expanded ids of groups whose first members are shown one by one
 * @param {number} above how many lots are drawn one by one; Infinity: nothing is grouped
 */
export function groupGraph(graph, expanded, above = GROUP_ABOVE) {
    const groups = findGroups(graph, above);
    if (!groups.size) {
        return graph;
    }
    const place = new Map();
    const grouped = new Set([...groups.values()].flat());
    const nodes = graph.nodes.filter((node) => !grouped.has(node));
    for (const [id, members] of groups) {
        const shown = members.length === 1 ? 1 : expanded.has(id) ? Math.min(MEMBERS_SHOWN, members.length) : 0;
        nodes.push(...members.slice(0, shown).map((node) => ({...node, group: id})));
        if (shown < members.length) {
            nodes.push(makeGroup(id, members.slice(shown), shown > 0));
            members.slice(shown).forEach((node) => place.set(node.id, id));
        }
    }
    return {...graph, nodes, arrows: mergeArrows(graph.arrows, place)};
}

/** Return `Map(group id → nodes)` of what is put together. */
function findGroups(graph, above) {
    const count = (kind) => graph.nodes.filter((node) => node.kind === kind).length;
    const kinds = new Map([["lot", above]]);
    for (const kind of ["supplier", "customer"]) {
        kinds.set(kind, above === Infinity ? above : PARTNERS_ABOVE);
    }
    const large = new Set([...kinds].filter(([kind, most]) => count(kind) > most).map(([kind]) => kind));
    const groups = new Map();
    for (const node of graph.nodes) {
        if (node.id === graph.root || !large.has(node.kind)) {
            continue;
        }
        const id = node.kind === "lot" ? `group:${node.product_id}:${node.stage}` : `group:${node.kind}`;
        if (!groups.has(id)) {
            groups.set(id, []);
        }
        groups.get(id).push(node);
    }
    return groups;
}

function makeGroup(id, members, isRest) {
    const group = {id, kind: "group", count: members.length, isRest, names: members.map((node) => node.name)};
    const [{kind}] = members;
    if (kind !== "lot") {
        const partners = members.filter((node) => node.res_model);
        return {...group, border: kind, dispositions: {[kind]: group.count}, ids: partners.map((node) => node.res_id)};
    }
    const dispositions = {};
    let onHand = 0;
    for (const lot of members) {
        dispositions[lot.disposition] = (dispositions[lot.disposition] || 0) + 1;
        onHand += lot.on_hand;
    }
    const [{product, product_id, product_name, stage, unit}] = members;
    return {
        ...group,
        name: product_name || product,
        product,
        product_id,
        stage,
        unit,
        on_hand: onHand,
        dispositions,
        ids: members.filter((lot) => lot.res_model === "stock.lot").map((lot) => lot.res_id),
    };
}

/** Add up arrows that now lead between the same nodes. */
export function mergeArrows(arrows, place) {
    const merged = new Map();
    const weakest = ["assumed", "allocated", "exact"];
    for (const arrow of arrows) {
        const from = place.get(arrow.from) || arrow.from;
        const to = place.get(arrow.to) || arrow.to;
        if (from === to) {
            continue;
        }
        const key = `${from}→${to}`;
        const found = merged.get(key);
        if (!found) {
            merged.set(key, {...arrow, from, to, documents: [...arrow.documents]});
            continue;
        }
        found.quantity += arrow.quantity;
        found.returned += arrow.returned;
        found.documents.push(...arrow.documents);
        if (weakest.indexOf(arrow.confidence) < weakest.indexOf(found.confidence)) {
            found.confidence = arrow.confidence;
        }
    }
    return [...merged.values()];
}
