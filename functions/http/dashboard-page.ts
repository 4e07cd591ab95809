import type { DashboardFiles } from '../domain/web-assets.ts';
import { attribute } from './html.ts';

/**
 * The page that the dashboard runs in, the same for everybody at every path. Addresses are absolute: a relative one would mean
 * another file at each.
 * @param base the gateway's address, without a slash at its end
 * @param files what it is made of
 */
export function dashboardPage(base: string, { script, styles, modules }: DashboardFiles): string {
  const file = (name: string) => attribute(`${base}/dashboard/assets/${name}`);
  const links = [
    ...styles.map((name) => `<link rel="stylesheet" href="${file(name)}">`),
    ...modules.map((name) => `<link rel="modulepreload" href="${file(name)}">`),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Portcullis</title>
<link rel="icon" href="data:,">
${links.join('\n')}
</head>
<body>
<noscript>The dashboard needs scripts. The command line, npx portcullis, does the same.</noscript>
<div id="dashboard" data-url="${attribute(base)}"></div>
<script type="module" src="${file(script)}"></script>
</body>
</html>
`;
}
