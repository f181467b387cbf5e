/** Opens screens inside the web client, and says of each step what went wrong. */
(() => {
    const PATIENCE_MS = 40000;
    const FRAME_MS = 20;
    const COMPLAINTS = ".o_error_dialog, .o_notification:has(.bg-danger)";
    const SCREENS = ".o_action_manager > *, .o_dialog";
    const SEARCH_ITEMS =
        ".o_filter_menu > .o_menu_item:not(.o_add_custom_filter), .o_group_by_menu > .o_menu_item";
    const NEW = ".o_list_button_add, .o-kanban-button-new, .o_form_button_create";
    const { rpcBus } = odoo.loader.modules.get("@web/core/network/rpc");
    const { App } = odoo.loader.modules.get("@odoo/owl");
    const { action, orm } = odoo.__WOWL_DEBUG__.root.env.services;
    const pending = new Map();
    let faults = [];

    rpcBus.addEventListener("RPC:REQUEST", ({ detail: { data, url } }) =>
        pending.set(data.id, url)
    );
    rpcBus.addEventListener("RPC:RESPONSE", ({ detail: { data, error } }) => {
        const url = pending.get(data.id);
        pending.delete(data.id);
        if (error && error.constructor.name !== "ConnectionAbortedError") {
            faults.push(`${url}: ${error.data?.message || error.message}`);
        }
    });

    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const find = (selector) => [...document.querySelectorAll(selector)];
    const isFilled = (element) => element.innerText.trim() || element.querySelector("input");
    const isDrawing = () => [...App.apps].some((app) => app.scheduler.tasks.size);
    const isBusy = () => pending.size || isDrawing() || find(".o_blockUI").length;

    /** Wait until nothing is asked for and nothing is drawn any more. */
    async function settle() {
        const end = Date.now() + PATIENCE_MS;
        for (let quiet = 0; quiet < 2; quiet = isBusy() ? 0 : quiet + 1) {
            if (Date.now() > end) {
                faults.push(`Not ready in time: ${[...pending.values()]}`);
                return;
            }
            await pause(FRAME_MS);
        }
    }

    /** Do something, wait until it stands, and return what went wrong. */
    async function attempt(what, leavesScreen = true) {
        faults = [];
        try {
            await what();
            await settle();
        } catch (error) {
            faults.push(String(error.cause || error));
        }
        if (leavesScreen && !find(SCREENS).some(isFilled)) {
            faults.push("Nothing is shown");
        }
        return [...faults, ...find(COMPLAINTS).map((element) => element.innerText)];
    }

    async function clickAll(selector) {
        for (const element of find(selector)) {
            element.click();
            await settle();
        }
    }

    window.walker = {
        /** Open an action, and say which views it offers. */
        async open(id) {
            const faults = await attempt(() =>
                action.doAction(id, { clearBreadcrumbs: true })
            );
            const isDialog = find(".o_dialog").length > 0;
            const views = (!isDialog && action.currentController?.views) || [];
            return { faults, isDialog, types: views.map(({ type }) => type) };
        },
        closeDialog: () =>
            attempt(
                () => action.doAction({ type: "ir.actions.act_window_close" }),
                false
            ),
        show: (type) => attempt(() => action.switchView(type)),
        /** Turn on every filter and every grouping. */
        search: () =>
            attempt(async () => {
                await clickAll(".o_searchview_dropdown_toggler");
                for (const item of find(SEARCH_ITEMS)) {
                    item.click();
                    await pause(0);
                }
            }),
        /** Open the form of the first record, and every page of it. */
        record: () =>
            attempt(async () => {
                const { res_model, domain, context } = action.currentController.action;
                const options = { limit: 1, context };
                const [resId] = await orm.search(res_model, domain || [], options);
                if (resId) {
                    await action.switchView("form", { resId });
                    await settle();
                    await clickAll(".o_notebook .nav-link");
                }
            }),
        /** Begin a new record where a button offers it. */
        begin: () => attempt(() => find(NEW)[0]?.click()),
    };
})();
