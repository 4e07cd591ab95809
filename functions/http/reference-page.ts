import { attribute } from './html.ts';

/**
 * The page that renders the API document. Addresses are absolute: a relative one would mean another file at `/docs/` than at
 * `/docs`.
 * @param base the gateway's address, without a slash at its end
 * @param fileName gives the name that a file of the page is served under
 */
export function referencePage(base: string, fileName: (source: string) => string): string {
  const file = (source: string) => attribute(`${base}/docs/${fileName(source)}`);
  const document = attribute(`${base}/openapi.json`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portcullis API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${file('swagger-ui.css')}">
<link rel="stylesheet" href="${file('page.css')}">
</head>
<body>
<noscript>The reference needs scripts. The document itself is at <a href="${document}">openapi.json</a>.</noscript>
<main id="reference" data-document="${document}"></main>
<script src="${file('swagger-ui-bundle.js')}"></script>
<script src="${file('page.js')}"></script>
</body>
</html>
`;
}
