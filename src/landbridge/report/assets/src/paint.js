// Paints one frame. Widths and letters are in screen pixels whatever the zoom.
const STEPS = 7;
const THIN = 0.5, THICK = 7;
const LETTERS = 26;

export function palette(root) {
  const style = getComputedStyle(root);
  const read = name => style.getPropertyValue(name).trim();
  return {
    water: read('--map-water'), grid: read('--map-grid'), border: read('--map-border'), none: read('--map-none'),
    ink: read('--map-ink'), halo: read('--map-halo'), more: read('--map-more'), less: read('--map-less'),
    project: read('--map-project'), closed: read('--map-closed'),
    classes: Array.from({length: 9}, (_, i) => read(`--class-${i}`)),
    layer: id => read(`--layer-${id}`) || read('--map-ink'),
  };
}

// Without limits nothing moved enough to be coloured: the middle class.
export function classOf(percent, limits) {
  if (!limits.length) return 4;
  let i = 0;
  while (i < limits.length && percent > limits[i]) i++;
  return i;
}

function flowOf(line, show) {
  if (show === 'base') return line.base;
  if (show === 'change') return line.value - line.base;
  return line.value;
}

// Lines of a layer sorted into classes of width, so that a frame costs a few strokes and not thousands.
export function bundle(laid, layers, show) {
  const bundles = [];
  for (const layer of layers) {
    const items = laid.lines.filter(l => l.line.layer === layer.id);
    // one scale for with, without and change: a small change of a large flow stays a thin line
    const scale = Math.max(0, ...items.map(l => Math.max(l.line.base, l.line.value)));
    const widest = Math.max(0, ...items.map(l => Math.abs(flowOf(l.line, show))));
    if (!(widest > 0)) continue;
    const steps = new Map();
    for (const item of items) {
      const flow = flowOf(item.line, show);
      if (!(Math.abs(flow) > scale * 1e-4)) continue;
      const step = Math.min(STEPS - 1, Math.floor(Math.sqrt(Math.abs(flow) / scale) * STEPS));
      const key = show === 'change' && flow < 0 ? -1 - step : step;
      if (!steps.has(key)) steps.set(key, new Path2D());
      steps.get(key).addPath(item.path);
    }
    bundles.push({layer: layer.id, dashed: layer.dashed, widest, steps: [...steps].sort((a, b) => Math.abs(a[0]) - Math.abs(b[0]))});
  }
  return bundles;
}

export function strokeWidth(key) {
  const step = key < 0 ? -1 - key : key;
  return THIN + (THICK - THIN) * (step / (STEPS - 1)) ** 1.5;
}

export function paint(context, state) {
  const {laid, colours, transform: t, ratio} = state;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, laid.width, laid.height);
  context.translate(t.x, t.y);
  context.scale(t.k, t.k);
  context.lineJoin = 'round';
  context.lineCap = 'round';
  paintGround(context, state);
  paintFlows(context, state);
  if (state.on.has('projects')) paintProjects(context, state);
  if (state.on.has('closures')) paintClosures(context, state);
  if (state.on.has('names')) paintNames(context, state);
  if (state.chosen) {
    context.strokeStyle = colours.ink;
    context.lineWidth = 2 / t.k;
    context.stroke(state.chosen.path);
  }
}

function paintGround(context, {laid, colours, data, on, transform: t}) {
  context.fillStyle = colours.water;
  context.fill(laid.sphere);
  context.strokeStyle = colours.grid;
  context.lineWidth = 0.5 / t.k;
  context.stroke(laid.graticule);
  const income = on.has('income');
  for (const {feature, path} of laid.countries) {
    const row = income ? data.income[feature.id] : undefined;
    context.fillStyle = row && row[1] !== null ? colours.classes[classOf(row[1], data.limits)] : colours.none;
    context.fill(path);
  }
  context.strokeStyle = colours.border;
  context.lineWidth = 0.6 / t.k;
  for (const {path} of laid.countries) context.stroke(path);
}

function paintFlows(context, {bundles, colours, on, show, transform: t}) {
  for (const {layer, dashed, steps} of bundles) {
    if (!on.has(layer)) continue;
    for (const [key, path] of steps) {
      const width = strokeWidth(key);
      context.strokeStyle = show === 'change' ? (key < 0 ? colours.less : colours.more) : colours.layer(layer);
      context.globalAlpha = dashed ? 0.55 : 0.4 + 0.5 * Math.min(1, width / THICK);
      context.lineWidth = width / t.k;
      context.setLineDash(dashed ? [6 / t.k, 4 / t.k] : []);
      context.lineCap = dashed ? 'butt' : 'round';
      context.stroke(path);
    }
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineCap = 'round';
}

function paintProjects(context, {laid, colours, transform: t}) {
  for (const [style, width] of [[colours.halo, 4.5], [colours.project, 2.2]]) {
    for (const {item, path, xy} of laid.projects) {
      if (item.points.length === 1) {
        context.beginPath();
        context.arc(xy[2], xy[3], (width === 4.5 ? 5.5 : 4) / t.k, 0, 2 * Math.PI);
        context.fillStyle = style;
        context.fill();
        continue;
      }
      context.strokeStyle = style;
      context.lineWidth = width / t.k;
      context.stroke(path);
    }
  }
}

function paintClosures(context, {laid, data, colours, transform: t}) {
  for (const closure of data.closures) {
    const at = closure.lon === null ? null : laid.project([closure.lon, closure.lat]);
    if (!at) continue;
    const r = 7 / t.k;
    context.lineWidth = 3.2 / t.k;
    context.strokeStyle = colours.closed;
    context.fillStyle = colours.halo;
    context.beginPath();
    context.arc(at[0], at[1], r, 0, 2 * Math.PI);
    context.fill();
    context.moveTo(at[0] - r * 0.6, at[1] - r * 0.6);
    context.lineTo(at[0] + r * 0.6, at[1] + r * 0.6);
    context.moveTo(at[0] + r * 0.6, at[1] - r * 0.6);
    context.lineTo(at[0] - r * 0.6, at[1] + r * 0.6);
    context.stroke();
  }
}

// The start of a long name: the tooltip has the whole of it.
function short(name) {
  return name.length <= LETTERS ? name : `${name.slice(0, LETTERS).replace(/[\s,(-]+\S*$/, '')} …`;
}

// Names in order of importance; one that would touch an earlier one is left out.
function paintNames(context, state) {
  const {laid, data, colours, transform: t} = state;
  const taken = [];
  const write = (text, x, y, size, colour, always) => {
    context.font = `${size / t.k}px ${data.font}`;
    const half = context.measureText(text).width / 2 + 3 / t.k, high = size * 0.75 / t.k;
    const box = [x - half, y - high, x + half, y + high];
    if (!always && taken.some(b => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) return;
    taken.push(box);
    context.lineWidth = 3 / t.k;
    context.strokeStyle = colours.halo;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  };
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  if (state.on.has('closures')) {
    for (const c of data.closures) {
      const at = c.lon === null ? null : laid.project([c.lon, c.lat]);
      if (at) write(c.label, at[0], at[1] + 17 / t.k, 12, colours.closed, true);
    }
  }
  if (state.on.has('projects')) {
    for (const {item, xy} of laid.projects) {
      const middle = 2 * Math.floor(xy.length / 4);
      const i = Number.isNaN(xy[middle]) ? middle + 2 : middle;
      if ((item.label && laid.width * t.k > 700) || t.k >= 4) write(short(item.name), xy[i], xy[i + 1] - 10 / t.k, 11.5, colours.project, false);
    }
  }
  for (const {feature, place} of laid.countries) {
    const row = data.income[feature.id];
    const name = row ? row[0] : feature.properties && feature.properties.name;
    if (name && place.width * t.k > 7.5 * name.length) write(name, place.at[0], place.at[1], 11, colours.ink, false);
  }
}
