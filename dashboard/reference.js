// Starts the renderer of the API document. The page says where the document is; a key that is put in is forgotten with the page.
const element = document.querySelector('#reference');

globalThis.SwaggerUIBundle({
  domNode: element,
  url: element.dataset.document,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  // What is shown is this gateway's document alone.
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  validatorUrl: null,
});
