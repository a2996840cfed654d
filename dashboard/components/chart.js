// The canvas of a link chart. It draws what Python placed and says what was clicked; it computes no layout and moves
// nothing by itself. Every text is drawn on the canvas or set as text, never as HTML.

const LABEL = 12.5;

function library(url) {
  if (window.vis && window.vis.Network) return Promise.resolve(window.vis);
  window.vinculoLibrary ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.vis);
    script.onerror = () => reject(new Error(url));
    document.head.append(script);
  });
  return window.vinculoLibrary;
}

function same(one, other) {
  return one.length === other.length && one.every((id, n) => id === other[n]);
}

function replaced(set, items) {
  const kept = new Set(items.map((item) => item.id));
  set.remove(set.getIds().filter((id) => !kept.has(id)));
  set.update(items);
}

// Lines are chosen for a white sheet; on a dark one the same hues are lighter.
function dark(colour) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  return Boolean(hex) && hex.slice(1).reduce((sum, part) => sum + parseInt(part, 16), 0) < 384;
}

function lightened(edge) {
  const color = `color-mix(in srgb, ${edge.color.color} 50%, white)`;
  return { ...edge, color: { color, highlight: color, hover: color } };
}

class Canvas {
  constructor(vis, host, tell) {
    this.host = host;
    this.tell = tell;
    this.nodes = new vis.DataSet();
    this.edges = new vis.DataSet();
    this.marked = { nodes: [], edges: [] };
    const style = getComputedStyle(host);
    this.ink = style.getPropertyValue("--st-text-color").trim() || style.color;
    this.ground = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
    this.dark = dark(this.ground);
    this.accent = style.getPropertyValue("--st-primary-color").trim() || "#0b6e6e";
    this.network = new vis.Network(host.querySelector(".sheet"), { nodes: this.nodes, edges: this.edges }, this.options());
    this.listen();
    this.resized = new ResizeObserver(() => this.network.redraw());
    this.resized.observe(host);
  }

  options() {
    const font = { color: this.ink, strokeColor: this.ground, strokeWidth: 4, face: "Source Sans, sans-serif" };
    return {
      physics: false,
      layout: { improvedLayout: false },
      interaction: {
        hover: true, multiselect: true, selectConnectedEdges: false, hoverConnectedEdges: false, tooltipDelay: 250,
        keyboard: { enabled: true, bindToWindow: false, speed: { x: 12, y: 12, zoom: 0.03 } },
      },
      nodes: { shape: "image", size: 22, chosen: false },
      edges: {
        smooth: false, chosen: false, selectionWidth: 0, hoverWidth: 0,
        arrows: { to: { enabled: false, scaleFactor: 0.6 } }, font: { ...font, size: 11, align: "middle" },
        scaling: { label: { drawThreshold: 7 } },
      },
    };
  }

  listen() {
    const { network, host } = this;
    network.on("click", () => this.say());
    network.on("doubleClick", (event) => event.nodes.length && this.tell({ kind: "expand", id: event.nodes[0] }));
    network.on("dragEnd", (event) => {
      if (!event.nodes.length) return;
      const places = network.getPositions(event.nodes);
      network.setSelection(this.marked, { highlightEdges: false });
      this.tell({ kind: "moved", places: Object.fromEntries(Object.entries(places).map(([id, p]) => [id, [p.x, p.y]])) });
    });
    network.on("beforeDrawing", (context) => this.rings(context));
    network.on("afterDrawing", (context) => this.labels(context));
    host.addEventListener("pointerdown", (event) => this.box(event), true);
    host.addEventListener("keydown", (event) => this.key(event));
    for (const button of host.querySelectorAll("button[data-do]")) {
      button.addEventListener("click", () => this.tool(button.dataset.do));
    }
  }

  // What is selected is ringed on its own ground, so that it shows beside any colour; a found path likewise.
  rings(context) {
    const ring = (ids, colour, width) => {
      const known = ids.filter((id) => this.nodes.get(id));
      for (const { x, y } of Object.values(this.network.getPositions(known))) {
        context.beginPath();
        context.arc(x, y, 29, 0, 2 * Math.PI);
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.stroke();
        context.fillStyle = `color-mix(in srgb, ${colour} 18%, transparent)`;
        context.fill();
      }
    };
    ring(this.shown?.path ?? [], "#b26a00", 2);
    ring(this.marked.nodes, this.accent, 3.5);
  }

  // Names at one size whatever the zoom, the most telling first, and none over another: what finds no room waits until
  // the sheet is closer. What is selected is always named.
  labels(context) {
    const scale = this.network.getScale();
    const full = scale > 0.62;
    const unit = 1 / scale;
    const size = LABEL * Math.min(1.25, Math.max(1, scale)) * unit;
    const line = size * 1.16;
    const chosen = new Set(this.marked.nodes);
    const taken = [];
    const frame = this.host.getBoundingClientRect();
    const a = this.network.DOMtoCanvas({ x: -40, y: -40 });
    const b = this.network.DOMtoCanvas({ x: frame.width + 40, y: frame.height + 40 });
    const positions = this.network.getPositions();
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    const order = [...(this.shown?.named ?? [])].sort((x, y) => chosen.has(y.id) - chosen.has(x.id));
    for (const node of order) {
      const at = positions[node.id];
      if (!at || at.x < a.x || at.x > b.x || at.y < a.y || at.y > b.y) continue;
      const words = full ? node.words : node.words.slice(0, 1);
      context.font = `${chosen.has(node.id) ? "600 " : ""}${size}px "Source Sans", sans-serif`;
      node.wide ??= Math.max(...node.words.map((text) => context.measureText(text).width)) / size;
      const half = (node.wide * size) / 2 + (full ? 1 : 7) * unit;
      const top = at.y + 24;
      const box = [at.x - half, top, at.x + half, top + words.length * line + (full ? 0 : 5) * unit];
      const free = taken.every((o) => box[2] < o[0] || box[0] > o[2] || box[3] < o[1] || box[1] > o[3]);
      if (!free && !chosen.has(node.id)) continue;
      taken.push(box);
      words.forEach((text, n) => {
        context.lineWidth = 3.5 * unit;
        context.strokeStyle = this.ground;
        context.strokeText(text, at.x, top + n * line);
        context.fillStyle = this.ink;
        context.fillText(text, at.x, top + n * line);
      });
    }
    this.host.dataset.named = taken.length;
  }

  say() {
    const found = this.network.getSelection();
    const chosen = { nodes: found.nodes.map(String).sort(), edges: found.edges.map(String).sort() };
    if (same(chosen.nodes, this.marked.nodes) && same(chosen.edges, this.marked.edges)) return;
    this.marked = chosen;
    this.thick();
    this.network.redraw();
    this.tell({ kind: "select", ...chosen });
  }

  thick() {
    const chosen = new Set(this.marked.edges);
    const changed = (this.shown?.edges ?? [])
      .filter((edge) => chosen.has(edge.id) !== Boolean(edge.strong))
      .map((edge) => {
        edge.strong = chosen.has(edge.id);
        return { id: edge.id, width: edge.strong ? edge.width + 3 : edge.width };
      });
    if (changed.length) this.edges.update(changed);
  }

  tool(what) {
    const scale = this.network.getScale();
    if (what === "fit") this.network.fit({ animation: false });
    if (what === "in") this.network.moveTo({ scale: scale * 1.3 });
    if (what === "out") this.network.moveTo({ scale: scale / 1.3 });
  }

  key(event) {
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) this.tell({ kind: event.shiftKey ? "redo" : "undo" });
    else if (event.key === "Delete" && this.marked.nodes.length) this.tell({ kind: "remove" });
    else if (event.key === "Enter" && this.marked.nodes.length) this.tell({ kind: "expand", id: this.marked.nodes[0] });
    else if (event.key === "Escape") {
      this.network.unselectAll();
      this.say();
    } else return;
    event.preventDefault();
  }

  // With Shift held, a rectangle selects; without it the sheet moves.
  box(event) {
    if (!event.shiftKey || event.button !== 0 || event.target.closest("button")) return;
    event.preventDefault();
    event.stopPropagation();
    const frame = this.host.getBoundingClientRect();
    const start = [event.clientX - frame.left, event.clientY - frame.top];
    const mark = document.createElement("div");
    mark.className = "box";
    this.host.append(mark);
    let end = start;
    const move = (at) => {
      end = [at.clientX - frame.left, at.clientY - frame.top];
      const [x, y] = [Math.min(start[0], end[0]), Math.min(start[1], end[1])];
      Object.assign(mark.style, {
        left: `${x}px`, top: `${y}px`,
        width: `${Math.abs(end[0] - start[0])}px`, height: `${Math.abs(end[1] - start[1])}px`,
      });
    };
    const done = () => {
      window.removeEventListener("pointermove", move);
      mark.remove();
      const a = this.network.DOMtoCanvas({ x: Math.min(start[0], end[0]), y: Math.min(start[1], end[1]) });
      const b = this.network.DOMtoCanvas({ x: Math.max(start[0], end[0]), y: Math.max(start[1], end[1]) });
      const places = Object.entries(this.network.getPositions());
      const inside = places.filter(([, p]) => p.x >= a.x && p.x <= b.x && p.y >= a.y && p.y <= b.y).map(([id]) => id);
      this.network.setSelection({ nodes: inside, edges: [] }, { highlightEdges: false });
      this.say();
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", done, { once: true });
  }

  show(data) {
    const first = !this.shown;
    if (first || this.shown.version !== data.version) {
      replaced(this.nodes, data.nodes.map((node) => ({ ...node, image: data.icons[node.image] })));
      data.named = [...data.nodes].sort((x, y) => y.weight - x.weight);
      replaced(this.edges, this.dark ? data.edges.map(lightened) : data.edges);
    } else {
      data.edges = this.shown.edges;
      data.named = this.shown.named;
    }
    const fit = first || this.shown.fit !== data.fit;
    this.shown = data;
    this.marked = { nodes: [...data.selected.nodes], edges: [...data.selected.edges] };
    this.network.setSelection(
      { nodes: this.marked.nodes.filter((id) => this.nodes.get(id)), edges: this.marked.edges.filter((id) => this.edges.get(id)) },
      { highlightEdges: false },
    );
    this.thick();
    if (fit) this.network.fit({ animation: false, maxZoomLevel: 1.1, minZoomLevel: 0.05 });
    else this.network.redraw();
    this.host.dataset.drawn = data.version;
  }

  place(id) {
    const at = this.network.canvasToDOM(this.network.getPosition(id));
    const frame = this.host.getBoundingClientRect();
    return [frame.left + at.x, frame.top + at.y];
  }

  close() {
    this.resized.disconnect();
    this.network.destroy();
  }
}

function furnished(host, texts) {
  host.setAttribute("aria-label", texts.label);
  for (const button of host.querySelectorAll("button[data-do]")) {
    button.title = texts[button.dataset.do];
    button.setAttribute("aria-label", texts[button.dataset.do]);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".canvas");
  host.style.height = `${data.height}px`;
  host.tell = (event) => setTriggerValue("event", { ...event, at: Date.now() });
  host.wanted = data;
  furnished(host, data.texts);
  library(data.library).then(
    (vis) => {
      if (!host.isConnected) return;
      host.chart ??= new Canvas(vis, host, (event) => host.tell(event));
      host.chart.show(host.wanted);
    },
    () => { host.dataset.failed = "1"; host.querySelector(".sheet").textContent = data.texts.failed; },
  );
  return () => {
    if (host.chart) host.chart.close();
    host.chart = undefined;
  };
}
