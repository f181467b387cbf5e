import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Two clicks and a sentence from the receipt: everything of it is contained. */
tours.add("supplier_quality_contain", {
    steps: () => [
        {trigger: "button:contains('Report nonconformance')", run: "click"},
        {
            trigger: ".modal div[name='description'] input",
            run: "edit Rust on the drums",
        },
        {trigger: ".modal label:contains('Everything of the receipt')", run: "click"},
        {trigger: ".modal button[name='action_contain']", run: "click"},
        {trigger: ".o_arrow_button_current:contains('Contained')"},
        {trigger: "button[name='action_request_8d']", run: "click"},
        {trigger: "button[name='action_send']", run: "click"},
        {trigger: ".o_arrow_button_current:contains('With the supplier')"},
    ],
});

const ANSWERS = {
    D0: ["symptom"],
    D1: ["leader"],
    D2: ["what", "where", "when", "how_many"],
    D3: ["containment", "effective", "since", "verification"],
    D4: ["occurrence_cause", "escape_cause", "verification"],
    D5: ["chosen_action", "effective"],
    D6: ["implemented", "implemented_on", "validation"],
    D7: ["prevention"],
    D8: ["closure", "sign_off"],
};
const VALUES = {effective: "95", since: "2026-03-24", implemented_on: "2026-03-30"};

function answer(step) {
    return [
        ...ANSWERS[step].map((code) => ({
            content: `${step}: ${code}`,
            trigger: `#${step}_${code}`,
            // As the browser's own date picker does: typing depends on its language.
            run() {
                this.anchor.value = VALUES[code] || "The valve of reactor 2 leaked";
            },
        })),
        {
            content: `${step}: hand in`,
            trigger: `#${step} button[value='1']`,
            run: "click",
            expectUnloadPage: true,
        },
        {trigger: `#${step} .badge:contains('Answered')`},
    ];
}

tours.add("supplier_quality_answer", {
    steps: () => [
        {
            trigger: ".o_portal_my_doc_table a:contains('8D/')",
            run: "click",
            expectUnloadPage: true,
        },
        ...Object.keys(ANSWERS).flatMap(answer),
    ],
});

tours.add("supplier_quality_accept", {
    steps: () => [
        ...Object.keys(ANSWERS).flatMap((step) => [
            {
                content: `Accept ${step}`,
                trigger: `.o_data_row:contains('${step} ') button[name='action_accept']`,
                run: "click",
            },
            {trigger: `.o_data_row:contains('${step} '):contains('Accepted')`},
        ]),
        {trigger: ".o_arrow_button_current:contains('Closed')"},
    ],
});
