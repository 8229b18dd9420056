// Buttons above the map and the legend below it: plain buttons, so that keyboard and screen reader work as everywhere.
import {strokeWidth} from './paint.js';

function make(tag, text, parent, attributes = {}) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

export function number(value, sign = false) {
  if (value === null || Number.isNaN(value)) return 'unknown';
  const text = Math.abs(value) >= 1e6
    ? new Intl.NumberFormat('en', {notation: 'compact', maximumSignificantDigits: 3}).format(value)
    : new Intl.NumberFormat('en', {maximumSignificantDigits: 3}).format(value);
  return (sign && value > 0 ? '+' : '') + text.replace('-', '−');
}

function toggles(bar, state, act) {
  const group = make('div', '', bar, {class: 'map-group', role: 'group', 'aria-label': 'Layers of the map'});
  for (const {id, label} of state.data.toggles) {
    const button = make('button', '', group, {type: 'button', 'data-layer': id, 'aria-pressed': String(state.on.has(id))});
    make('span', '', button, {class: `swatch swatch-${id}`, 'aria-hidden': 'true'});
    button.append(label);
    button.addEventListener('click', () => {
      act.toggle(id);
      button.setAttribute('aria-pressed', String(state.on.has(id)));
    });
  }
}

function choice(bar, state, act) {
  const group = make('div', '', bar, {class: 'map-group', role: 'group', 'aria-label': 'Which flows'});
  const buttons = state.data.shows.map(({id, label}) => {
    const button = make('button', label, group, {type: 'button', 'data-show': id, 'aria-pressed': String(state.show === id)});
    button.addEventListener('click', () => {
      act.show(id);
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
    });
    return button;
  });
}

function views(bar, state, act) {
  const group = make('div', '', bar, {class: 'map-group', role: 'group', 'aria-label': 'View'});
  make('button', 'World', group, {type: 'button', 'data-view': 'world'}).addEventListener('click', act.world);
  for (const {id, label, box} of state.data.views) {
    make('button', label, group, {type: 'button', 'data-view': id}).addEventListener('click', () => act.around(box));
  }
  const find = make('select', '', group, {'aria-label': 'Find a country on the map'});
  make('option', 'Find a country', find, {value: ''});
  const names = state.model.countries
    .map(f => [f.id, (state.data.income[f.id] || [f.properties && f.properties.name])[0]])
    .filter(([id, name]) => id && name)
    .sort((a, b) => a[1].localeCompare(b[1], 'en'));
  for (const [id, name] of names) make('option', name, find, {value: id});
  find.addEventListener('change', () => act.country(find.value));
}

export function buildControls(bar, frame, state, act) {
  toggles(bar, state, act);
  if (state.data.layers.some(l => l.lines.length)) choice(bar, state, act);
  views(bar, state, act);
  const zoomers = make('div', '', frame, {class: 'map-zoom', role: 'group', 'aria-label': 'Zoom'});
  make('button', '+', zoomers, {type: 'button', 'aria-label': 'Zoom in'}).addEventListener('click', () => act.zoom(1.6));
  make('button', '−', zoomers, {type: 'button', 'aria-label': 'Zoom out'}).addEventListener('click', () => act.zoom(1 / 1.6));
}

function incomeLegend(into, {data, colours}) {
  const {limits} = data;
  const box = make('div', '', into, {class: 'legend-income'});
  make('span', data.incomeLabel, box, {class: 'legend-title'});
  if (!limits.length) {
    box.append('no change anywhere');
    return;
  }
  const scale = make('div', '', box, {class: 'legend-scale'});
  colours.classes.forEach((colour, i) => {
    const cell = make('span', '', scale, {class: 'legend-cell'});
    make('i', '', cell, {style: `background:${colour}`});
    if (i < limits.length) make('b', number(limits[i], true), cell);
  });
  const none = make('span', '', box, {class: 'legend-none'});
  make('i', '', none, {style: `background:${colours.none}`});
  none.append('not modelled');
}

function widthLegend(into, state) {
  const {bundles, colours, show, on, data} = state;
  const seen = bundles.filter(b => on.has(b.layer));
  if (!seen.length) return;
  const box = make('div', '', into, {class: 'legend-widths'});
  make('span', show === 'change' ? 'Widest line, change' : 'Widest line', box, {class: 'legend-title'});
  for (const item of seen) {
    const layer = data.layers.find(l => l.id === item.layer);
    const most = Math.max(...item.steps.map(([key]) => strokeWidth(key)));
    const row = make('span', '', box, {class: 'legend-width'});
    const colour = show === 'change' ? colours.ink : colours.layer(item.layer);
    make('i', '', row, {style: `height:${most.toFixed(1)}px;background:${colour}`});
    row.append(`${layer.label} ${number(item.widest)} ${layer.unit}`);
  }
  if (show === 'change') {
    for (const [colour, text] of [[colours.more, 'more'], [colours.less, 'less']]) {
      const row = make('span', '', box, {class: 'legend-width'});
      make('i', '', row, {style: `height:4px;background:${colour}`});
      row.append(text);
    }
  }
}

export function legend(into, state) {
  into.textContent = '';
  if (state.on.has('income')) incomeLegend(into, state);
  widthLegend(into, state);
  make('p', 'Hover or tap for figures. Click the map, then wheel or + and − to zoom, arrows to move, 0 for the world.', into, {id: 'map-keys', class: 'legend-keys'});
}
