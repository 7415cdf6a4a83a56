(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const INK = "#1b2733", GREY = "#7a7a7a", BLUE = "#0072b2", ORANGE = "#d55e00", GREEN = "#009e73";
  const SHADE = "#e4f1eb", LINE = "#e3e7ea";
  const RATES = [["approval_rate", 1], ["bad_rate", 2], ["false_rejection_rate", 1]];
  const COLOURS = { bad_rate: ORANGE, false_rejection_rate: BLUE, profit: GREEN };
  const state = { language: data.language, sample: 0, group: 0, reason: 0, stop: data.chosen };
  let lookedUp = null;

  // Words and numbers ------------------------------------------------------------------------
  const say = (key, values) =>
    data.words[key][state.language].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const minus = (text) => text.replace(/-/g, "\u2212");
  const isNumber = (value) => value !== null && value !== undefined;
  const percent = (value, digits) => (isNumber(value) ? (100 * value).toFixed(digits) + "%" : "?");
  const shortPercent = (value) => Number((100 * value).toPrecision(3)) + "%";
  const cutoffText = (value) => shortPercent(value);
  const money = (value) => (isNumber(value)
    ? minus(value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })) : "?");
  const count = (value) => (isNumber(value)
    ? minus(value.toLocaleString("en-US", { maximumFractionDigits: 0 })) : "?");
  const signed = (value) => (value > 0 ? "+" : "") + count(value);
  const between = (low, high) => say("to", { lower: low, upper: high });

  // Elements: text is always set as text, never as markup --------------------------------------
  function add(parent, tag, text, attributes) {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) element.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    parent.appendChild(element);
    return element;
  }
  function clear(element) { element.replaceChildren(); return element; }
  function draw(parent, tag, attributes, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  // Pictures ----------------------------------------------------------------------------------
  const logit = (p) => Math.log(p / (1 - p));
  function ticks(low, high, about) {
    const raw = (high - low) / about || 1, size = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = size * ([1, 2, 2.5, 5, 10].find((m) => m * size >= raw) || 10), found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) found.push(i * step);
    return found;
  }
  function oddsTicks(low, high, room) {
    const found = [];
    for (const p of [0.5, 0.1, 0.01, 0.001, 0.9, 0.2, 0.05, 0.02, 0.005, 0.002, 0.03, 0.3, 0.7, 0.0005, 0.0002]) {
      const at = logit(p);
      if (at >= low && at <= high && found.every((other) => Math.abs(other - at) > room * (high - low))) found.push(at);
    }
    return found;
  }
  const fromLogit = (x) => 1 / (1 + Math.exp(-x));
  function frame(host, label, spec) {
    clear(host);
    const width = Math.max(host.clientWidth || 600, 260), height = spec.height || 210;
    const left = spec.left || 52, right = 14, top = 8, bottom = spec.xLabel ? 42 : 26;
    const svg = draw(host, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
    const [x0, x1] = spec.x, [y0, y1] = spec.y;
    const sx = (x) => left + ((x - x0) / (x1 - x0 || 1)) * (width - left - right);
    const sy = (y) => height - bottom - ((y - y0) / (y1 - y0 || 1)) * (height - top - bottom);
    const self = { svg, sx, sy, x0, x1, y0, y1, width, height, left, right, top, bottom };
    if (spec.shade) {
      for (const [from, to] of spec.shade) {
        draw(svg, "rect", { x: sx(from), y: top, width: Math.max(sx(to) - sx(from), 2), height: height - top - bottom, fill: SHADE });
      }
    }
    for (const y of spec.yTicks || ticks(y0, y1, 4)) {
      draw(svg, "line", { x1: left, x2: width - right, y1: sy(y), y2: sy(y), stroke: LINE });
      draw(svg, "text", { x: left - 7, y: sy(y) + 4, "text-anchor": "end" }, spec.yText(y));
    }
    for (const x of spec.xTicks || ticks(x0, x1, Math.max(3, Math.floor(width / 110)))) {
      draw(svg, "text", { x: sx(x), y: height - bottom + 17, "text-anchor": "middle" }, spec.xText(x));
    }
    draw(svg, "line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, stroke: "#97a3ae" });
    if (spec.xLabel) draw(svg, "text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, spec.xLabel);
    return self;
  }
  function runs(points) {
    const found = [[]];
    for (const point of points) {
      if (point.every(isNumber)) found[found.length - 1].push(point);
      else if (found[found.length - 1].length) found.push([]);
    }
    return found.filter((run) => run.length);
  }
  function path(f, points) { return points.map(([x, y], i) => `${i ? "L" : "M"}${f.sx(x).toFixed(1)} ${f.sy(y).toFixed(1)}`).join(""); }
  function line(f, points, colour, dash, width) {
    for (const run of runs(points)) {
      draw(f.svg, "path", { d: path(f, run), fill: "none", stroke: colour, "stroke-width": width || 2, "stroke-linejoin": "round", ...(dash ? { "stroke-dasharray": dash } : {}) });
    }
  }
  function band(f, points, colour, opacity) {
    for (const run of runs(points)) {
      const upper = run.map(([x, , high]) => [x, high]), lower = run.map(([x, low]) => [x, low]).reverse();
      draw(f.svg, "path", { d: path(f, upper) + path(f, lower).replace("M", "L") + "Z", fill: colour, opacity });
    }
  }
  function dot(f, x, y, shape, colour) {
    if (!isNumber(x) || !isNumber(y)) return;
    const cx = f.sx(x), cy = f.sy(y);
    if (shape === "diamond") draw(f.svg, "path", { d: `M${cx} ${cy - 6.5}L${cx + 6.5} ${cy}L${cx} ${cy + 6.5}L${cx - 6.5} ${cy}Z`, fill: "#fff", stroke: INK, "stroke-width": 2 });
    else draw(f.svg, "circle", { cx, cy, r: 6, fill: colour || INK, stroke: "#fff", "stroke-width": 1.5 });
  }
  function rule(f, x, dash) {
    draw(f.svg, "line", { x1: f.sx(x), x2: f.sx(x), y1: f.top, y2: f.height - f.bottom, stroke: INK, "stroke-width": 1, ...(dash ? { "stroke-dasharray": dash } : {}) });
  }
  function tag(f, x, y, text) {
    const right = f.sx(x) < f.width - 90;
    const up = f.sy(y) > f.top + 26;
    const label = draw(f.svg, "text", { x: f.sx(x) + (right ? 9 : -9), y: f.sy(y) + (up ? -9 : 18), "text-anchor": right ? "start" : "end", class: "strong", stroke: "#fff", "stroke-width": 3.5, "paint-order": "stroke" }, text);
    label.style.fontSize = "13px";
  }
  function span(values, zero) {
    const known = values.filter(isNumber);
    let low = Math.min(...known), high = Math.max(...known);
    if (zero) low = Math.min(low, 0);
    const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.01;
    return [low < 0 || !zero ? low - room : low, high + 2 * room];
  }

  // The trade-off -----------------------------------------------------------------------------
  const sample = () => data.samples[state.sample];
  const group = () => sample().groups[state.group];
  const at = (name, from) => { const column = (from || group()).curve[name]; return column ? column[state.stop] : null; };
  const ofGroup = (found) => (found.segment === null ? say("all_applicants") : say("headed", { heading: data.labels[found.segment][state.language], value: found.label }));
  // A certificate is about all applicants together; what it says of one group nobody knows.
  const isCertified = (stop) => data.certified !== null && state.group === 0 && Boolean(data.certified[stop]);
  function certifiedText() {
    if (data.certified === null) return say("no_certificate");
    if (!data.certified[state.stop]) return say("not_certified");
    return say(isCertified(state.stop) ? "is_certified" : "certified_for_all_only");
  }
  function columns(...names) {
    const curve = group().curve;
    return curve.approval_rate.map((_, i) => names.map((name) => (curve[name] ? curve[name][i] : null)));
  }
  function certifiedSpans(name) {
    if (data.certified === null || state.group !== 0) return [];
    const x = group().curve[name].filter((value, i) => data.certified[i] && isNumber(value));
    return x.length ? [[Math.min(...x), Math.max(...x)]] : [];
  }
  function drawRate(rate) {
    const host = byId("chart-" + rate), found = group(), curve = found.curve, colour = COLOURS[rate];
    const values = [rate, rate + "_lower", rate + "_upper"].flatMap((name) => curve[name]);
    const past = found.incumbent;
    if (past) values.push(past[rate]);
    const text = rate === "profit" ? count : shortPercent;
    const label = say("curve_label", { rate: say(rate) });
    const f = frame(host, label, { x: [0, 1], y: span(values, true), xText: shortPercent, yText: text, shade: certifiedSpans("approval_rate"), height: 200, xLabel: rate === "profit" ? say("approval_rate") : "" });
    band(f, columns("approval_rate", rate + "_lower", rate + "_upper"), colour, 0.2);
    if (rate !== "profit" && !sample().everybody) line(f, columns("approval_rate", "labelled_" + rate).map(([x, y]) => [x, isNumber(y) && y > f.y1 ? null : y]), GREY, "4 4", 1.5);
    line(f, columns("approval_rate", rate), colour);
    if (past) { dot(f, past.approval_rate, past[rate], "diamond"); }
    const x = at("approval_rate"), y = at(rate);
    if (isNumber(x)) {
      rule(f, x);
      dot(f, x, y);
      if (isNumber(y)) tag(f, x, y, rate === "profit" ? money(y) : percent(y, rate === "bad_rate" ? 2 : 1));
    }
    clickable(f, "approval_rate");
  }
  function drawFrontier() {
    const found = group(), curve = found.curve, past = found.incumbent;
    const xs = [...curve.bad_rate], ys = [...curve.false_rejection_rate];
    if (past) { xs.push(past.bad_rate); ys.push(past.false_rejection_rate); }
    if (!xs.some(isNumber)) { clear(byId("chart-frontier")); return; }
    const f = frame(byId("chart-frontier"), say("frontier"), { x: span(xs, true), y: [0, 1.02], xText: shortPercent, yText: shortPercent, height: 250, xLabel: say("bad_rate"), yTicks: [0, 0.25, 0.5, 0.75, 1] });
    band(f, columns("bad_rate", "false_rejection_rate_lower", "false_rejection_rate_upper"), BLUE, 0.15);
    line(f, columns("bad_rate", "false_rejection_rate"), INK, null, 1.6);
    if (data.certified !== null && state.group === 0) {
      line(f, columns("bad_rate", "false_rejection_rate").map((p, i) => (data.certified[i] ? p : [null, null])), GREEN, null, 5);
    }
    if (past) dot(f, past.bad_rate, past.false_rejection_rate, "diamond");
    dot(f, at("bad_rate"), at("false_rejection_rate"));
  }
  function clickable(f, name) {
    f.svg.style.cursor = "pointer";
    f.svg.addEventListener("click", (event) => {
      const box = f.svg.getBoundingClientRect(), scale = f.width / box.width;
      const x = f.x0 + (((event.clientX - box.left) * scale - f.left) / (f.width - f.left - f.right)) * (f.x1 - f.x0);
      moveTo(nearest(name, x));
    });
  }
  function nearest(name, wanted) {
    let best = state.stop, distance = Infinity;
    group().curve[name].forEach((value, i) => {
      if (isNumber(value) && Math.abs(value - wanted) < distance) { best = i; distance = Math.abs(value - wanted); }
    });
    return best;
  }
  function drawKey() {
    const key = clear(byId("tradeoff-key"));
    const entry = (type, style, text) => { const li = add(key, "li"); const mark = add(li, "i", null, { class: type }); if (style) mark.style.cssText = style; li.append(text); };
    if (data.certified !== null && state.group === 0) entry("box", `background:${SHADE};border:1px solid ${GREEN}`, say("certified_region"));
    entry("box", "background:#c9d3db", say(group().curve.bad_rate.some(isNumber) ? "interval" : "bounds"));
    if (!sample().everybody) entry("dash", `border-color:${GREY}`, say("way_labelled"));
    entry("dot", `background:${INK}`, say("slider"));
    if (group().incumbent) entry("diamond", "", say("past_policy"));
  }
  function read(body, kind, heading, value, small) {
    const row = add(body, "tr", null, kind ? { class: kind } : {});
    add(row, "th", heading, { scope: "row" });
    const cell = add(row, "td", value);
    if (small) add(cell, "small", small);
    return cell;
  }
  function showReadings() {
    const body = clear(byId("readings")), found = group();
    byId("cutoff").textContent = cutoffText(data.stops[state.stop]);
    const badge = byId("badge");
    badge.textContent = certifiedText();
    badge.className = isCertified(state.stop) ? "badge yes" : "badge";
    const approval = at("approval_rate");
    byId("slider").setAttribute("aria-valuetext", `${say("pd_cutoff")} ${cutoffText(data.stops[state.stop])}, ${say("approval_rate")} ${percent(approval, 1)}, ${certifiedText()}`);
    read(body, "", say("applicants"), count(found.n));
    if (!isNumber(approval)) { read(body, "main", say("approves_nobody"), ""); return; }
    const way = say(sample().everybody ? "way_known" : "way_corrected");
    for (const [rate, digits] of RATES) {
      const limits = [at(rate + "_lower"), at(rate + "_upper")].map((value) => percent(value, digits));
      const cell = read(body, "main " + rate, say(rate), percent(at(rate), digits), between(...limits));
      cell.firstChild.data && (cell.id = "read-" + rate);
      if (rate === "approval_rate") continue;
      if (isNumber(at(rate))) body.lastChild.firstChild.append(smallText(way));
      else body.lastChild.firstChild.append(smallText(say("bounds")));
      if (sample().everybody) continue;
      read(body, "", say("way_labelled"), percent(at("labelled_" + rate), digits)).id = "read-labelled_" + rate;
      read(body, "", say("way_worst"), between(percent(at(`worst_${rate}_lower`), digits), percent(at(`worst_${rate}_upper`), digits))).id = "read-worst_" + rate;
      if (found.curve[`gamma_${rate}_lower`]) {
        read(body, "", say("way_gamma", { gamma: data.gamma }), between(percent(at(`gamma_${rate}_lower`), digits), percent(at(`gamma_${rate}_upper`), digits))).id = "read-gamma_" + rate;
      }
    }
    const blocked = at("goods_blocked");
    read(body, "main", say("goods_blocked"), count(blocked), between(count(at("goods_blocked_lower")), count(at("goods_blocked_upper")))).id = "read-goods_blocked";
    if (isNumber(blocked)) body.lastChild.firstChild.append(smallText(say("in_sample", { n: count((blocked * found.n) / 1000) })));
    read(body, "main profit", say("profit"), money(at("profit")), between(money(at("profit_lower")), money(at("profit_upper")))).id = "read-profit";
    const past = found.incumbent;
    if (past && isNumber(past.profit) && isNumber(at("profit"))) {
      read(body, "", say("profit_1000"), signed(1000 * (at("profit") - past.profit))).id = "read-profit_1000";
    }
    read(body, "", say("loss_rate"), percent(at("loss_rate"), 2)).id = "read-loss_rate";
  }
  function smallText(text) { const small = document.createElement("small"); small.textContent = text; return small; }
  function showSegments() {
    const table = byId("segments-table");
    if (!table) return;
    const head = add(add(clear(table), "thead"), "tr");
    add(head, "th", say("segment"), { scope: "col" });
    for (const name of ["applicants", "approval_rate", "bad_rate", "false_rejection_rate", "goods_blocked", "profit"]) add(head, "th", say(name), { scope: "col", class: "n" });
    const body = add(table, "tbody");
    let segment;
    for (const found of sample().groups) {
      if (found.segment !== segment && found.segment !== null) {
        add(add(body, "tr", null, { class: "group" }), "th", data.labels[found.segment][state.language], { colspan: 7, scope: "colgroup" });
      }
      segment = found.segment;
      const row = add(body, "tr");
      add(row, "th", found.segment === null ? say("all_applicants") : found.label, { scope: "row" });
      add(row, "td", count(found.n), { class: "n" });
      const cell = (name, text) => {
        const td = add(row, "td", text(at(name, found)), { class: "n" });
        if (isNumber(at(name + "_lower", found))) add(td, "small", between(text(at(name + "_lower", found)), text(at(name + "_upper", found))));
      };
      if (!isNumber(at("approval_rate", found))) { add(row, "td", say("approves_nobody"), { colspan: 5 }); continue; }
      cell("approval_rate", (value) => percent(value, 1));
      cell("bad_rate", (value) => percent(value, 2));
      cell("false_rejection_rate", (value) => percent(value, 1));
      cell("goods_blocked", count);
      cell("profit", money);
    }
  }
  function showTable() {
    const table = clear(byId("tradeoff-table")), curve = group().curve;
    const head = add(add(table, "thead"), "tr");
    for (const name of ["pd_cutoff", "approval_rate", "bad_rate", "false_rejection_rate", "profit", "is_certified"]) add(head, "th", say(name), { scope: "col", class: "n" });
    const body = add(table, "tbody");
    let next = 0;
    data.stops.forEach((cutoff, i) => {
      const approval = curve.approval_rate[i];
      if (!isNumber(approval) || (approval < next && i !== data.chosen)) return;
      while (next <= approval) next += 0.05;
      const row = add(body, "tr");
      for (const text of [cutoffText(cutoff), percent(approval, 1), percent(curve.bad_rate[i], 2), percent(curve.false_rejection_rate[i], 1), money(curve.profit[i]), data.certified === null || state.group !== 0 ? "" : say(data.certified[i] ? "yes" : "no")]) add(row, "td", text, { class: "n" });
    });
  }
  function showTradeoff() {
    showReadings();
    ["bad_rate", "false_rejection_rate", "profit"].forEach(drawRate);
    drawFrontier();
    showSegments();
    byId("stricter").disabled = state.stop === 0;
    byId("lenient").disabled = state.stop === data.stops.length - 1;
    byId("to-past").disabled = !group().incumbent;
  }
  function moveTo(stop) {
    state.stop = Math.min(Math.max(stop, 0), data.stops.length - 1);
    byId("slider").value = state.stop;
    showTradeoff();
  }
  function fill(select, options, chosen) {
    clear(select);
    options.forEach((text, i) => { add(select, "option", text, { value: i }); });
    select.value = chosen;
  }
  function showChoices() {
    fill(byId("sample"), data.samples.map((found) => say("short_" + found.name)), state.sample);
    fill(byId("group"), sample().groups.map(ofGroup), state.group);
    const reason = byId("reason-group");
    if (reason) fill(reason, data.reasons.map(ofGroup), state.reason);
  }

  // The other pictures --------------------------------------------------------------------------
  function bars(host, label, rows, text) {
    clear(host);
    const width = Math.max(host.clientWidth || 600, 260), narrow = width < 560;
    const left = narrow ? 4 : Math.min(330, width * 0.4), step = narrow ? 44 : 30, height = rows.length * step + 6;
    const svg = draw(host, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
    const most = Math.max(...rows.map((row) => row.value), 1), room = width - left - 84;
    rows.forEach((row, i) => {
      const y = i * step + (narrow ? 20 : 6);
      if (narrow) draw(svg, "text", { x: left, y: y - 5 }, row.label);
      else draw(svg, "text", { x: left - 10, y: y + 14, "text-anchor": "end" }, row.label);
      draw(svg, "rect", { x: left, y, width: Math.max((row.value / most) * room, 1), height: 19, rx: 2, fill: row.light });
      if (row.part !== undefined) draw(svg, "rect", { x: left, y, width: (row.part / most) * room, height: 19, rx: 2, fill: row.dark });
      draw(svg, "text", { x: left + (row.value / most) * room + 7, y: y + 14, class: "strong" }, text(row));
    });
  }
  function drawGates() {
    const host = byId("chart-gates");
    if (!host) return;
    const colours = { system: "#7a7a7a", profile: "#56b4e9", credit_record: "#e69f00", score: BLUE, policy: "#cc79a7", review: "#97a3ae" };
    bars(host, say("gates_title"), data.gates.map((row) => ({ label: say("gate_" + row.cause), value: data.blame.length ? row.n : row.goods, light: colours[row.cause] })), (row) => count(row.value));
  }
  function drawReasons() {
    const host = byId("chart-reasons");
    if (!host) return;
    const found = data.reasons[state.reason];
    bars(host, say("reasons_title"), found.reasons.map((row) => ({ label: row.words[state.language], value: row.n, part: row.first, light: "#a9d3ec", dark: BLUE })), (row) => (found.n ? percent(row.value / found.n, 0) : ""));
  }
  function drawDistribution() {
    const found = data.distribution, x = found.edges.map(logit), colours = { good: BLUE, bad: ORANGE, unknown: GREY };
    const all = Object.values(found.kinds).flatMap((kind) => kind.shares);
    const range = [x[0], x[x.length - 1]];
    const f = frame(byId("chart-distribution"), say("distribution_title"), { x: range, y: [0, Math.max(...all) * 1.08], xTicks: oddsTicks(...range, 0.12), xText: (v) => shortPercent(fromLogit(v)), yText: shortPercent, height: 300, xLabel: say("word_pd") });
    const key = clear(byId("distribution-key"));
    for (const [name, kind] of Object.entries(found.kinds)) {
      const points = kind.shares.flatMap((share, i) => [[x[i], share], [x[i + 1], share]]);
      line(f, points, colours[name], name === "unknown" ? "5 3" : null);
      const li = add(key, "li"), mark = add(li, "i", null, { class: name === "unknown" ? "dash" : "" });
      mark.style.borderColor = colours[name];
      li.append(say("in_brackets", { text: say("kind_" + name), more: count(kind.n) }));
    }
    rule(f, logit(data.stops[data.chosen] >= 1 ? 0.9999 : data.stops[data.chosen]), "4 3");
  }
  function drawCalibration() {
    if (!data.calibration.length) return;
    const rows = data.calibration, values = rows.flatMap((row) => [row.mean_pd, row.upper, Math.max(row.lower, row.mean_pd / 20)]);
    const inside = values.filter((v) => v > 0 && v < 1).map(logit);
    const range = [Math.min(...inside) - 0.3, Math.max(...inside) + 0.3], marks = oddsTicks(...range, 0.12);
    const clip = (v) => Math.min(Math.max(v > 0 && v < 1 ? logit(v) : v <= 0 ? -99 : 99, range[0]), range[1]);
    const text = (v) => shortPercent(fromLogit(v));
    const f = frame(byId("chart-calibration"), say("calibration_title"), { x: range, y: range, xTicks: marks, yTicks: marks, xText: text, yText: text, height: 330, xLabel: say("mean_pd") });
    line(f, [[range[0], range[0]], [range[1], range[1]]], GREY, "5 4", 1.4);
    for (const row of rows) {
      line(f, [[logit(row.mean_pd), clip(row.lower)], [logit(row.mean_pd), clip(row.upper)]], BLUE, null, 2);
      dot(f, logit(row.mean_pd), clip(row.bad_rate), "circle", BLUE);
    }
  }
  function overMonths(id, label, series, text, zero) {
    const host = byId(id);
    if (!host) return null;
    const rows = data.vintages, values = series.flatMap((name) => rows.map((row) => row[name]));
    if (!values.some(isNumber)) return null;
    const every = Math.ceil(rows.length / Math.max(2, Math.floor((host.clientWidth || 400) / 75)));
    return frame(host, label, { x: [-0.3, rows.length - 0.7], y: span(values, zero), xTicks: rows.map((_, i) => i).filter((i) => i % every === 0), xText: (i) => rows[i].month, yText: text, height: 210 });
  }
  const over = (...names) => data.vintages.map((row, i) => [i, ...names.map((name) => row[name])]);
  function drawVintages() {
    let f = overMonths("chart-vintage-approval", say("approval_rate"), ["approval_rate", "past_approval_rate"], shortPercent);
    if (f) { line(f, over("past_approval_rate"), GREY, "5 4"); line(f, over("approval_rate"), INK); }
    f = overMonths("chart-vintage-bad", say("labelled_bad_rate"), ["lower", "upper"], shortPercent, true);
    if (f) { band(f, over("lower", "upper"), ORANGE, 0.22); line(f, over("bad_rate"), ORANGE); }
    f = overMonths("chart-vintage-pd", say("mean_pd"), ["mean_pd"], shortPercent, true);
    if (f) line(f, over("mean_pd"), BLUE);
    f = overMonths("chart-vintage-psi", say("psi"), ["psi", "psi_by_chance"], (v) => String(Number(v.toPrecision(2))), true);
    if (f) { line(f, over("psi_by_chance"), GREY, "5 4"); line(f, over("psi"), BLUE); }
  }
  function drawAll() {
    showTradeoff(); drawKey(); showTable(); drawGates(); drawReasons(); drawDistribution(); drawCalibration(); drawVintages();
    document.dispatchEvent(new Event("riskkit-drawn"));
  }

  // Applicant lookup ------------------------------------------------------------------------------
  function sha256(text) {  // FIPS 180-4; crypto.subtle is not there for files in every browser
    const primes = [], isPrime = (n) => primes.every((p) => p * p > n || n % p);
    for (let n = 2; primes.length < 64; n += 1) if (isPrime(n)) primes.push(n);
    const fraction = (x) => Math.floor((x - Math.floor(x)) * 4294967296) >>> 0;
    const K = primes.map((p) => fraction(Math.cbrt(p))), H = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
    const bytes = [...new TextEncoder().encode(text)], bits = bytes.length * 8;
    bytes.push(128);
    while (bytes.length % 64 !== 56) bytes.push(0);
    for (let i = 7; i >= 0; i -= 1) bytes.push(Math.floor(bits / Math.pow(256, i)) % 256);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let start = 0; start < bytes.length; start += 64) {
      const w = [];
      for (let i = 0; i < 16; i += 1) w.push((bytes[start + 4 * i] << 24) | (bytes[start + 4 * i + 1] << 16) | (bytes[start + 4 * i + 2] << 8) | bytes[start + 4 * i + 3]);
      for (let i = 16; i < 64; i += 1) {
        const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3), s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w.push((w[i - 16] + s0 + w[i - 7] + s1) | 0);
      }
      let [a, b, c, d, e, g, h, k] = H;
      for (let i = 0; i < 64; i += 1) {
        const t1 = (k + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & g) ^ (~e & h)) + K[i] + w[i]) | 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        k = h; h = g; g = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, g, h, k].forEach((value, i) => { H[i] = (H[i] + value) | 0; });
    }
    return H.map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
  }
  function showFound() {
    const host = byId("lookup-found");
    if (!host || lookedUp === null) return;
    clear(host);
    const key = data.lookup.salt === null ? lookedUp : sha256(`${data.lookup.salt}:${lookedUp}`);
    const found = Object.prototype.hasOwnProperty.call(data.lookup.entries, key) ? data.lookup.entries[key] : null;
    const box = add(host, "div", null, { class: "found" });
    if (!found) { add(box, "p", say("lookup_absent")); return; }
    const words = (text) => text[state.language];
    add(box, "h3", say("lookup_why"));
    for (const text of found.decision) add(box, "p", words(text).replace("{}", () => lookedUp));
    if (found.reasons.length) {
      add(box, "p", say("lookup_reasons"));
      const list = add(box, "ol");
      for (const reason of found.reasons) {
        const item = add(list, "li", words(reason.words));
        if (reason.advice) add(item, "div", words(reason.advice), { class: "small" });
      }
    }
    if (found.say) { add(box, "h3", say("lookup_say")); add(box, "p", words(found.say)); }
    if (found.steps.heading) {
      add(box, "h3", say("lookup_do"));
      add(box, "p", words(found.steps.heading));
      const list = add(box, "ul");
      for (const plan of found.steps.plans) {
        if (plan.length === 1) { add(list, "li", words(plan[0])); continue; }
        const changes = add(add(list, "li", words(found.steps.together)), "ul");
        for (const change of plan) add(changes, "li", words(change));
      }
    }
  }

  // What people do ----------------------------------------------------------------------------------
  function speak(language) {
    state.language = language;
    root.lang = language;
    root.dataset.language = language;
    root.dataset.lang = language;
    document.title = say("title");
    for (const button of document.querySelectorAll("[data-language]")) {
      if (button.tagName === "BUTTON") button.setAttribute("aria-pressed", String(button.dataset.language === language));
    }
    showChoices(); drawAll(); showFound();
  }
  for (const button of document.querySelectorAll("button[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
  byId("print").addEventListener("click", () => window.print());
  byId("slider").addEventListener("input", (event) => moveTo(Number(event.target.value)));
  byId("stricter").addEventListener("click", () => moveTo(state.stop - 1));
  byId("lenient").addEventListener("click", () => moveTo(state.stop + 1));
  byId("to-chosen").addEventListener("click", () => moveTo(data.chosen));
  byId("to-past").addEventListener("click", () => moveTo(nearest("approval_rate", group().incumbent.approval_rate)));
  byId("group").addEventListener("change", (event) => { state.group = Number(event.target.value); drawKey(); showTable(); showTradeoff(); });
  byId("sample").addEventListener("change", (event) => {
    const before = group();
    state.sample = Number(event.target.value);
    state.group = Math.max(0, sample().groups.findIndex((found) => found.segment === before.segment && found.label === before.label));
    showChoices(); drawKey(); showTable(); showTradeoff();
  });
  if (byId("reason-group")) byId("reason-group").addEventListener("change", (event) => { state.reason = Number(event.target.value); drawReasons(); });
  if (byId("lookup-form")) byId("lookup-form").addEventListener("submit", (event) => { event.preventDefault(); lookedUp = byId("lookup-id").value.trim(); showFound(); });
  let width = document.body.clientWidth, waiting;
  window.addEventListener("resize", () => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
  window.addEventListener("beforeprint", drawAll);
  const links = [...document.querySelectorAll("nav a")];
  if ("IntersectionObserver" in window) {
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) for (const link of links) link.classList.toggle("here", link.hash === "#" + entry.target.id);
    }, { rootMargin: "-15% 0px -75% 0px" });
    for (const section of document.querySelectorAll("main > section")) seen.observe(section);
  }
  speak(state.language);
})();
