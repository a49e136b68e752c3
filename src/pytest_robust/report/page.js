// The page is whole without this script: it only sorts, filters and folds what stands there. Texts are data: they are
// compared, shown and hidden, and never read as markup.
"use strict";
{
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // A cell is compared by what it begins with: the check's name, the verdict's word, the number without its interval.
  const first = (row, column) => row.children[column].firstChild?.textContent.trim() ?? "";
  const number = (text) => Number(text.replace("−", "-").replace(/[≥≤,+\s]/g, "") || NaN);

  // Numbers come before words, either way round.
  const compare = (a, b, direction) => {
    const [x, y] = [number(a), number(b)];
    if (isNaN(x) && isNaN(y)) return direction * a.localeCompare(b, "en", { numeric: true });
    return isNaN(x) - isNaN(y) || direction * (x - y);
  };

  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  function sortable(table) {
    const body = table.tBodies[0];
    const told = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    table.classList.add("sortable");
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const order = NEXT[head.ariaSort ?? "none"];
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (order !== "none") head.setAttribute("aria-sort", order);
        const direction = { none: 0, ascending: 1, descending: -1 }[order];
        const rows = told.map((row) => [first(row, column), row]);
        body.append(...rows.sort(([a], [b]) => direction && compare(a, b, direction)).map(([, row]) => row));
      });
    });
  }

  function filterable(words, verdict, shown) {
    const rows = all(".checks tbody tr").map((row) => [row, row.textContent.toLowerCase(), first(row, 1)]);
    const filter = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      const filtering = Boolean(wanted.length || verdict.value);
      let count = 0;
      for (const [row, text, outcome] of rows) {
        row.hidden = !(wanted.every((word) => text.includes(word)) && ["", outcome].includes(verdict.value));
        count += !row.hidden;
      }
      for (const group of all(".group")) {
        const found = group.querySelector("tbody tr:not([hidden])");
        group.hidden = filtering && !found;
        if (filtering && found && group.matches("details")) group.open = true;
      }
      shown.textContent = `${count} of the ${rows.length} checks on this page`;
    };
    words.addEventListener("input", filter);
    verdict.addEventListener("change", filter);
    filter();
  }

  // A link may lead into a fold. On paper there is none to open.
  const reveal = () => {
    const target = document.querySelector(":target");
    const folds = [];
    for (let node = target; node; node = node.parentElement) if (node.matches("details:not([open])")) folds.push(node);
    folds.forEach((fold) => (fold.open = true));
    if (folds.length) target.scrollIntoView();
  };

  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all("details:not([open], .record)");
    unfolded.forEach((fold) => (fold.open = true));
  });
  addEventListener("afterprint", () => unfolded.forEach((fold) => (fold.open = false)));
  addEventListener("hashchange", reveal);

  all(".checks").forEach(sortable);
  const words = document.getElementById("words");
  if (words) filterable(words, document.getElementById("verdict"), document.getElementById("shown"));
  for (const button of all("[data-fold]")) {
    const open = button.dataset.fold === "open";
    button.addEventListener("click", () => all("details").forEach((fold) => (fold.open = open)));
  }
  all(".tools").forEach((tools) => (tools.hidden = false));
  reveal();
}
