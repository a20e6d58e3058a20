"""What the browser does once a page has come: its title, the place and focus of who reads it, lists to choose from.

Nothing but attributes and the focus is touched: what the page holds is Dash's alone.
"""

from __future__ import annotations

from dash import Dash, Input

# A page is put in place of the last one without being loaded, and whatever had the focus is gone. So: the window's
# title is that of the page; who puts a table in order stays at the head of its column, who chooses from a list at that
# list; anybody else who came by the keyboard goes on at the heading of the new page.
#
# Dash's lists have faults that screen readers and keyboards meet: a focusable field that is hidden from them stands
# before each list; what is chosen has no label; choices say that they are options, but hold radio buttons, which an
# option may not; the cross that clears a choice (at the keyboard: Delete) is a link to nowhere with a label. The field
# is switched off, labels and roles are put right, also for what is drawn later on.
_KEEP = """
function (_page) {
    function label(list) {
        const button = list.querySelector("button.dash-dropdown");
        const name = list.querySelector(".filter-label");
        if (button && button.tabIndex !== 0) {
            list.querySelector(".dash-dropdown-focus-target").disabled = true;
            button.tabIndex = 0;
            button.setAttribute("aria-haspopup", "dialog");
            button.setAttribute("aria-labelledby", name.id + " " + button.getAttribute("aria-labelledby"));
        }
        for (const clear of list.querySelectorAll("a.dash-dropdown-clear[aria-label]")) {
            clear.removeAttribute("aria-label");
            clear.setAttribute("aria-hidden", "true");
        }
        for (const opened of list.querySelectorAll(".dash-dropdown-content:not([aria-label])")) {
            opened.setAttribute("aria-label", name.textContent);
        }
        for (const choices of list.querySelectorAll("[role=listbox]")) {
            choices.setAttribute("role", choices.querySelector("input[type=radio]") ? "radiogroup" : "group");
            choices.setAttribute("aria-label", name.textContent);
        }
        for (const choice of list.querySelectorAll("label[role=option], label[aria-selected]")) {
            choice.removeAttribute("role");
            choice.removeAttribute("aria-selected");
        }
    }
    function remember(event) {
        const chosen = event.target.closest && event.target.closest("a, label, .dash-dropdown-content input");
        const list = chosen && chosen.closest(".filter");
        const column = chosen && chosen.closest("thead th");
        if (list) {
            window.portfolioPlace = {list: list.querySelector(".filter-label").id};
        } else if (column) {
            window.portfolioPlace = {section: column.closest("section").id, column: column.cellIndex};
        } else if (chosen) {
            window.portfolioPlace = {};
        }
        if (chosen) { window.portfolioPlace.left = document.querySelector("main h1"); }
    }
    function goOn() {
        const place = window.portfolioPlace;
        if (!place || place.left === document.querySelector("main h1")) { return; }
        if (document.activeElement && document.activeElement !== document.body) { return; }
        const section = place.section && document.getElementById(place.section);
        const label = place.list && document.getElementById(place.list);
        const target = section ? section.querySelectorAll("thead th a")[place.column]
            : label ? label.parentElement.querySelector("button.dash-dropdown")
            : document.querySelector("main h1");
        if (!target) { return; }
        window.portfolioPlace = null;
        target.focus({preventScroll: true});
        if (section) { section.scrollIntoView({block: "start"}); }
    }
    function keep() {
        document.querySelectorAll(".filter").forEach(label);
        const heading = document.querySelector("main h1");
        if (heading) { document.title = heading.dataset.title || heading.textContent; }
        goOn();
    }
    if (!window.portfolioKeeps) {
        window.portfolioKeeps = new MutationObserver(keep);
        window.portfolioKeeps.observe(
            document.body, {childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"]}
        );
        document.addEventListener("click", remember, true);
        document.addEventListener("keydown", function (event) {
            if (event.key === "Enter") { remember(event); }
        }, true);
    }
    keep();
}
"""


def keep_in_browser(app: Dash) -> None:
    """Adds the script, whose hash the policy of the pages must name: call it before `csp_hashes`."""
    app.clientside_callback(_KEEP, Input("page", "children"))  # type: ignore[no-untyped-call]
