/* What the theme leaves out for those who read without a mouse or a screen. */
document.addEventListener("DOMContentLoaded", async () => {
  for (const summary of document.querySelectorAll("summary")) {
    if (!summary.textContent.trim()) {
      const page = summary.closest("li").querySelector("a").textContent.trim();
      summary.setAttribute("aria-label", `Pages of ${page}`);
    }
  }
  // Its own text, "Search Ctrl + K", names it better.
  document.querySelector(".search-button-field")?.removeAttribute("aria-label");
  // The theme takes the focus from these when they are pressed; by keyboard one is lost then.
  const buttons = ".theme-switch-button, .search-button, .primary-toggle, .secondary-toggle";
  for (const button of document.querySelectorAll(buttons)) {
    button.blur = () => {};
  }
  // A formula that is wider than the screen is scrolled, by the arrow keys too.
  await window.MathJax?.startup?.promise;
  const scrollByKeys = () => {
    for (const formula of document.querySelectorAll("mjx-container[display]")) {
      formula.tabIndex = formula.scrollWidth > formula.clientWidth ? 0 : -1;
    }
  };
  scrollByKeys();
  window.addEventListener("resize", scrollByKeys);
});
