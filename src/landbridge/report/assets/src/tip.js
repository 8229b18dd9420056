// What the tooltip says. Text nodes only: names come from data files and are never taken for markup.
import {number} from './controls.js';

export function countryText(data, feature) {
  const row = data.income[feature.id];
  const name = row ? row[0] : (feature.properties && feature.properties.name) || feature.id || 'Unnamed';
  if (!row || row[1] === null) return [name, 'real income not modelled'];
  const lines = [name, `real income ${number(row[1], true)} %`];
  if (row[2] !== null && row[3] !== null) lines.push(`range ${number(row[2], true)} to ${number(row[3], true)} %`);
  lines.push(row[4]);
  return lines;
}

export function itemText(data, found) {
  if (found.item) return [found.item.name, ...found.item.lines];
  const {layer, name, base, value, unit} = found.line;
  const kind = data.layers.find(l => l.id === layer).label;
  const moved = value - base;
  return [
    name || kind, name ? kind : '',
    `${number(value)} ${unit} ${data.sides[1]}`,
    Math.abs(moved) > 5e-4 * Math.max(Math.abs(base), Math.abs(value)) ? `${number(base)} ${data.sides[0]} (${number(moved, true)})` : 'unchanged',
  ].filter(Boolean);
}

export function showTip(tip, frame, x, y, lines) {
  tip.textContent = '';
  lines.forEach((line, i) => {
    const row = document.createElement(i ? 'div' : 'strong');
    row.textContent = line;
    tip.append(row);
  });
  tip.hidden = false;
  const left = Math.max(4, Math.min(x + 14, frame.clientWidth - tip.offsetWidth - 4));
  const top = y + 16 + tip.offsetHeight > frame.clientHeight ? y - tip.offsetHeight - 10 : y + 16;
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}
