// Reads the page's data: outlines as features, lines as [lon, lat] points. Both come delta-coded in hundredths of a
// degree, which is what keeps thousands of them small.
export function unpackLine(deltas) {
  const points = [];
  let lon = 0, lat = 0;
  for (let i = 0; i + 1 < deltas.length; i += 2) {
    lon += deltas[i];
    lat += deltas[i + 1];
    points.push([lon / 100, lat / 100]);
  }
  return points;
}

export function unpack(data) {
  const lines = [];
  for (const layer of data.layers) {
    for (const [name, base, value, deltas] of layer.lines) {
      lines.push({layer: layer.id, name, base, value, unit: layer.unit, points: unpackLine(deltas)});
    }
  }
  return {
    countries: data.outlines.map(([id, name, polygons]) => ({
      type: 'Feature', id, properties: {name},
      geometry: {type: 'MultiPolygon', coordinates: polygons.map(rings => rings.map(unpackLine))},
    })),
    lines,
    projects: data.projects.map(p => ({...p, points: unpackLine(p.deltas)})),
  };
}
