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
  const alwaysLabelled = linkIds.some((id) => edges.get(id).label);

  // --- details ---------------------------------------------------------------------------------------------------
  const badge = (text, kind) => el("span", { class: `badge ${kind || "plain"}` }, text);
  const marks = (fact) => [
    fact.evaluation && Object.assign(badge(fact.evaluation), { title: data.evaluations[fact.evaluation] || "" }),
    ...(fact.handling ? fact.handling.split(",").map((code) => badge(code, "")) : []),
  ].filter(Boolean);
  const source = (fact) => {
    const place = fact.document ? `${fact.document}${fact.row ? `, ${T.row} ${fact.row}` : ""}` : T.no_document;
    return `${fact.owner} · ${fact.dataset} · ${place}`;
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
      el("ul", { class: "linklist" }, el("li", {}, `${k.directed ? `${T.from}: ` : "• `".slice(0, 2)}`, end("from")), el("li", {}, `${k.directed ? `${T.to}: ` : "• "}`, end("to"))),
      k.inferred ? el("p", { class: "note inferred" }, `${T.inferred}. ${T.score}: ${k.score}`) : "",
      section(T.reasons, reasonsView(k.reasons)),
      section(`${T.facts} (${k.facts.length})`, k.facts.map(factView)));
  }
  function showNothing() {
    show(el("p", { class: "soft" }, T.nothing_selected));
  }

  // --- selection -------------------------------------------------------------------------------------------------
  function emphasise() {
    const near = new Set(), lines = new Set();
    if (chosen.node) { near.add(chosen.node); for (const k of linksOf[chosen.node]) { lines.add(k); near.add(data.links[k].from); near.add(data.links[k].to); } }
    if (chosen.link) { lines.add(chosen.link); near.add(data.links[chosen.link].from); near.add(data.links[chosen.link].to); }
    const any = near.size > 0;
    nodes.update(nodeIds.map((id) => ({ id, opacity: !any || near.has(id) ? 1 : 0.25, hidden: !shown.nodes.has(id),
      font: { color: !any || near.has(id) ? "#1f2937" : "rgba(31,41,55,0.3)" } })));
    edges.update(linkIds.map((id) => {
      const change = { id, hidden: !shown.links.has(id), color: { opacity: !any || lines.has(id) ? 1 : 0.15 } };
      if (!alwaysLabelled) change.label = lines.has(id) ? data.links[id].text : undefined;
      else change.font = { color: !any || lines.has(id) ? "#3f3f46" : "rgba(63,63,70,0.25)" };
      return change;
    }));
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
    if (toTable) { drawTable(); $("table").focus(); } else { network.redraw(); }
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
  $("fit").addEventListener("click", () => network.fit({ animation: false }));
  $("stampline").textContent = data.stamp.slice(1, 4).map(([, value]) => value).join(" · ");
  $("stamp").append(...data.stamp.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]));
  $("handling").append(...data.handling.map(([code, text]) => Object.assign(badge(code, ""), { title: text })));
  const lineMark = (colour, width, dashed) => {
    const mark = el("canvas", { width: 60, height: 16 });
    const pen = mark.getContext("2d");
    pen.strokeStyle = colour; pen.lineWidth = width * 2; if (dashed) pen.setLineDash([10, 7]);
    pen.beginPath(); pen.moveTo(0, 8); pen.lineTo(60, 8); pen.stroke();
    return mark;
  };
  const few = (names) => names.length > 4 ? `${names.slice(0, 4).join(", ")} +${names.length - 4}` : names.join(", ");
  $("legendbox").append(
    ...data.legend.nodes.map(([picture, names]) => el("div", {}, el("img", { src: picture, alt: "" }), few(names))),
    ...(data.legend.crossing ? [el("div", {}, el("img", { src: data.legend.crossing, alt: "" }), T.crossing)] : []),
    ...data.legend.lines.map(([colour, width, dashed, names]) => el("div", {}, lineMark(colour, width, dashed), few(names))));
  count(); showNothing();
  network.once("afterDrawing", () => { document.body.dataset.ready = "1"; });
  network.fit({ animation: false });
})();
