// The browser's half of DigitPad: it collects strokes, and shows what Python makes of them.
// A stroke is a list of points [x, y] in per cent of the canvas; PEN is that of drawing.py.

const PEN = 100 / 12;
const PAUSE = 100; // milliseconds between two messages to the kernel
const PATIENCE = 3000; // milliseconds until we say that the kernel does not answer
const WAITING = "No answer yet. Is the kernel busy? If it was restarted, run this cell again.";
const WIDTH = 250; // of a layer's picture, as in digit_pad.css

function make(parent, tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  parent?.append(element);
  return element;
}

function button(parent, text, action) {
  const made = make(parent, "button", { type: "button", textContent: text });
  made.addEventListener("click", action);
}

function picture(parent, label) {
  const canvas = make(parent, "canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

// One cell a value, in the canvas's own colour, so that it suits any theme.
function paintCells(canvas, light, columns, cell, gap) {
  canvas.width = columns * cell;
  canvas.height = Math.ceil(light.length / columns) * cell;
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(canvas).color;
  light.forEach((value, k) => {
    context.globalAlpha = value / 255;
    const [x, y] = [(k % columns) * cell, Math.floor(k / columns) * cell];
    context.fillRect(x, y, cell - gap, cell - gap);
  });
}

function paintStrokes(canvas, strokes) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (side === 0) return; // not on the page yet
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.scale(side / 100, side / 100);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  context.beginPath(); // one path, so that ink of a theme's half-clear colour is not laid twice
  for (const [first, ...rest] of strokes) {
    context.moveTo(...first);
    for (const point of rest.length ? rest : [first]) context.lineTo(...point);
  }
  context.stroke();
}

const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function percents(view) {
  return Array.from({ length: 10 }, (_, k) => view.getFloat32(4 * k, true));
}

function render({ model, el }) {
  let strokes = structuredClone(model.get("strokes"));
  let drawing = false;
  let example = 0;
  let sending, waiting;

  // -- what stands where ----------------------------------------------------------------------
  const pad = make(el, "div", { className: "digit-pad" });
  pad.dataset.lmSuppressShortcuts = "true"; // Enter presses a button here, and edits no cell
  const left = make(pad, "div", { className: "digit-pad-draw" });
  const paper = picture(left, "Draw a digit here, with mouse, pen or finger");
  const status = make(left, "p", { role: "status", ariaLive: "polite" });
  const tools = make(left, "div", { className: "digit-pad-tools" });
  button(tools, "Clear", () => show([]));
  button(tools, "Undo", () => show(strokes.slice(0, -1)));
  button(tools, "Example", () => {
    const examples = model.get("_examples");
    show(structuredClone(examples[example++ % examples.length]));
  });

  const middle = make(pad, "div", { className: "digit-pad-layers" });
  const seen = make(middle, "figure");
  const seenCanvas = picture(seen, "What you drew, as the network gets it");
  make(seen, "figcaption", { textContent: "as the network gets it, 28 x 28 pixels" });
  const layers = model.get("_answer").layers.map(() => {
    const figure = make(middle, "figure");
    const canvas = make(figure, "canvas", { ariaHidden: "true" }); // the caption says it in words
    return { canvas, caption: make(figure, "figcaption") };
  });

  const table = make(pad, "table");
  make(table, "caption", { textContent: "probabilities" });
  const body = make(table, "tbody");
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const row = make(body, "tr");
    make(row, "th", { scope: "row", textContent: digit });
    const bar = make(make(row, "td", { ariaHidden: "true" }), "div");
    return { row, bar, number: make(row, "td") };
  });

  // -- from the browser to Python -------------------------------------------------------------
  function show(changed) {
    strokes = changed;
    send();
  }

  // At most one message in PAUSE; it takes what is drawn when it leaves, so the last is never lost.
  function send() {
    paintStrokes(paper, strokes);
    sending ??= setTimeout(() => {
      sending = undefined;
      waiting ??= setTimeout(() => (status.textContent = WAITING), PATIENCE);
      model.set("strokes", structuredClone(strokes));
      model.save_changes();
    }, PAUSE);
  }

  function point(event) {
    const box = paper.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    const y = (100 * (event.clientY - box.top)) / box.height;
    return [Math.round(10 * x) / 10, Math.round(10 * y) / 10];
  }

  function begin(event) {
    if (!event.isPrimary || event.button !== 0) return; // a second finger, the right button
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    drawing = true;
    status.ariaBusy = "true"; // a screen reader says the decision when the stroke has ended
    show([...strokes, [point(event)]]);
  }

  function move(event) {
    if (!drawing || !event.isPrimary) return;
    const stroke = strokes.at(-1);
    const events = event.getCoalescedEvents?.() ?? [];
    for (const [x, y] of (events.length ? events : [event]).map(point)) {
      const [lastX, lastY] = stroke.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= 1) stroke.push([x, y]);
    }
    send();
  }

  function end(event) {
    if (!event.isPrimary) return;
    drawing = false;
    status.ariaBusy = "false";
  }

  paper.addEventListener("pointerdown", begin);
  paper.addEventListener("pointermove", move);
  paper.addEventListener("pointerup", end);
  paper.addEventListener("pointercancel", end);

  // -- from Python to the browser -------------------------------------------------------------
  function follow() {
    if (drawing || sending) return; // what is drawn here is newer
    strokes = structuredClone(model.get("strokes"));
    paintStrokes(paper, strokes);
  }

  function answer() {
    waiting = clearTimeout(waiting);
    const { text, image, percent, layers: lit } = model.get("_answer");
    if (status.textContent !== text) status.textContent = text;
    paintCells(seenCanvas, bytes(image), 28, 4, 0);
    const numbers = percents(percent);
    const largest = Math.max(...numbers);
    rows.forEach(({ row, bar, number }, digit) => {
      row.className = largest > 0 && numbers[digit] === largest ? "digit-pad-decision" : "";
      bar.style.width = `${numbers[digit]}%`;
      number.textContent = `${numbers[digit].toFixed(1)} %`;
    });
    layers.forEach(({ canvas, caption }, k) => {
      caption.textContent = lit[k].text;
      const cell = Math.max(1, Math.floor(WIDTH / lit[k].columns));
      paintCells(canvas, bytes(lit[k].light), lit[k].columns, cell, cell < 5 ? 0 : 1);
    });
  }

  function repaint() {
    paintStrokes(paper, strokes);
    answer();
  }

  model.on("change:strokes", follow);
  model.on("change:_answer", answer);
  const resized = new ResizeObserver(repaint);
  resized.observe(paper);
  window.addEventListener("resize", repaint); // a browser's zoom changes no size, but the pixels
  const themed = new MutationObserver(repaint);
  themed.observe(document.body, { attributes: true });
  repaint();

  return () => {
    clearTimeout(sending);
    clearTimeout(waiting);
    model.off("change:strokes", follow);
    model.off("change:_answer", answer);
    resized.disconnect();
    themed.disconnect();
    window.removeEventListener("resize", repaint);
  };
}

export default { render };
