/**
 * Where the nodes of a genealogy stand: pure functions, no DOM.
 *
 * A graph is `{ root, nodes: [{ id, kind, … }], arrows: [{ from, to, … }] }`, as
 * `stock.lot.get_genealogy_picture` returns it.
 */

export const NODE = {width: 196, height: 62, gapX: 124, gapY: 16};

/** Return `Map(node id → arrows)` by one end of the arrows. */
export function indexArrows(arrows, end) {
    const index = new Map();
    for (const arrow of arrows) {
        const key = arrow[end];
        if (!index.has(key)) {
            index.set(key, []);
        }
        index.get(key).push(arrow);
    }
    return index;
}

/**
 * Return the nodes that are seen from the root without passing a collapsed one.
 *
 * Ancestors are followed backwards only and descendants forwards only: what else a
 * supplier delivered is not part of the genealogy.
 */
export function findReached(graph, collapsed) {
    const reached = new Set([graph.root]);
    for (const [near, far] of [
        ["from", "to"],
        ["to", "from"],
    ]) {
        const index = indexArrows(graph.arrows, near);
        const seen = new Set([graph.root]);
        const open = [graph.root];
        while (open.length) {
            const id = open.pop();
            if (collapsed.has(id)) {
                continue;
            }
            for (const arrow of index.get(id) || []) {
                if (!seen.has(arrow[far])) {
                    seen.add(arrow[far]);
                    reached.add(arrow[far]);
                    open.push(arrow[far]);
                }
            }
        }
    }
    return reached;
}

/** Return a graph without what the reader does not want to see; the root stays. */
export function filterGraph(graph, {hidden, direction, borders, collapsed}) {
    const wanted = (node) => {
        if (node.id === graph.root) {
            return true;
        }
        if (node.kind !== "lot" && node.kind !== "group") {
            return borders;
        }
        if (node.kind === "lot" && hidden.has(node.disposition)) {
            return false;
        }
        return direction === "both" || (direction === "forward" ? node.stage > 0 : node.stage < 0);
    };
    const reached = findReached(graph, collapsed);
    const nodes = graph.nodes.filter((node) => reached.has(node.id) && wanted(node));
    return restrict({...graph, nodes});
}

/** Drop arrows without both ends, then borders without an arrow. */
function restrict(graph) {
    const ids = new Set(graph.nodes.map((node) => node.id));
    const arrows = graph.arrows.filter((arrow) => ids.has(arrow.from) && ids.has(arrow.to));
    const joined = new Set(arrows.flatMap((arrow) => [arrow.from, arrow.to]));
    const nodes = graph.nodes.filter((node) => node.kind === "lot" || node.kind === "group" || joined.has(node.id));
    return {...graph, nodes, arrows};
}

/** Return the arrows that close no circle, found depth first without recursion. */
function withoutCircles(nodes, arrows) {
    const following = indexArrows(arrows, "from");
    const state = new Map();
    const kept = [];
    for (const start of nodes) {
        const stack = state.has(start.id) ? [] : [[start.id, 0]];
        while (stack.length) {
            const top = stack[stack.length - 1];
            const [id, position] = top;
            state.set(id, "open");
            const next = (following.get(id) || [])[position];
            if (!next) {
                state.set(id, "done");
                stack.pop();
                continue;
            }
            top[1] += 1;
            if (state.get(next.to) !== "open") {
                kept.push(next);
                if (!state.has(next.to)) {
                    stack.push([next.to, 0]);
                }
            }
        }
    }
    return kept;
}

/** Return `Map(node id → layer)`: everything stands right of all that went into it. */
export function assignLayers(nodes, arrows) {
    const kept = withoutCircles(nodes, arrows);
    const incoming = new Map(nodes.map((node) => [node.id, 0]));
    kept.forEach((arrow) => incoming.set(arrow.to, incoming.get(arrow.to) + 1));
    const following = indexArrows(kept, "from");
    const layers = new Map(nodes.map((node) => [node.id, 0]));
    const ready = nodes.filter((node) => !incoming.get(node.id)).map((node) => node.id);
    const order = [];
    while (ready.length) {
        const id = ready.shift();
        order.push(id);
        for (const {to} of following.get(id) || []) {
            layers.set(to, Math.max(layers.get(to), layers.get(id) + 1));
            incoming.set(to, incoming.get(to) - 1);
            if (!incoming.get(to)) {
                ready.push(to);
            }
        }
    }
    // What only begins something stands right before it.
    const starts = new Set(kept.map((arrow) => arrow.to));
    for (const id of order.filter((one) => !starts.has(one))) {
        const after = (following.get(id) || []).map((arrow) => layers.get(arrow.to));
        if (after.length) {
            layers.set(id, Math.min(...after) - 1);
        }
    }
    return layers;
}

/** Return the layers as lists of nodes, ordered so that few arrows cross. */
export function orderLayers(nodes, arrows, layers, sweeps = 6) {
    const columns = [];
    const first = Math.min(0, ...layers.values());
    for (const node of [...nodes].sort(byName)) {
        const number = layers.get(node.id) - first;
        (columns[number] = columns[number] || []).push(node);
    }
    const filled = columns.filter(Boolean);
    const before = indexArrows(arrows, "to");
    const after = indexArrows(arrows, "from");
    for (let sweep = 0; sweep < sweeps; sweep++) {
        const forward = sweep % 2 === 0;
        const places = new Map();
        filled.forEach((column) => column.forEach((node, row) => places.set(node.id, row / column.length)));
        for (const column of forward ? filled : [...filled].reverse()) {
            const weights = new Map(
                column.map((node, row) => {
                    const near = forward ? before.get(node.id) : after.get(node.id);
                    const ends = (near || [])
                        .map((arrow) => places.get(forward ? arrow.from : arrow.to))
                        .filter((place) => place !== undefined);
                    const mean = ends.reduce((sum, place) => sum + place, 0) / ends.length;
                    return [node.id, ends.length ? mean : row / column.length];
                }),
            );
            column.sort((a, b) => weights.get(a.id) - weights.get(b.id));
            column.forEach((node, row) => places.set(node.id, row / column.length));
        }
    }
    return filled;
}

function byName(a, b) {
    return String(a.name).localeCompare(String(b.name), undefined, {numeric: true});
}

/** Return the path of an arrow between two boxes, and where its label stands. */
export function drawArrow(from, to) {
    const startX = from.x + NODE.width;
    const startY = from.y + NODE.height / 2;
    const endX = to.x;
    const endY = to.y + NODE.height / 2;
    const bend = Math.max(50, Math.abs(endX - startX) / 2);
    const path = `M${startX},${startY} C${startX + bend},${startY} ${endX - bend},${endY} ${endX - 7},${endY}`;
    return {path, x: (startX + endX) / 2, y: (startY + endY) / 2};
}

/**
 * Return a graph with places: nodes have `x` and `y`, arrows `path`, `x` and `y`.
 *
 * @returns {{ nodes: object[], arrows: object[], width: number, height: number }}
 */
export function layoutGraph(graph) {
    const layers = assignLayers(graph.nodes, graph.arrows);
    const columns = orderLayers(graph.nodes, graph.arrows, layers);
    const tallest = Math.max(1, ...columns.map((column) => column.length));
    const step = NODE.height + NODE.gapY;
    const height = tallest * step - NODE.gapY;
    const boxes = new Map();
    columns.forEach((column, number) => {
        const top = (height - (column.length * step - NODE.gapY)) / 2;
        column.forEach((node, row) => {
            const x = number * (NODE.width + NODE.gapX);
            boxes.set(node.id, {...node, x, y: top + row * step});
        });
    });
    return {
        nodes: [...boxes.values()],
        arrows: graph.arrows.map((arrow) => ({
            ...arrow,
            key: `${arrow.from}→${arrow.to}`,
            ...drawArrow(boxes.get(arrow.from), boxes.get(arrow.to)),
        })),
        width: Math.max(1, columns.length) * (NODE.width + NODE.gapX) - NODE.gapX,
        height,
    };
}

/** Return the ids of the nodes whose name or product holds a text; of groups, a member's. */
export function searchGraph(nodes, text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) {
        return null;
    }
    const holds = (value) =>
        String(value || "")
            .toLowerCase()
            .includes(wanted);
    const isFound = (node) => [node.name, node.product, ...(node.names || [])].some(holds);
    return new Set(nodes.filter(isFound).map((node) => node.id));
}
