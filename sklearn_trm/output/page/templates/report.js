"use strict";
// Draws the front and the law that is chosen from it. Every text goes in as text, never as markup.
(() => {
  const targets = JSON.parse(document.getElementById("drawn").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const WIDE = 30; // largest over smallest value, from which on an axis is logarithmic

  function element(name, attributes = {}, ...children) {
    const node = name.startsWith("svg:")
      ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  const shape = (name, attributes, ...children) => element("svg:" + name, attributes, ...children);
  const known = (values) => values.filter((v) => v !== null && Number.isFinite(v));

  // ------------------------------------------------------------------ axes

  function wide(values) {
    const there = known(values);
    return there.length > 1 && Math.min(...there) > 0
      && Math.max(...there) / Math.min(...there) > WIDE;
  }

  function axis(values, log, room = 0.04) {
    const there = known(values).map((v) => (log ? Math.log10(v) : v));
    let low = Math.min(...there), high = Math.max(...there);
    if (!there.length) [low, high] = [0, 1];
    if (low === high) {
      const half = log ? 0.5 : Math.abs(low) / 10 || 1;
      [low, high] = [low - half, high + half];
    }
    const more = (high - low) * room;
    return { low: low - more, high: high + more, log };
  }

  function ticks({ low, high, log }, most) {
    const out = [];
    if (log) {
      const step = Math.max(1, Math.ceil((high - low) / most));
      for (let p = Math.ceil(low); p <= high; p += step) out.push(p);
      if (out.length >= 2) return out;
      out.length = 0;
      for (let p = Math.floor(low); p <= high; p += 1)
        for (const m of [1, 2, 5]) {
          const at = p + Math.log10(m);
          if (at >= low && at <= high) out.push(at);
        }
      if (out.length >= 2) return out;
      out.length = 0;
    }
    const raw = (high - low) / most, size = 10 ** Math.floor(Math.log10(raw));
    const step = size * ([1, 2, 5, 10].find((m) => m * size >= raw) || 10);
    for (let i = Math.ceil(low / step); i * step <= high; i += 1) out.push(i * step);
    return out;
  }

  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  function label(value, { log, low, high, origin }) {
    const v = log ? 10 ** value : value;
    if (origin) return new Date(Date.parse(origin) + v * 864e5).toISOString().slice(0, 10);
    if (v === 0) return "0";
    const power = Math.floor(Math.log10(Math.abs(v)) + 1e-9);
    if (power > 5 || power < -3) {
      const digits = Number((v / 10 ** power).toPrecision(4));
      const raised = [...String(Math.abs(power))].map((d) => RAISED[d]).join("");
      return `${digits === 1 ? "" : digits + "×"}10${power < 0 ? "⁻" : ""}${raised}`.replace("-", "−");
    }
    const digits = log ? 3 : Math.max(3, 2 + Math.ceil(Math.log10(Math.abs(v) / (high - low))));
    return String(Number(v.toPrecision(Math.min(digits, 12)))).replace("-", "−");
  }

  // ------------------------------------------------------------------ one picture

  let count = 0;
  // plot: {x, y: {name, values, log, origin, whole}, bands, curves, dots, zero, say, after}
  function draw(box, plot) {
    const width = Math.max(260, Math.round(box.clientWidth || 420));
    const height = Math.round(Math.min(330, Math.max(210, width * 0.62)));
    const X = { ...axis(plot.x.values, plot.x.log, plot.x.room), ...pick(plot.x) };
    const Y = { ...axis(plot.y.values, plot.y.log, plot.y.room), ...pick(plot.y) };
    const yTicks = ticks(Y, 5).filter((t) => !plot.y.whole || Number.isInteger(t));
    const texts = yTicks.map((t) => (plot.y.words ? plot.y.words[t] : label(t, Y)));
    const left = 12 + 7 * Math.max(2, ...texts.map((t) => t.length)), top = 26, right = 14;
    const bottom = height - 42;
    const px = (v) => left + (((X.log ? Math.log10(v) : v) - X.low) / (X.high - X.low)) * (width - left - right);
    const py = (v) => bottom - (((Y.log ? Math.log10(v) : v) - Y.low) / (Y.high - Y.low)) * (bottom - top);
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": plot.say });
    yTicks.forEach((t, i) => {
      const at = py(Y.log ? 10 ** t : t);
      svg.append(shape("line", { class: "grid", x1: left, x2: width - right, y1: at, y2: at }),
        shape("text", { x: left - 7, y: at + 4, "text-anchor": "end" }, texts[i]));
    });
    const most = Math.max(2, Math.floor((width - left) / (X.origin ? 100 : 70)));
    for (const t of ticks(X, most).filter((v) => !plot.x.whole || Number.isInteger(v))) {
      const at = px(X.log ? 10 ** t : t);
      svg.append(shape("line", { class: "axis", x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
        shape("text", { x: at, y: bottom + 18, "text-anchor": "middle" }, label(t, X)));
    }
    svg.append(shape("line", { class: "axis", x1: left, x2: width - right, y1: bottom, y2: bottom }));
    if (plot.zero) svg.append(shape("line", { class: "zero", x1: left, x2: width - right, y1: py(0), y2: py(0) }));
    const own = "inside-" + (count += 1);
    svg.append(shape("clipPath", { id: own }, shape("rect", { x: left, y: top, width: width - left - right, height: bottom - top })));
    const within = shape("g", { "clip-path": `url(#${own})` }); // a law may leave the picture
    svg.append(within);
    const inside = (v, a) => v !== null && Number.isFinite(v) && (!a.log || v > 0);
    for (const band of plot.bands || []) within.append(shape("path", { class: "band", d: area(band) }));
    const points = plot.dots || [], many = points.length > 150; // then the law is drawn over them
    const curve = () => within.append(...(plot.curves || []).map((one) =>
      shape("path", { class: "curve " + (one.kind || ""), d: path(one) })));
    if (!many) curve();
    for (const dot of points) {
      if (!inside(dot.x, X) || !inside(dot.y, Y)) continue;
      const size = many ? 2.2 : points.length > 40 ? 3 : 4;
      within.append(shape("circle", { class: "dot " + (dot.kind || ""), cx: fix(px(dot.x)), cy: fix(py(dot.y)), r: size }));
    }
    if (many) curve();
    const names = [shape("text", { class: "title", x: 0, y: 12 }, plot.y.name),
      shape("text", { class: "title", x: width - right, y: height - 6, "text-anchor": "end" }, plot.x.name)];
    svg.append(...names);
    if (plot.after) plot.after(svg, px, py);
    box.replaceChildren(svg);
    for (const name of names) { // long names end in dots
      const whole = name.textContent, share = (width - right) / name.getComputedTextLength();
      if (share < 1) name.textContent = cut(whole, Math.floor(whole.length * share) - 2);
    }

    function path({ x, y }) {
      let out = "", pen = false;
      const room = 4 * height;
      x.forEach((v, i) => {
        const good = inside(v, X) && inside(y[i], Y) && Math.abs(py(y[i])) < room;
        if (good) out += `${pen ? "L" : "M"}${fix(px(v))} ${fix(py(y[i]))}`;
        pen = good;
      });
      return out;
    }
    function area({ x, low, high }) {
      const at = x.map((_, i) => i).filter((i) => inside(x[i], X) && inside(low[i], Y) && inside(high[i], Y));
      const line = (i, v) => `${fix(px(x[i]))} ${fix(Math.max(-height, Math.min(2 * height, py(v))))}`;
      if (at.length < 2) return "";
      return "M" + [...at.map((i) => line(i, high[i])), ...at.reverse().map((i) => line(i, low[i]))].join("L") + "Z";
    }
  }
  const pick = ({ origin }) => ({ origin });
  const fix = (v) => v.toFixed(1);
  const cut = (text, most) => (text.length > most ? text.slice(0, Math.max(most - 1, 1)) + "…" : text);

  function along(x, grid, values) {
    // a curve between its points
    if (x === null) return null;
    let i = grid.findIndex((g) => g >= x);
    if (i < 0) i = grid.length - 1;
    if (i === 0) return values[0];
    if (values[i] === null || values[i - 1] === null) return null;
    const share = Math.min(1, (x - grid[i - 1]) / (grid[i] - grid[i - 1]));
    return values[i - 1] + share * (values[i] - values[i - 1]);
  }

  // ------------------------------------------------------------------ one target

  function start(target, k) {
    const home = document.getElementById("target-" + k);
    const find = (selector) => home.querySelector(selector);
    const radios = [...home.querySelectorAll(`input[name="law-${k}"]`)];
    const named = (name, unit) => (unit ? `${name} (${unit})` : name);
    const yName = named(target.name, target.unit);
    const column = (place) => target.columns.find((c) => c.place === place);
    const group = (i) => (target.groups ? "g" + (target.groups.of[i] % 8) : "");
    let picked = target.chosen, redraw = [];

    function front() {
      const laws = target.laws, losses = laws.map((l) => l.loss);
      const above = losses.filter((v) => v > 0), least = above.length ? Math.min(...above) : 0;
      const shown = losses.map((v) => (v > 0 ? v : least)); // an exact law stands at the floor
      const log = target.kind !== "odds" && wide(shown);
      const order = laws.map((_, i) => i).sort((a, b) => laws[a].complexity - laws[b].complexity);
      let low = Infinity;
      const stair = { x: [], y: [], kind: "thin" };
      for (const i of order) {
        if (shown[i] >= low) continue;
        if (low < Infinity) { stair.x.push(laws[i].complexity); stair.y.push(low); }
        stair.x.push(laws[i].complexity); stair.y.push(low = shown[i]);
      }
      draw(find(".front .canvas"), {
        x: { name: "complexity", values: laws.map((l) => l.complexity), whole: true, room: 0.08 },
        y: { name: target.measure, values: shown, log, room: 0.1 },
        curves: [stair],
        say: `Front of ${laws.length} laws: error over complexity. The table beside it lists them.`,
        after: (svg, px, py) => laws.forEach((law, i) => {
          const at = { cx: fix(px(law.complexity)), cy: fix(py(shown[i])) };
          const r = 4 + 7 * Math.sqrt(law.probability || 0);
          const dot = shape("circle", { ...at, r, class: "law-dot" + (i === target.chosen ? " chosen" : "") },
            shape("title", {}, law.text));
          dot.addEventListener("click", () => { radios[i].checked = true; choose(i, true); });
          svg.append(dot);
          if (i === picked) svg.append(shape("circle", { ...at, r: r + 4, class: "ring" }));
        }),
      });
    }

    function picture(title, caption, plot, keys) {
      const box = element("div", { class: "canvas" });
      const figure = element("figure", {}, element("h3", {}, title), box, element("figcaption", {}, caption));
      if (keys) figure.append(keys);
      find(".pictures").append(figure);
      redraw.push(() => draw(box, plot));
    }

    function key() {
      if (!target.groups) return null;
      const shown = target.groups.labels.slice(0, 8);
      return element("ul", { class: "key" }, ...shown.map((text, i) => element("li", { class: "g" + i }, element("bdi", {}, text))));
    }

    function curvesOf(law, c) {
      const lists = law.curves[c.place] || [];
      return lists.map((y, i) => ({ x: c.grid, y, kind: target.groups ? "g" + (i % 8) : "" }));
    }

    function span(y, curves) {
      // data and curves, unless these leave the data far behind, as at a pole
      const data = known(y), drawn = known(curves.flatMap((one) => one.y));
      const size = (v) => Math.max(...v) - Math.min(...v);
      return data.length > 2 && size([...data, ...drawn]) > 3 * size(data) ? data : [...data, ...drawn];
    }

    function ofValue(law) {
      const y = target.y, left = law.residuals || [];
      const fit = y.map((v, i) => (left[i] === null ? null : v - left[i]));
      const dots = (x, v) => v.map((one, i) => ({ x: x[i], y: one, kind: group(i) }));
      const rest = (c, x, name) => y.length && picture("What it leaves",
        "Data minus law. A pattern here is something the law lacks.", {
          x: { name, values: x, log: wide(x), origin: c && c.date },
          y: { name: `${target.name} − law`, values: [...left, 0] }, zero: true, dots: dots(x, left),
          say: `Residuals over ${name}.`,
        });
      if (law.used.length === 1 && column(law.used[0])) {
        const c = column(law.used[0]), curves = curvesOf(law, c), bands = [];
        const log = wide(c.grid), all = span(y, curves);
        if (law.band) bands.push({ x: c.grid, low: law.band[0], high: law.band[1] });
        picture("Law and data", caption(y, law.band ? " Band: 95% of further measurements, if this is the law." : ""), {
          x: { name: named(c.name, c.unit), values: [...c.grid, ...c.values], log, origin: c.date },
          y: { name: yName, values: all, log: log && wide(all) }, bands, curves, dots: dots(c.values, y),
          say: `${target.name} over ${c.name}: data as points, law as line.`,
        }, key());
        rest(c, c.values, named(c.name, c.unit));
        return;
      }
      if (y.length && !law.used.length) { // a constant
        const x = y.map((_, i) => i + 1), level = fit.find((v) => v !== null);
        picture("Law and data", caption(y, " In the order of the rows."), {
          x: { name: "row", values: x, whole: true }, y: { name: yName, values: [...y, level] },
          curves: [{ x: [x[0], x[x.length - 1]], y: [level, level] }], dots: dots(x, y),
          say: `${target.name} by row, and the constant.`,
        }, key());
        return;
      }
      if (y.length) {
        const both = known([...fit, ...y]), log = wide(fit) && wide(y);
        const ends = [Math.min(...both), Math.max(...both)];
        picture("Law against data", "On the line the law gives just what was measured.", {
          x: { name: `law's ${yName}`, values: both, log }, y: { name: `measured ${yName}`, values: both, log },
          curves: [{ x: ends, y: ends }], dots: dots(fit, y), say: `Measured ${target.name} against what the law gives.`,
        }, key());
        rest(null, fit, `law's ${yName}`);
      }
      for (const c of law.used.map(column).filter(Boolean)) {
        const curves = curvesOf(law, c);
        if (!curves.length) continue;
        const base = curves.map((one) => one.y);
        const points = c.values.map((x, i) => {
          const at = along(x, c.grid, base[target.groups ? Math.min(target.groups.of[i], base.length - 1) : 0]);
          return { x, y: at === null || left[i] === null ? null : at + left[i], kind: group(i) };
        });
        const all = span(points.map((p) => p.y), curves);
        picture(`Along ${cut(c.name, 40)}`, "The other columns at their medians; points: with what the law leaves.", {
          x: { name: named(c.name, c.unit), values: [...c.grid, ...c.values], log: wide(c.grid), origin: c.date },
          y: { name: yName, values: all }, curves, dots: points, say: `The law along ${c.name}.`,
        });
      }
    }

    function caption(y, more) {
      return (y.length ? "Points: data. " : "") + "Line: law." + more;
    }

    function ofOdds(law) {
      const jitter = (i) => (((i * 0.6180339887) % 1) - 0.5) * 0.12; // so that points lie side by side
      const sigmoid = (v) => (v === null ? null : 1 / (1 + Math.exp(-v)));
      const words = { 0: "0", 1: "1" };
      const y = { name: "probability of the class", values: [-0.1, 1.1] };
      if (target.y.length) {
        const odds = law.values, span = axis(odds, false);
        const x = Array.from({ length: 80 }, (_, i) => span.low + (i / 79) * (span.high - span.low));
        picture("Law and classes", "Points: rows, above those of the class. Line: the probability that the law gives.", {
          x: { name: "log odds", values: odds }, y, curves: [{ x, y: x.map(sigmoid) }],
          dots: target.y.map((v, i) => ({ x: odds[i], y: v + jitter(i) })),
          say: "Rows of both classes over the log odds of the law.", words,
        });
      }
      for (const c of law.used.map(column).filter(Boolean)) {
        const curves = curvesOf(law, c).map((one) => ({ ...one, y: one.y.map(sigmoid) }));
        if (!curves.length) continue;
        picture(`Along ${cut(c.name, 40)}`, "Probability, with the other columns at their medians.", {
          x: { name: named(c.name, c.unit), values: [...c.grid, ...c.values], log: wide(c.grid), origin: c.date },
          y, curves, dots: c.values.map((v, i) => ({ x: v, y: target.y[i] + jitter(i) })),
          say: `Probability along ${c.name}.`,
        });
      }
    }

    function constants({ head, rows, note }) {
      const box = find(".constants");
      if (!rows.length) return box.replaceChildren(element("p", { class: "hint" }, "This law holds no constants."));
      const line = (tag, cells) => element("tr", {}, ...cells.map((text) =>
        element(tag, tag === "th" ? { scope: "col" } : {}, element("bdi", {}, text))));
      const table = element("table", { class: "plain" },
        element("caption", { class: "unseen" }, "Constants of the law that is shown"),
        element("thead", {}, line("th", head)), element("tbody", {}, ...rows.map((row) => line("td", row))));
      box.replaceChildren(element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Constants for ${target.name}` }, table));
      if (note) box.append(element("p", { class: "hint" }, note));
    }

    function code() {
      find("pre code").textContent = target.laws[picked].code[find("select").value];
      find(".said").textContent = "";
    }

    function choose(i, tell) {
      picked = i;
      const law = target.laws[i], rows = [...home.querySelectorAll("table.front tbody tr")];
      rows.forEach((row, at) => row.classList.toggle("picked", at === i));
      const math = [...rows[i].querySelectorAll("math")].map((node) => node.cloneNode(true));
      math[0].prepend(...find("template.left").content.firstElementChild.cloneNode(true).childNodes);
      find(".law.small").replaceChildren(...math.flatMap((node) => [node, " "]));
      find(".numbers").textContent = [
        law.name, `complexity ${law.complexity}`, `probability ${law.likely}`,
        law.score !== undefined && (target.kind === "odds" ? `right on ${law.score} of the rows` : `variance explained ${law.score}`),
        law.noise && `noise ${law.noise}`, law.undefined ? `no value on ${law.undefined} rows` : "",
      ].filter(Boolean).join(" · ");
      if (tell) find(".status").textContent = `Shown: ${target.name} = ${law.text}`;
      find(".pictures").replaceChildren();
      redraw = [];
      (target.kind === "odds" ? ofOdds : ofValue)(law);
      constants(law.constants);
      code();
      front();
      redraw.forEach((one) => one());
    }

    async function copy() {
      const text = find("pre code").textContent, said = find(".said");
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(find("pre code")); // to be copied by hand
        said.textContent = "Selected: copy it with Ctrl+C";
      }
    }

    radios.forEach((radio, i) => radio.addEventListener("change", () => choose(i, true)));
    home.querySelectorAll("table.front tbody tr").forEach((row, i) => row.addEventListener("click", (event) => {
      if (event.target.closest("input, label")) return; // these choose by themselves
      radios[i].checked = true;
      choose(i, true);
    }));
    find("select").addEventListener("change", code);
    find(".copy").addEventListener("click", copy);
    radios[picked].checked = true;
    choose(picked, false);
    let before = home.clientWidth;
    new ResizeObserver(() => {
      if (home.clientWidth === before) return;
      before = home.clientWidth;
      front();
      redraw.forEach((one) => one());
    }).observe(home);
  }

  targets.forEach(start);
})();
