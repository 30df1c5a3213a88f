// The search in the navigation, and the buttons that copy examples. The pages are
// complete without this module.

const said = /** @type {HTMLElement} */ (document.querySelector("#said"));
const menu = /** @type {HTMLDetailsElement} */ (document.querySelector("nav .menu"));
const search = /** @type {HTMLInputElement} */ (document.querySelector("#find"));
const found = /** @type {HTMLElement} */ (document.querySelector("#found"));

// Beside the text the contents are open, also in browsers where style alone cannot.
const wide = matchMedia("(min-width: 60rem)");
const fit = () => { menu.open = wide.matches; };
wide.addEventListener("change", fit);
fit();

addSearch();
for (const code of document.querySelectorAll(".code")) addCopy(/** @type {HTMLElement} */ (code));

/** Filters the navigation by what is typed: every word must occur in a place's label or keywords. */
function addSearch() {
  const pages = [...document.querySelectorAll("nav .page")].map((page) => ({
    page: /** @type {HTMLDetailsElement} */ (page),
    wasOpen: /** @type {HTMLDetailsElement} */ (page).open,
    places: [...page.querySelectorAll("li[data-find]")].map((place) => ({
      place: /** @type {HTMLElement} */ (place),
      text: `${place.textContent} ${/** @type {HTMLElement} */ (place).dataset.find}`.toLowerCase(),
    })),
    groups: /** @type {HTMLElement[]} */ ([...page.querySelectorAll("li.group")]),
  }));
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { page, wasOpen, places, groups } of pages) {
      let here = 0;
      for (const { place, text } of places) {
        const fits = words.every((word) => text.includes(word));
        place.hidden = !fits;
        if (fits) here++;
      }
      for (const group of groups) group.hidden = !group.querySelector("li:not([hidden])");
      page.hidden = here === 0;
      page.open = words.length > 0 || wasOpen;
      count += here;
    }
    if (words.length === 0) found.textContent = "";
    else found.textContent = count === 0 ? "Nothing found" : count === 1 ? "1 place" : `${count} places`;
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      filter();
    }
    if (event.key === "Enter") {
      const first = /** @type {HTMLElement | null} */ (document.querySelector("nav li[data-find]:not([hidden]) > a"));
      if (first && search.value.trim() !== "") first.click();
    }
  });
  /** @type {HTMLElement} */ (search.closest(".find")).hidden = false;
  filter(); // a browser may restore what was typed
}

/**
 * Puts a button before an example that copies it.
 * @param {HTMLElement} code
 */
function addCopy(code) {
  const pre = /** @type {HTMLElement} */ (code.querySelector("pre"));
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  const title = code.closest("article")?.querySelector("h2, h3")?.textContent?.trim();
  if (title) button.setAttribute("aria-label", `Copy the example of ${title.replace(/\s+/g, " ")}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent ?? "");
      button.textContent = "Copied";
      said.textContent = "Copied";
    } catch {
      // Without https a page may not write to the clipboard.
      getSelection()?.selectAllChildren(pre);
      button.textContent = "Selected";
      said.textContent = "The example is selected: copy it with your keyboard";
    }
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
  code.prepend(button);
}
