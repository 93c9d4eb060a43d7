// Bundles the page: everything in one file, so that the browser needs neither a server nor the network.
import { build } from 'esbuild';

await build({
  entryPoints: ['src/main.tsx'],
  outfile: 'dist/main.js',
  bundle: true,
  format: 'iife',
  jsx: 'automatic',
  loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl' },
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  // It reaches into React 18's internals; Grafana's own build for React 19 patches it as well.
  alias: { 'react-custom-scrollbars-2': './shims/scrollbars.tsx' },
  logLevel: 'warning',
});
