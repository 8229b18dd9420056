// Bundles the map into src/landbridge/report/assets/map.js and gathers the notices of what is inside it.
// Run `npm ci && npm run build` here; the result is committed, so that users need no node.
import {build} from 'esbuild';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const MOST_BYTES = 100_000;
const here = dirname(fileURLToPath(import.meta.url));
const assets = join(here, '../../src/landbridge/report/assets');
const out = join(assets, 'map.js');

// a test compares this with the sources, so that a stale bundle shows without node
const hash = createHash('sha256');
for (const name of readdirSync(join(assets, 'src')).sort()) hash.update(readFileSync(join(assets, 'src', name)));

const made = await build({
  entryPoints: [join(assets, 'src/map.js')],
  outfile: out,
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'landbridgeMap',
  target: 'es2021',
  legalComments: 'none',
  metafile: true,
  nodePaths: [join(here, 'node_modules')],
  absWorkingDir: here,
  banner: {js: '/* landbridge map; contains d3 (ISC), see map.licences.txt; sources ' + hash.digest('hex') + ' */'},
});

const packages = new Set();
for (const path of Object.keys(made.metafile.inputs)) {
  const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const notices = [...packages].sort().map(name => {
  const folder = join(here, 'node_modules', name);
  const {version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
});
const head = 'Notices of the packages bundled into map.js\n';
writeFileSync(join(assets, 'map.licences.txt'), [head, ...notices].join(`\n${'-'.repeat(78)}\n\n`));

const size = statSync(out).size;
console.log(`map.js ${size} bytes, ${packages.size} packages`);
if (size > MOST_BYTES) {
  console.error(`map.js is larger than ${MOST_BYTES} bytes`);
  process.exit(1);
}
