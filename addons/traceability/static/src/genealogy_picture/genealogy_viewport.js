import {reactive} from "@odoo/owl";

const ZOOM = {least: 0.08, most: 3, step: 1.25};
const MARGIN = 32;

/** What part of the drawing is on screen: dragged, pinched, wheeled, or by buttons. */
export class Viewport {
    constructor() {
        this.x = MARGIN;
        this.y = MARGIN;
        this.zoom = 1;
        this.pointers = new Map();
        this.moved = false;
        return reactive(this);
    }

    get transform() {
        return `translate(${this.x},${this.y}) scale(${this.zoom})`;
    }

    /** Zoom so that a point of the screen stays where it is. */
    zoomAt(factor, x, y) {
        const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, this.zoom * factor));
        const ratio = zoom / this.zoom;
        this.x = x - (x - this.x) * ratio;
        this.y = y - (y - this.y) * ratio;
        this.zoom = zoom;
    }

    step(direction, box) {
        this.zoomAt(ZOOM.step ** direction, box.width / 2, box.height / 2);
    }

    /** Show all of it; never larger than life. */
    fit(size, box) {
        const room = {width: box.width - 2 * MARGIN, height: box.height - 2 * MARGIN};
        this.zoom = Math.max(ZOOM.least, Math.min(1, room.width / size.width, room.height / size.height));
        this.x = (box.width - size.width * this.zoom) / 2;
        this.y = (box.height - size.height * this.zoom) / 2;
    }

    center(node, box, size) {
        this.x = box.width / 2 - (node.x + size.width / 2) * this.zoom;
        this.y = box.height / 2 - (node.y + size.height / 2) * this.zoom;
    }

    down(event) {
        this.pointers.set(event.pointerId, {x: event.clientX, y: event.clientY});
        this.moved = false;
    }

    move(event, box) {
        const before = this.pointers.get(event.pointerId);
        if (!before) {
            return;
        }
        const now = {x: event.clientX, y: event.clientY};
        if (this.pointers.size === 1) {
            this.x += now.x - before.x;
            this.y += now.y - before.y;
        } else {
            this.pinch(event.pointerId, before, now, box);
        }
        this.moved = this.moved || Math.hypot(now.x - before.x, now.y - before.y) > 3;
        this.pointers.set(event.pointerId, now);
    }

    pinch(id, before, now, box) {
        const [, other] = [...this.pointers].find(([key]) => key !== id);
        const spread = (point) => Math.hypot(point.x - other.x, point.y - other.y);
        const factor = spread(now) / Math.max(1, spread(before));
        const middle = {x: (now.x + other.x) / 2, y: (now.y + other.y) / 2};
        this.zoomAt(factor, middle.x - box.left, middle.y - box.top);
    }

    up(event) {
        this.pointers.delete(event.pointerId);
    }

    wheel(event, box) {
        this.zoomAt(ZOOM.step ** (-event.deltaY / 100), event.clientX - box.left, event.clientY - box.top);
    }
}
