"use strict";
// Words from data are put on the page as text only (textContent), never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const T = data.texts;
  const $ = (id) => document.getElementById(id);
  const el = (tag, props, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props || {})) {
      if (key === "class") node.className = value;
      else if (key === "on") node.addEventListener("click", value);
      else node[key] = value;
    }
    node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
    return node;
  };
  const fold = (s) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const nodeIds = Object.keys(data.nodes);
  const linkIds = Object.keys(data.links);
  const linksOf = Object.fromEntries(nodeIds.map((id) => [id, []]));
  for (const id of linkIds) {
    linksOf[data.links[id].from].push(id);
    if (data.links[id].to !== data.links[id].from) linksOf[data.links[id].to].push(id);
  }
  const off = { kind: new Set(), owner: new Set(), relation: new Set(), inferred: false };
  let shown = { nodes: new Set(nodeIds), links: new Set(linkIds) };
  let chosen = { node: null, link: null };

  // --- details ---------------------------------------------------------------------------------------------------
  const badge = (text, kind) => el("span", { class: `badge ${kind ?? "plain"}` }, text);
  const marks = (fact) => [
    fact.evaluation && Object.assign(badge(fact.evaluation), { title: data.evaluations[fact.evaluation] || "" }),
    ...(fact.handling ? fact.handling.split(",").map((code) => badge(code, "")) : []),
  ].filter(Boolean);
  const source = (fact) => {
    const [owner, dataset, document] = data.sources[fact.source];
    const place = document ? `${document}${fact.row ? `, ${T.row} ${fact.row}` : ""}` : T.no_document;
    return `${owner} · ${dataset} · ${place}`;
  };
  const factView = (fact) => el("dl", { class: "fact" },
    el("dt", {}, fact.prop || T.source),
    el("dd", {},
      fact.value ? el("div", {}, fact.value) : "",
      fact.original ? el("div", { class: "soft" }, `${T.originally}: ${fact.original}`) : "",
      fact.check ? el("div", { class: "soft" }, fact.check) : "",
      fact.derived ? el("div", { class: "soft" }, `${T.derived}: ${fact.derived}`) : "",
      el("div", { class: "src" }, source(fact)),
      el("div", { class: "row" }, ...marks(fact))));
  const reasonsView = (grounds) => grounds.map((g) => el("div", {},
    el("p", {}, `${T.score}: ${g.score}`),
    el("table", {}, el("tbody", {}, ...g.reasons.map((r) => el("tr", {}, ...r.map((c) => el("td", {}, c))))))));
  const dates = (link) => [link.start, link.end].filter(Boolean).length
    ? (link.end ? `${link.start || "…"} – ${link.end}` : link.start) : "";
  const linkButton = (id, from) => {
    const link = data.links[id];
    const other = data.nodes[link.from === from ? link.to : link.from];
    const arrow = link.directed ? (link.from === from ? "→" : "←") : "—";
    return el("li", {}, el("button", { type: "button", on: () => chooseLink(id) },
      `${link.text} ${arrow} ${other.label}${dates(link) ? ` (${dates(link)})` : ""}`),
      link.inferred ? " " : "", link.inferred ? badge(link.state, "inferred") : "");
  };
  const panel = $("panel");
  const show = (...parts) => { panel.replaceChildren(...parts.flat().filter(Boolean)); panel.scrollTop = 0; };
  const section = (title, ...parts) => parts.flat().length ? [el("h3", {}, title), ...parts.flat()] : [];
  function showNode(id) {
    const n = data.nodes[id];
    show(el("h2", {}, n.label),
      el("div", { class: "row" }, badge(n.kind), ...n.owners.map((o) => badge(o)), n.crosses ? badge(T.crossing, "") : "",
        n.state ? badge(n.state) : ""),
      n.masked ? el("p", { class: "note" }, T.masked_note) : "",
      n.records > 1 ? el("p", { class: "soft" }, `${T.records}: ${n.records}`) : "",
      n.judged.length ? el("p", { class: "soft" }, `${T.judged_by}: ${n.judged.join(", ")}`) : "",
      section(`${T.facts} (${n.facts.length})`, n.facts.map(factView)),
      section(T.why_same, reasonsView(n.reasons)),
      section(`${T.links} (${linksOf[id].length})`, el("ul", { class: "linklist" }, ...linksOf[id].map((k) => linkButton(k, id)))));
  }
  function showLink(id) {
    const k = data.links[id];
    const end = (which) => el("button", { type: "button", on: () => chooseNode(k[which], true) }, data.nodes[k[which]].label);
    show(el("h2", {}, k.caption && k.caption !== k.text ? `${k.text}: ${k.caption}` : k.text),
      el("div", { class: "row" }, k.owner ? badge(k.owner) : "", badge(k.state, k.inferred ? "inferred" : "plain"), dates(k) ? badge(dates(k)) : ""),
      el("ul", { class: "linklist" }, el("li", {}, k.directed ? `${T.from}: ` : "• ", end("from")), el("li", {}, k.directed ? `${T.to}: ` : "• ", end("to"))),
      k.inferred && !k.reasons.length ? el("p", { class: "note inferred" }, `${T.score}: ${k.score}`) : "",
      section(T.reasons, reasonsView(k.reasons)),
      section(`${T.facts} (${k.facts.length})`, k.facts.map(factView)));
  }
  function showNothing() {
    show(el("p", { class: "soft" }, T.nothing_selected), legend);
  }

  // --- words on the drawing --------------------------------------------------------------------------------------
  // The drawing library shrinks labels with the picture until nobody can read them. Here they keep a size that can be read,
  // and give way to one another by weight: what is selected, where the chart began, what crosses borders, what has many links.
  const FACE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
  const lines = Object.fromEntries(nodeIds.map((id) => [id, nodes.get(id).label.split("\n")]));
  const tint = Object.fromEntries(linkIds.map((id) => [id, { ...edges.get(id).color }]));
  const begun = new Set(data.start);
  const weight = (id) => (begun.has(id) ? 1e6 : 0) + (data.nodes[id].crosses ? 1e3 : 0) + linksOf[id].length;
  const byWeight = [...nodeIds].sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1));
  nodes.update(nodeIds.map((id) => ({ id, label: undefined })));
  const leading = new Set(byWeight.slice(0, 12)); // they get their words even where a crowd stands around them
  let near = { nodes: new Set(), links: new Set() };
  let written = { key: "", words: [] };
  const touches = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  function place(pen, scale) {
    const size = Math.min(15, Math.max(11.5, 13 * scale)) / scale;
    const icon = 22;
    const at = network.getPositions();
    const any = near.nodes.size > 0;
    const cells = new Map();
    const step = 160 / scale;
    const around = (box, visit) => {
      for (let i = Math.floor(box.x / step); i <= Math.floor((box.x + box.w) / step); i++)
        for (let j = Math.floor(box.y / step); j <= Math.floor((box.y + box.h) / step); j++) {
          const key = `${i} ${j}`;
          if (!cells.has(key)) cells.set(key, []);
          if (visit(cells.get(key))) return true;
        }
      return false;
    };
    const free = (box, own, overIcons) => !around(box, (cell) => cell.some((other) => other.id !== own && !(overIcons && other.icon) && touches(box, other)));
    const take = (box) => around(box, (cell) => { cell.push(box); return false; });
    const words = [];
    const put = (text, x, y, height, style) => words.push({ text, x, y, height, ...style });
    const ordered = any ? [...byWeight.filter((id) => near.nodes.has(id)), ...byWeight.filter((id) => !near.nodes.has(id))] : byWeight;
    for (const id of ordered) if (shown.nodes.has(id)) take({ id, icon: true, x: at[id].x - icon, y: at[id].y - icon, w: 2 * icon, h: 2 * icon });
    pen.font = `${size}px ${FACE}`;
    for (const id of ordered) {
      if (!shown.nodes.has(id)) continue;
      const text = scale < 0.55 && !near.nodes.has(id) && lines[id].length > 1 && data.nodes[id].countries.length ? lines[id].slice(0, -1) : lines[id];
      const width = Math.max(...text.map((part) => pen.measureText(part).width));
      const height = text.length * size * 1.18;
      const spots = [[0, icon + 5], [0, -icon - 3 - height], [icon + 5 + width / 2, -height / 2], [-icon - 5 - width / 2, -height / 2]]
        .map(([x, y]) => ({ id, x: at[id].x + x - width / 2, y: at[id].y + y, w: width, h: height }));
      const box = spots.find((b) => free(b, id)) ?? (leading.has(id) ? spots.find((b) => free(b, id, true)) : undefined);
      if (!box) continue;
      take(box);
      const faint = any && !near.nodes.has(id);
      text.forEach((part, n) => put(part, box.x + width / 2, box.y + size * 1.18 * n, size, {
        colour: faint ? "rgba(31,41,55,0.35)" : n === text.length - 1 && text.length > 1 && data.nodes[id].countries.length && text === lines[id] ? "#52525b" : "#1f2937",
        bold: id === chosen.node }));
    }
    const small = size * 0.86;
    pen.font = `${small}px ${FACE}`;
    const spoken = any ? linkIds.filter((id) => near.links.has(id)) : scale >= 0.8 || linkIds.length <= 60 ? linkIds : [];
    for (const id of spoken) {
      if (!shown.links.has(id)) continue;
      const middle = network.body.edges[id].edgeType.getPoint(0.5);
      const text = data.links[id].text;
      const width = pen.measureText(text).width;
      const box = { id, x: middle.x - width / 2, y: middle.y - small * 0.6, w: width, h: small * 1.2 };
      if (!free(box, id)) continue;
      take(box);
      put(text, middle.x, box.y + small * 0.1, small, { colour: data.links[id].inferred ? "#8a1f63" : "#52525b", bold: false, halo: 1 });
    }
    return words;
  }
  network.on("afterDrawing", (pen) => {
    const scale = network.getScale();
    const key = [scale.toFixed(4), chosen.node, chosen.link, shown.nodes.size, shown.links.size, dragged].join("|");
    if (written.key !== key) written = { key, words: place(pen, scale) };
    pen.textAlign = "center"; pen.textBaseline = "top"; pen.lineJoin = "round"; pen.strokeStyle = "#ffffff";
    for (const word of written.words) {
      pen.font = `${word.bold ? "600 " : ""}${word.height}px ${FACE}`;
      pen.lineWidth = 3.5 / scale;
      pen.strokeText(word.text, word.x, word.y);
      pen.fillStyle = word.colour;
      pen.fillText(word.text, word.x, word.y);
    }
  });
  let dragged = 0;
  network.on("dragging", (event) => { if (event.nodes.length) dragged += 1; });

  // --- selection -------------------------------------------------------------------------------------------------
  function emphasise() {
    near = { nodes: new Set(), links: new Set() };
    const join = (k) => { near.links.add(k); near.nodes.add(data.links[k].from); near.nodes.add(data.links[k].to); };
    if (chosen.node) { near.nodes.add(chosen.node); linksOf[chosen.node].forEach(join); }
    if (chosen.link) join(chosen.link);
    const any = near.nodes.size > 0;
    nodes.update(nodeIds.map((id) => ({ id, opacity: !any || near.nodes.has(id) ? 1 : 0.22, hidden: !shown.nodes.has(id) })));
    edges.update(linkIds.map((id) => ({ id, hidden: !shown.links.has(id), color: { ...tint[id], opacity: !any || near.links.has(id) ? 1 : 0.14 } })));
    const selection = { nodes: chosen.node ? [chosen.node] : [], edges: chosen.link ? [chosen.link] : [] };
    network.setSelection(selection, { highlightEdges: false });
  }
  function chooseNode(id, move) {
    chosen = { node: id, link: null };
    emphasise(); showNode(id);
    if (move) network.focus(id, { scale: Math.max(network.getScale(), 0.8), animation: false });
  }
  function chooseLink(id) { chosen = { node: null, link: id }; emphasise(); showLink(id); }
  function chooseNothing() { chosen = { node: null, link: null }; emphasise(); showNothing(); }
  network.on("click", (event) => {
    if (event.nodes.length) chooseNode(event.nodes[0], false);
    else if (event.edges.length) chooseLink(event.edges[0]);
    else chooseNothing();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { $("results").hidden = true; $("filters").open = false; chooseNothing(); }
  });

  // --- filters ---------------------------------------------------------------------------------------------------
  function applyFilters() {
    const visible = (id) => {
      const n = data.nodes[id];
      return !off.kind.has(n.kind) && (!n.owners.length || n.owners.some((o) => !off.owner.has(o)));
    };
    const links = new Set(linkIds.filter((id) => {
      const k = data.links[id];
      return !off.relation.has(k.relation) && !(k.inferred && off.inferred) && !(k.owner && off.owner.has(k.owner))
        && visible(k.from) && visible(k.to);
    }));
    shown = { nodes: new Set(nodeIds.filter(visible)), links };
    emphasise(); count(); if (!$("table").hidden) drawTable();
  }
  function fieldset(title, values, set) {
    return el("fieldset", {}, el("legend", {}, title), ...values.map((value) => {
      const box = el("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => { box.checked ? set.delete(value) : set.add(value); applyFilters(); });
      return el("label", {}, box, value);
    }));
  }
  const unique = (list) => [...new Set(list)].sort((a, b) => a.localeCompare(b));
  const inferredBox = el("input", { type: "checkbox", checked: true });
  inferredBox.addEventListener("change", () => { off.inferred = !inferredBox.checked; applyFilters(); });
  $("filterbox").append(
    fieldset(T.kinds, unique(nodeIds.map((id) => data.nodes[id].kind)), off.kind),
    fieldset(T.owners, unique(nodeIds.flatMap((id) => data.nodes[id].owners)), off.owner),
    fieldset(T.relations, unique(linkIds.map((id) => data.links[id].relation)), off.relation),
    linkIds.some((id) => data.links[id].inferred) ? el("fieldset", {}, el("legend", {}, T.state), el("label", {}, inferredBox, T.inferred)) : "");

  // --- search ----------------------------------------------------------------------------------------------------
  const haystack = nodeIds.map((id) => [id, fold([data.nodes[id].label, ...data.nodes[id].facts.flatMap((f) => [f.value || "", f.original || ""])].join(" "))]);
  const results = $("results");
  $("search").addEventListener("input", () => {
    const words = fold($("search").value).split(/\s+/).filter(Boolean);
    results.hidden = !words.length;
    if (!words.length) return;
    const found = haystack.filter(([, text]) => words.every((w) => text.includes(w))).map(([id]) => id);
    const named = (id) => words.every((w) => fold(data.nodes[id].label).includes(w));
    found.sort((a, b) => named(b) - named(a) || data.nodes[a].label.localeCompare(data.nodes[b].label));
    results.replaceChildren(el("p", {}, found.length ? `${T.results}: ${found.length}` : T.no_results), ...found.slice(0, 50).map((id) =>
      el("button", { type: "button", on: () => { results.hidden = true; chooseNode(id, true); } },
        data.nodes[id].label, el("br"), el("small", {}, [data.nodes[id].kind, ...data.nodes[id].owners].join(" · ")))));
  });
  $("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") { const first = results.querySelector("button"); if (first && !results.hidden) first.click(); }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".find")) results.hidden = true;
    if (!event.target.closest("#filters")) $("filters").open = false;
  });

  // --- table twin ------------------------------------------------------------------------------------------------
  const grid = (title, heads, rows) => [el("h2", {}, title), el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows))];
  const cell = (content) => el("td", {}, content);
  const opener = (text, go) => cell(el("button", { type: "button", on: go }, text));
  const where = (facts) => unique(facts.map(source)).join("; ");
  function drawTable() {
    const things = nodeIds.filter((id) => shown.nodes.has(id));
    const lines = linkIds.filter((id) => shown.links.has(id));
    $("table").replaceChildren(
      ...grid(`${T.table_nodes} (${things.length})`, [T.name, T.kind, T.owners, T.countries, T.links], things.map((id) => {
        const n = data.nodes[id];
        return el("tr", {}, opener(n.label, () => chooseNode(id, false)), cell(n.kind), cell(n.owners.join(", ")), cell(n.countries.join(", ")), cell(String(linksOf[id].length)));
      })),
      ...grid(`${T.table_links} (${lines.length})`, [T.relation, T.from, T.to, T.dates, T.state, T.source], lines.map((id) => {
        const k = data.links[id];
        return el("tr", {}, opener(k.caption && k.caption !== k.text ? `${k.text}: ${k.caption}` : k.text, () => chooseLink(id)), opener(data.nodes[k.from].label, () => chooseNode(k.from, false)),
          opener(data.nodes[k.to].label, () => chooseNode(k.to, false)), cell(dates(k)), cell(k.state), cell(where(k.facts)));
      })));
  }
  function swap(toTable) {
    $("table").hidden = !toTable; $("stage").hidden = toTable;
    const button = $("swap");
    button.setAttribute("aria-pressed", String(toTable));
    button.textContent = toTable ? button.dataset.chart : button.dataset.table;
    if (toTable) { drawTable(); $("table").focus(); } else { network.setSize("100%", "100%"); network.redraw(); }
  }
  $("swap").addEventListener("click", () => swap($("table").hidden));
  $("skip").addEventListener("click", (event) => { event.preventDefault(); swap(true); });

  // --- frame -----------------------------------------------------------------------------------------------------
  function count() {
    $("meta").textContent = `${T.shown}: ${shown.nodes.size} / ${nodeIds.length} · ${T.links}: ${shown.links.size} / ${linkIds.length}`;
  }
  const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor, animation: false });
  $("closer").addEventListener("click", () => zoom(1.25));
  $("farther").addEventListener("click", () => zoom(0.8));
  $("fit").addEventListener("click", fitAll);
  $("stampline").textContent = data.stamp.slice(1, 4).map(([, value]) => value).join(" · ");
  $("stamp").append(...data.stamp.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]));
  $("handling").append(...data.handling.map(([code, text]) => Object.assign(badge(code, code === "H0" ? "plain" : ""), { title: text })));
  const lineMark = (colour, width, dashed) => {
    const mark = el("canvas", { width: 60, height: 16 });
    const pen = mark.getContext("2d");
    pen.strokeStyle = colour; pen.lineWidth = width * 2; if (dashed) pen.setLineDash([10, 7]);
    pen.beginPath(); pen.moveTo(0, 8); pen.lineTo(60, 8); pen.stroke();
    return mark;
  };
  const legend = el("div", { id: "legend" }, el("h3", {}, T.legend),
    ...data.legend.nodes.map(([picture, names]) => el("div", {}, el("img", { src: picture, alt: "" }), names.join(", "))),
    ...(data.legend.crossing ? [el("div", {}, el("img", { src: data.legend.crossing, alt: "" }), T.crossing)] : []),
    ...data.legend.lines.map(([colour, width, dashed, names]) => el("div", {}, lineMark(colour, width, dashed), names.join(", "))));
  function fitAll() {
    network.setSize("100%", "100%"); network.redraw();
    network.fit({ animation: false, maxZoomLevel: 1.25 });
    zoom(0.93); // room for the words at the edge
  }
  count(); showNothing();
  network.once("afterDrawing", () => { document.body.dataset.ready = "1"; });
  fitAll();
})();
