// Projection, paths projected once per size, and what lies under the pointer.
import {geoPath, geoGraticule10} from 'd3-geo';
import {geoRobinson} from 'd3-geo-projection';

// Keeps Chukotka in one piece; the standard cut for maps of Eurasia.
const ROTATE = [-11, 0];

// What must fit into the frame: no freight goes to the far south.
const LIVED_IN = {type: 'MultiPoint', coordinates: [[-168.9, 0], [-169.1 + 360, 0], [11, 83.5], [11, -57]]};

// A drawing context that records projected points for picking while it draws into a Path2D.
class Recorder {
  constructor() { this.path = new Path2D(); this.xy = []; }
  moveTo(x, y) { this.path.moveTo(x, y); this.xy.push(NaN, NaN, x, y); }
  lineTo(x, y) { this.path.lineTo(x, y); this.xy.push(x, y); }
  // geoPath draws a point as a circle: only its centre is of use for picking
  arc(x, y, r, a, b) { this.path.arc(x, y, r, a, b); this.xy = [NaN, NaN, x, y]; }
  closePath() { this.path.closePath(); }
}

function recorded(project, object) {
  const into = new Recorder();
  geoPath(project, into)(object);
  return into;
}

function outline(points) {
  return points.length === 1 ? {type: 'Point', coordinates: points[0]} : {type: 'LineString', coordinates: points};
}

export function layout(model, width, height) {
  const margin = 4;
  const project = geoRobinson().rotate(ROTATE).precision(0.3)
    .fitExtent([[margin, margin], [width - margin, height - margin]], LIVED_IN);
  const path = geoPath(project);
  const shape = object => recorded(project, object).path;
  return {
    width, height, project,
    sphere: shape({type: 'Sphere'}),
    graticule: shape(geoGraticule10()),
    countries: model.countries.map(f => ({feature: f, path: shape(f), box: path.bounds(f), place: labelPlace(path, f)})),
    lines: model.lines.map(line => ({line, ...recorded(project, outline(line.points))})),
    projects: model.projects.map(item => ({item, ...recorded(project, outline(item.points))})),
  };
}

// The middle of a country's largest part, and how wide that part is: overseas parts would pull a label into the sea.
function labelPlace(path, f) {
  let best = null, size = -1;
  for (const coordinates of f.geometry.coordinates) {
    const part = {type: 'Polygon', coordinates};
    const area = path.area(part);
    if (area > size) { size = area; best = part; }
  }
  const box = path.bounds(best);
  return {at: path.centroid(best), width: box[1][0] - box[0][0]};
}

function distance2(px, py, ax, ay, bx, by) {
  const dx = bx - ax, dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const t = length2 ? Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length2)) : 0;
  const x = ax + t * dx - px, y = ay + t * dy - py;
  return x * x + y * y;
}

// The nearest recorded line within `reach` (both in unzoomed pixels), or null.
export function nearest(items, x, y, reach) {
  let best = null, least = reach * reach;
  for (const item of items) {
    const xy = item.xy;
    for (let i = 2; i < xy.length; i += 2) {
      if (Number.isNaN(xy[i])) continue;
      const single = Number.isNaN(xy[i - 2]);
      const d = distance2(x, y, single ? xy[i] : xy[i - 2], single ? xy[i + 1] : xy[i - 1], xy[i], xy[i + 1]);
      if (d < least) { least = d; best = item; }
    }
  }
  return best;
}

export function countryAt(laid, context, x, y) {
  for (const country of laid.countries) {
    const [[x0, y0], [x1, y1]] = country.box;
    if (x >= x0 && x <= x1 && y >= y0 && y <= y1 && context.isPointInPath(country.path, x, y)) return country;
  }
  return null;
}
