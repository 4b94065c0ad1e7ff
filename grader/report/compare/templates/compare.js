const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function sortedBy(table, column, factor) {
  const cell = (row) => row.cells[column];
  const numbers = [...table.tBodies[0].rows].some((row) => "order" in cell(row).dataset);
  return [...table.tBodies[0].rows].sort((a, b) => {
    const [one, other] = [cell(a), cell(b)];
    if (!numbers) return factor * words.compare(one.textContent, other.textContent);
    // What has no number goes last, whichever way.
    if (!("order" in one.dataset && "order" in other.dataset)) return ("order" in other.dataset) - ("order" in one.dataset);
    return factor * (one.dataset.order - other.dataset.order);
  });
}

function sort(header) {
  const table = header.closest("table");
  const flipped = { ascending: "descending", descending: "ascending" };
  const way = flipped[header.getAttribute("aria-sort")] ?? header.dataset.first;
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", way);
  table.tBodies[0].append(...sortedBy(table, header.cellIndex, way === "ascending" ? 1 : -1));
  said.textContent = `Sorted by ${header.textContent}, ${way}.`;
}

for (const header of document.querySelectorAll(".sortable th[data-first]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sort";
  button.textContent = header.textContent;
  header.replaceChildren(button);
  button.addEventListener("click", () => sort(header));
}

const marks = document.querySelector(".marks");
const meanings = { f: "failed", b: "blocked", q: "could not be decided", n: "not run" };
marks?.addEventListener("mouseover", ({ target }) => {
  const cell = target.closest("tbody td:not(.num)");
  if (!cell || cell.title) return;
  const check = marks.tHead.rows[1].cells[cell.cellIndex].firstChild.getAttribute("aria-label");
  cell.title = `${cell.parentElement.cells[0].textContent}: ${check}: ${meanings[cell.className] ?? "passed"}`;
});
