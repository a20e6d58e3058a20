/* Draws the figures from the JSON beside them, lets readers choose, sorts and filters tables. Asks the network for nothing. */
"use strict";

(function () {
  const PRINT_WIDTH = 680;

  Plotly.register({
    moduleType: "locale",
    name: "ru",
    dictionary: { "Download plot as a PNG": "Сохранить рисунок (PNG)", "Download plot": "Сохранить рисунок" },
    format: {
      days: ["воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"],
      shortDays: ["вс", "пн", "вт", "ср", "чт", "пт", "сб"],
      months: [
        "январь", "февраль", "март", "апрель", "май", "июнь",
        "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
      ],
      shortMonths: ["янв.", "февр.", "март", "апр.", "май", "июнь", "июль", "авг.", "сент.", "окт.", "нояб.", "дек."],
      date: "%d.%m.%Y",
      decimal: ",",
      thousands: "\u00a0",
    },
  });

  const figures = Array.from(document.querySelectorAll(".figure"), (figure) => ({
    figure,
    plot: figure.querySelector(".plot"),
    spec: JSON.parse(figure.querySelector('script[type="application/json"]').textContent),
    selects: Array.from(figure.querySelectorAll("select[data-key]")),
  }));

  function chosen(one) {
    return one.spec.data.filter((trace) => one.selects.every((select) => trace.meta[select.dataset.key] === select.value));
  }

  function draw(one) {
    const traces = chosen(one).map((trace) => Object.assign({}, one.spec.common, trace));
    return Plotly.react(one.plot, traces, one.spec.layout, one.spec.config);
  }

  function cell(name, text, scope) {
    const element = document.createElement(name);
    element.textContent = text;
    if (scope) element.scope = scope;
    return element;
  }

  function row(cells) {
    const element = document.createElement("tr");
    element.append(...cells);
    return element;
  }

  function shownDate(start, step, place) {
    const day = new Date(Date.parse(start) + step * place);
    const two = (value) => String(value).padStart(2, "0");
    return two(day.getUTCDate()) + "." + two(day.getUTCMonth() + 1) + "." + day.getUTCFullYear();
  }

  // The table of the lines drawn, as the page was written with for its first choice.
  function rewriteTable(one) {
    const table = one.figure.querySelector("details.follows table");
    const traces = chosen(one);
    const digits = one.spec.common.dx === 86400000 ? 1 : 2;
    const format = (value) =>
      value === null || value === undefined
        ? "—"
        : value.toLocaleString("ru-RU", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const head = table.tHead.rows[0].cells[0].textContent;
    table.tHead.replaceChildren(row([head, ...traces.map((trace) => trace.meta.label)].map((name) => cell("th", name, "col"))));
    const rows = [];
    const length = Math.max(0, ...traces.map((trace) => trace.y.length));
    for (let place = 0; place < length; place += 1) {
      const values = traces.map((trace) => trace.y[place]);
      if (values.every((value) => value === null || value === undefined)) continue;
      const first = cell("th", shownDate(one.spec.common.x0, one.spec.common.dx, place), "row");
      rows.push(row([first, ...values.map((value) => cell("td", format(value)))]));
    }
    table.tBodies[0].replaceChildren(...rows);
  }

  function choose(one) {
    draw(one);
    if (one.figure.querySelector("details.follows")) rewriteTable(one);
    one.figure.querySelectorAll("[data-when]").forEach((block) => {
      block.hidden = block.dataset.when !== one.selects[0].value;
    });
  }

  function sortBy(table, column, header) {
    const descending = header.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const key = (line) => line.cells[column].dataset.sort;
    const compare = (left, right) => {
      const [a, b] = [key(left), key(right)];
      // What has no number (hidden, no data) stays at the end in both directions.
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
      const numbers = Number(a) - Number(b);
      const order = Number.isNaN(numbers) ? a.localeCompare(b, "ru", { numeric: true }) : numbers;
      return descending ? -order : order;
    };
    const body = table.tBodies[0];
    body.append(...Array.from(body.rows).sort(compare));
  }

  function makeSortable(table) {
    Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => sortBy(table, column, header));
      header.replaceChildren(button);
    });
  }

  function makeFilter(input) {
    const rows = Array.from(document.getElementById(input.dataset.filters).tBodies[0].rows);
    const plain = (text) => text.toLowerCase().replaceAll("ё", "е");
    input.addEventListener("input", () => {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      rows.forEach((line) => {
        const text = plain(line.cells[0].textContent + " " + line.cells[1].textContent);
        line.hidden = !words.every((word) => text.includes(word));
      });
    });
  }

  figures.forEach((one) => {
    draw(one);
    one.selects.forEach((select) => select.addEventListener("change", () => choose(one)));
  });
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll("input[data-filters]").forEach(makeFilter);

  // Paper is narrower than a screen, and its layout is made before a figure could follow by itself. A figure that
  // scrolls on the screen is pressed together on paper, so the numbers in its cells get smaller.
  window.addEventListener("beforeprint", () =>
    figures.forEach((one) => {
      const wide = parseFloat(one.plot.style.minWidth || "0") > PRINT_WIDTH;
      if (wide && one.plot.data[0].type === "heatmap") Plotly.restyle(one.plot, { "textfont.size": 7 });
      Plotly.relayout(one.plot, { width: PRINT_WIDTH, autosize: false });
    })
  );
  window.addEventListener("afterprint", () =>
    figures.forEach((one) => {
      draw(one);
      Plotly.relayout(one.plot, { width: null, autosize: true });
    })
  );
})();
