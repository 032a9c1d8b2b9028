// What the checks ask of JupyterLab's page. Cells are read from the notebook's models, because
// the page need not hold all of them; whether a widget is drawn is read from the page.

window.course = {
  app: () => window.jupyterapp,
  panel: () => window.jupyterapp?.shell.currentWidget,
  kernel: () => course.panel()?.sessionContext?.session?.kernel,
  cell: (index) => course.panel().content.widgets[index],
  path: () => course.panel()?.context?.path,

  // Is a lesson open, with a kernel that has answered all that it was asked?
  idle() {
    const [kernel, ready] = [course.kernel(), course.panel()?.context?.isReady];
    return Boolean(ready && kernel?.status === "idle" && course.unanswered(kernel).size === 0);
  },

  // The messages to a kernel, from the first call on, that it has not finished with.
  unanswered(kernel) {
    if (!course.followed.has(kernel)) {
      const open = new Set();
      kernel.anyMessage.connect((_, { direction, msg }) => {
        if (direction !== "send" || msg.channel === "stdin") return;
        open.add(msg.header.msg_id);
        course.sent++;
      });
      kernel.iopubMessage.connect((_, { content, parent_header }) => {
        if (content.execution_state === "idle") open.delete(parent_header.msg_id);
      });
      course.followed.set(kernel, open);
    }
    return course.followed.get(kernel);
  },

  followed: new WeakMap(),
  sent: 0,

  // Has the kernel answered, and the page done all that followed? A page's timers keep their
  // order, and those of widgets are shorter than this one.
  async settled() {
    if (!course.idle()) return false;
    const sent = course.sent;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return course.idle() && course.sent === sent;
  },

  // What there is, in words, for the report of a wait in vain.
  seen() {
    const path = course.path() ?? "no lesson";
    const kernel = course.kernel();
    const status = kernel ? `kernel ${kernel.status}` : "no kernel";
    const cells = course.path() ? course.cells().filter(({ kind }) => kind === "code") : [];
    const run = `${cells.filter(({ count }) => count !== null).length} of ${cells.length} cells run`;
    const asked = kernel ? `${course.unanswered(kernel).size} messages unanswered` : "none asked";
    const focus = document.activeElement?.outerHTML.slice(0, 200);
    return [path, status, run, asked, `focus on ${focus}`].join("; ");
  },

  // Why waiting any longer is of no use, or null.
  trouble() {
    const shown = document.querySelector(".jp-Dialog, .Toastify__toast--error");
    if (shown) return `JupyterLab says: ${shown.innerText.trim().replace(/\s+/g, " ")}`;
    return course.kernel()?.status === "dead" ? "the kernel is dead" : null;
  },

  // Whether a condition, which may be a promise, is true; false when it has not said so in a minute,
  // so that the one who waits can ask again, or give up.
  soon(condition) {
    const later = new Promise((resolve) => setTimeout(resolve, 60000, false));
    return Promise.race([condition, later]).then(Boolean);
  },

  // Run a command of the menus; `finished` is true as soon as it has ended.
  start(command, options) {
    course.finished = false;
    course.app().commands.execute(command, options).finally(() => (course.finished = true));
  },

  cells: () =>
    course.panel().content.widgets.map(({ model }) => ({
      kind: model.type,
      source: model.sharedModel.getSource(),
      count: model.executionCount ?? null,
      outputs: (model.outputs?.toJSON() ?? []).map((output) => ({
        type: output.output_type,
        stream: output.name ?? null,
        text: [output.text ?? `${output.ename}: ${output.evalue}`].flat().join(""),
        plain: [output.data?.["text/plain"] ?? []].flat().join(""),
        kinds: Object.keys(output.data ?? {}),
      })),
    })),

  show: (index) => course.panel().content.scrollToItem(index, "center"),

  // Is every widget of a cell drawn, or an error shown in the place of one?
  async decided(index) {
    const { node } = course.cell(index);
    const shown = [...node.querySelectorAll(".jp-OutputArea-output")];
    const failed = shown.some(({ textContent }) => textContent.startsWith("Error displaying"));
    const broken = node.querySelector(".jupyter-widgets-error-widget");
    return failed || broken !== null || (await course.undrawn(index)).length === 0;
  },

  // Names of the widgets of a cell that its output's models hold and the page does not draw. One
  // without a model was closed by the lesson, as a progress bar is at its end.
  async undrawn(index) {
    const kind = "application/vnd.jupyter.widget-view+json";
    const outputs = course.cell(index).model.outputs.toJSON();
    const ids = outputs.map((output) => output.data?.[kind]?.model_id).filter(Boolean);
    const manager = await course.manager(index);
    if (!manager) return ids;
    const shown = [...course.cell(index).node.querySelectorAll(".jp-OutputArea-output")];
    const names = shown.map((node) => node.textContent).filter((text) => course.excuse.test(text));
    for (const id of ids.filter((id) => manager.has_model(id)))
      names.push(...(await course.hidden(await manager.get_model(id))));
    return names;
  },

  // What stands in a widget's place when there is none.
  excuse: /^(Loading widget|Error displaying widget)/,

  // Of the widgets in a cell's outputs: what holds their models, or null when none is drawn.
  async manager(index) {
    const waiting = [...course.cell(index).outputArea.widgets];
    while (waiting.length) {
      const widget = waiting.shift();
      if (widget._manager) return widget._manager.promise;
      waiting.push(...(widget.children?.() ?? []));
    }
    return null;
  },

  // A model and those in it, by name, without a view of some size in the page.
  async hidden(model) {
    if (model.get("layout")?.get("display") === "none") return [];
    const views = await Promise.all(Object.values(model.views ?? {}));
    const empty = model.get("_view_name") === "OutputView" && !model.get("outputs")?.length;
    const drawn = ({ el }) =>
      el.isConnected &&
      !el.querySelector(":scope > .jupyter-widgets-error-widget") &&
      (empty || el.getClientRects()[0]?.height > 0);
    const names = views.some(drawn) ? [] : [model.name];
    for (const child of model.get("children") ?? []) names.push(...(await course.hidden(child)));
    return names;
  },

  // Errors inside the widgets of a cell, such as those of a function that a slider calls.
  widgetErrors(index) {
    const kinds = ["error", "stderr"].map((name) => `application/vnd.jupyter.${name}`);
    const places = kinds.map((kind) => `.jupyter-widgets [data-mime-type="${kind}"]`).join();
    const shown = [...course.cell(index).node.querySelectorAll(places)];
    return shown.map((node) => node.innerText.trim().split("\n").at(-1));
  },

  // The figures that a cell's widgets show; their text, where they show no figure.
  shown(index) {
    const widgets = [...course.cell(index).node.querySelectorAll(".widget-output")];
    const images = widgets.flatMap((node) => [...node.querySelectorAll("img")].map((i) => i.src));
    return images.length ? images.join() : widgets.map((node) => node.innerText).join();
  },

  isRun: ({ kind, source, count }) => kind !== "code" || !source.trim() || count !== null,

  // Whether some of a cell can be seen.
  inView(index) {
    const area = course.panel().content.node.getBoundingClientRect();
    const cell = course.cell(index).node.getBoundingClientRect();
    return cell.bottom > area.top && cell.top < area.bottom;
  },

  // The card of an exercise, in a cell's output.
  card: (index) => course.cell(index).node.querySelector(".jp-OutputArea-output section"),

  // Each piece of a card's text with the contrast between its colour and what lies behind it, from
  // 1 to 21 as WCAG counts it; the browser itself paints all backgrounds over each other.
  contrasts(index) {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (color) => {
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const texts = document.createTreeWalker(course.card(index), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.textContent.trim();
      if (!text) continue;
      const layers = [];
      for (let node = texts.currentNode.parentElement; node; node = node.parentElement)
        layers.unshift(getComputedStyle(node).backgroundColor);
      const behind = ["white", ...layers].map(luminance).at(-1);
      const front = luminance(getComputedStyle(texts.currentNode.parentElement).color);
      const [low, high] = [behind, front].sort((a, b) => a - b);
      found.push([text, (high + 0.05) / (low + 0.05)]);
    }
    return found;
  },

  // What a key moves, as a text: the focus, the active cell, the selected item of a list.
  where() {
    const all = [...document.querySelectorAll("*")];
    const selected = document.querySelectorAll(".lm-mod-active, .jp-mod-selected");
    const places = [document.activeElement, ...selected].map((node) => all.indexOf(node));
    return [course.panel()?.content?.activeCellIndex, ...places].join();
  },
};
