/** The picture as a file or on paper: an SVG that stands alone. */

const MARGIN = 24;
const MAX_PIXELS = 8000;

/** Return the text of a drawing with everything in it, whatever part is on screen. */
export function writeSvg(svg, {width, height}) {
    const copy = svg.cloneNode(true);
    const [fullWidth, fullHeight] = [width + 2 * MARGIN, height + 2 * MARGIN];
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${fullWidth} ${fullHeight}`);
    copy.setAttribute("width", fullWidth);
    copy.setAttribute("height", fullHeight);
    copy.removeAttribute("class");
    copy.querySelector("[data-viewport]").removeAttribute("transform");
    return new XMLSerializer().serializeToString(copy);
}

export function download(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Return the drawing as a PNG, twice as fine as the screen where that is bearable. */
export async function paintPng(text, {width, height}) {
    const scale = Math.min(2, MAX_PIXELS / (Math.max(width, height) + 2 * MARGIN));
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil((width + 2 * MARGIN) * scale);
    canvas.height = Math.ceil((height + 2 * MARGIN) * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Print the drawing alone, as large as a page bears. */
export function printSvg(text, title) {
    const frame = document.createElement("iframe");
    frame.className = "d-none";
    document.body.append(frame);
    const page = frame.contentDocument;
    page.title = title;
    page.body.innerHTML = text;
    const svg = page.querySelector("svg");
    svg.setAttribute("width", "100%");
    svg.removeAttribute("height");
    frame.contentWindow.addEventListener("afterprint", () => frame.remove());
    frame.contentWindow.print();
}
