import {_t} from "@web/core/l10n/translation";

/** What colours mean; each stands beside a word, for those who print in black. */
export const COLOURS = {
    released: "#2f9e44",
    pending: "#f08c00",
    restricted: "#e8b100",
    quarantined: "#e03131",
    rejected: "#5c0f0f",
    supplier: "#1971c2",
    customer: "#7048e8",
    scrap: "#495057",
    untracked: "#868e96",
    owed: "#868e96",
    external: "#0b7285",
};
export const DISPOSITIONS = ["released", "pending", "restricted", "quarantined", "rejected"];

const WORDS = {
    released: _t("Released"),
    pending: _t("Pending"),
    restricted: _t("Restricted"),
    quarantined: _t("Quarantined"),
    rejected: _t("Rejected"),
    untracked: _t("Without lot"),
    owed: _t("Taken before it was made"),
    external: _t("External lot"),
};
const CONFIDENCES = {
    exact: _t("Exact"),
    allocated: _t("Allocated within the order"),
    assumed: _t("Assumed"),
};
const KINDS = {
    lot: _t("Lot"),
    group: _t("Lots"),
    supplier: _t("Supplier"),
    customer: _t("Customer"),
    scrap: _t("Scrap"),
};

export const describeDisposition = (value) => String(WORDS[value] || value || "");
export const describeConfidence = (value) => String(CONFIDENCES[value] || value);
export const describeKind = (value) => String(KINDS[value] || value);
