import {registry} from "@web/core/registry";

const node = (name) => `.o_genealogy_node:contains(${name})`;

registry.category("web_tour.tours").add("traceability_genealogy_picture", {
    steps: () => [
        {trigger: "button[name=action_open_picture]", run: "click"},
        {content: "Both ways from the lot", trigger: node("PIC-RAW")},
        {trigger: node("PIC-FIN")},
        {content: "Who has it", trigger: node("Acme")},
        {content: "Facts of a lot", trigger: node("PIC-FIN"), run: "click"},
        {trigger: ".o_genealogy_facts:contains(PIC-FIN):contains(Acme)"},
        {content: "Collapse it", trigger: ".o_genealogy_collapse", run: "click"},
        {trigger: `.o_genealogy_stage:not(:has(${node("Acme")}))`},
        {trigger: ".o_genealogy_collapse", run: "click"},
        {trigger: node("Acme")},
        {trigger: "[data-direction=backward]", run: "click"},
        {trigger: `.o_genealogy_stage:not(:has(${node("PIC-FIN")}))`},
        {trigger: "[data-direction=both]", run: "click"},
        {trigger: ".o_genealogy_search", run: "edit pic-fin"},
        {trigger: ".o_genealogy_count:contains(1 found)"},
        {trigger: ".o_genealogy_recall", run: "click"},
        {content: "The recall is answered", trigger: ".o_field_widget[name=lot_count]"},
        {trigger: "button[name=action_contain]"},
    ],
});
