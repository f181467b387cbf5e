import {registry} from "@web/core/registry";

const page = (name) => `.o_notebook_headers .nav-link[name=${name}]`;
const cell = (field, text) => `.o_field_widget[name=${field}] .o_data_cell:contains(${text})`;

registry.category("web_tour.tours").add("traceability_recall", {
    steps: () => [
        {content: "From the lot", trigger: "button[name=action_simulate_recall]", run: "click"},
        {content: "Who has it", trigger: cell("customer_ids", "Acme")},
        {trigger: cell("customer_ids", "TOUR-FIN")},
        {trigger: page("stock"), run: "click"},
        {content: "What is left", trigger: cell("stock_ids", "TOUR-RAW")},
        {trigger: page("uses"), run: "click"},
        {trigger: cell("use_ids", "Consumed")},
        {trigger: page("lots"), run: "click"},
        {content: "Why it is affected", trigger: cell("line_ids", "TOUR-RAW → TOUR-FIN")},
        {trigger: page("balance"), run: "click"},
        {trigger: cell("balance_ids", "Balanced.")},
        {content: "One click", trigger: "button[name=action_contain]", run: "click"},
        {trigger: ".modal-footer .btn-primary", run: "click"},
        {trigger: ".o_arrow_button_current:contains(Contained)"},
        {trigger: page("stock"), run: "click"},
        {trigger: cell("stock_ids", "Quarantined")},
        {trigger: "button[name=action_prepare_letters]", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains(Acme)"},
        {trigger: ".o_back_button, .breadcrumb-item.o_back_button a", run: "click"},
        {content: "The pack", trigger: "button[name=action_download_pack]:visible"},
    ],
});
