// Starts the renderer of the API document. What is typed into the page, a key above all, is forgotten with the page.
const reference = document.querySelector('#reference');

const dark = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
followScheme();
dark.addEventListener('change', followScheme);

globalThis.SwaggerUIBundle({
  domNode: reference,
  url: reference.dataset.document,
  // Without these, an address could name another document, and the browser would keep the key.
  queryConfigEnabled: false,
  persistAuthorization: false,
  // It would send the document to a service of its own.
  validatorUrl: null,
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  filter: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The limits and the scope of an operation.
  showExtensions: true,
  showCommonExtensions: true,
});
