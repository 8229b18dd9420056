// The map of a report: mount(root, data) builds canvas, buttons and legend inside `root` and returns a small handle.
import {select} from 'd3-selection';
import {zoom, zoomIdentity} from 'd3-zoom';
import {unpack} from './data.js';
import {countryAt, layout, nearest} from './geometry.js';
import {bundle, paint, palette} from './paint.js';
import {buildControls, legend} from './controls.js';
import {countryText, itemText, showTip} from './tip.js';

const MOST_ZOOM = 40;
const REACH = 7;

function element(tag, attributes = {}, parent = null) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.append(made);
  return made;
}

export function mount(root, data) {
  root.textContent = '';
  const bar = element('div', {class: 'map-bar'}, root);
  const frame = element('div', {class: 'map-frame'}, root);
  const canvas = element('canvas', {tabindex: '0', role: 'img', 'aria-label': data.label, 'aria-describedby': 'map-keys'}, frame);
  const tip = element('div', {class: 'map-tip', role: 'status', hidden: ''}, frame);
  const key = element('div', {class: 'map-legend'}, root);
  // a GPU canvas on a machine without a GPU is forty times slower than this
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const model = unpack(data);
  const state = {
    data, model, transform: zoomIdentity, show: 'value', chosen: null, ratio: 1,
    on: new Set(data.on), colours: palette(root), laid: null, bundles: [], frames: 0,
  };
  let waiting = false;

  const refresh = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  const draw = () => {
    paint(context, state);
    state.frames += 1;
    root.dataset.frames = state.frames;
  };
  const rebundle = () => { state.bundles = bundle(state.laid, data.layers, state.show); };
  const relegend = () => legend(key, state);

  const resize = () => {
    const width = Math.max(240, frame.clientWidth);
    const height = Math.round(Math.min(width * 0.465, Math.max(260, innerHeight * 0.8)));
    state.ratio = Math.min(2, devicePixelRatio || 1);
    canvas.width = width * state.ratio;
    canvas.height = height * state.ratio;
    canvas.style.height = `${height}px`;
    state.laid = layout(model, width, height);
    state.chosen = null;
    behaviour.translateExtent([[0, 0], [width, height]]).extent([[0, 0], [width, height]]);
    rebundle();
    relegend();
    draw();
  };

  // The page scrolls over the map until the map was taken up by a click, a pinch, or ctrl and wheel.
  const behaviour = zoom().scaleExtent([1, MOST_ZOOM])
    .filter(event => {
      if (event.type === 'wheel') return event.ctrlKey || document.activeElement === canvas;
      if (event.type.startsWith('touch')) return event.touches.length > 1 || state.transform.k > 1.01;
      return !event.button;
    })
    .on('zoom', event => {
      state.transform = event.transform;
      canvas.style.touchAction = event.transform.k > 1.01 ? 'none' : 'pan-y';
      refresh();
    });
  const surface = select(canvas).call(behaviour);
  canvas.style.touchAction = 'pan-y';
  canvas.addEventListener('pointerdown', () => canvas.focus({preventScroll: true}));

  const fit = (box, most = MOST_ZOOM) => {
    const {width, height} = state.laid;
    const k = Math.max(1, Math.min(most, 0.9 / Math.max((box[1][0] - box[0][0]) / width, (box[1][1] - box[0][1]) / height)));
    const x = (box[0][0] + box[1][0]) / 2, y = (box[0][1] + box[1][1]) / 2;
    surface.call(behaviour.transform, zoomIdentity.translate(width / 2 - k * x, height / 2 - k * y).scale(k));
  };
  const around = ([west, south, east, north]) => {
    const corners = [[west, south], [west, north], [east, south], [east, north], [(west + east) / 2, north]].map(state.laid.project);
    const xs = corners.map(p => p[0]), ys = corners.map(p => p[1]);
    fit([[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]]);
  };
  const act = {
    toggle(id) { state.on.has(id) ? state.on.delete(id) : state.on.add(id); relegend(); refresh(); },
    show(what) { state.show = what; rebundle(); relegend(); refresh(); },
    zoom(factor) { surface.call(behaviour.scaleBy, factor); },
    world() { state.chosen = null; tip.hidden = true; surface.call(behaviour.transform, zoomIdentity); refresh(); },
    around,
    country(id) {
      const found = state.laid.countries.find(c => c.feature.id === id);
      state.chosen = found || null;
      if (!found) return act.world();
      fit(found.box, 6);
      const t = state.transform;
      showTip(tip, frame, t.applyX(found.place.at[0]), t.applyY(found.place.at[1]), countryText(data, found.feature));
      refresh();
    },
  };

  const point = event => {
    const box = canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const [x, y] = state.transform.invert([px, py]);
    const reach = REACH / state.transform.k;
    context.setTransform(1, 0, 0, 1, 0, 0);  // isPointInPath looks through the current transform
    const project = state.on.has('projects') ? nearest(state.laid.projects, x, y, reach) : null;
    const line = project || nearest(state.laid.lines.filter(l => state.on.has(l.line.layer)), x, y, reach);
    if (line) return showTip(tip, frame, px, py, itemText(data, line));
    const country = countryAt(state.laid, context, x, y);
    if (country) return showTip(tip, frame, px, py, countryText(data, country.feature));
    tip.hidden = true;
    return undefined;
  };
  canvas.addEventListener('pointermove', event => { if (event.pointerType === 'mouse' && !event.buttons) point(event); });
  canvas.addEventListener('click', point);
  canvas.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') tip.hidden = true; });
  canvas.addEventListener('keydown', event => {
    const step = {ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60]}[event.key];
    if (step) surface.call(behaviour.translateBy, step[0] / state.transform.k, step[1] / state.transform.k);
    else if (event.key === '+' || event.key === '=') act.zoom(1.5);
    else if (event.key === '-') act.zoom(1 / 1.5);
    else if (event.key === '0' || event.key === 'Escape') act.world();
    else return;
    event.preventDefault();
  });

  buildControls(bar, frame, state, act);
  resize();
  let width = frame.clientWidth;
  new ResizeObserver(() => { if (frame.clientWidth !== width) { width = frame.clientWidth; resize(); } }).observe(frame);
  const recolour = () => { state.colours = palette(root); relegend(); draw(); };
  for (const query of ['(prefers-color-scheme: dark)', 'print']) matchMedia(query).addEventListener('change', recolour);
  return {state, act, resize};
}
