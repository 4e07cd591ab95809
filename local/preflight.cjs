// Runs before anything else, on whatever Node the host has: ES5 syntax only, and no import before the version is known.
'use strict';

var REQUIRED_MAJOR = 24;

function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < REQUIRED_MAJOR) {
  refuse(
    'Portcullis needs Node ' +
      REQUIRED_MAJOR +
      ', but this is Node ' +
      process.versions.node +
      ': the "node" package of npm, which brings the right one, is not installed or its install script was blocked. ' +
      'Run "npm ci" with install scripts allowed (afterwards: "npm rebuild node"), or use Node ' +
      REQUIRED_MAJOR +
      ' or later yourself.',
  );
}

var fs = require('node:fs');
var path = require('node:path');

if (!fs.existsSync(path.join(__dirname, '..', 'node_modules'))) {
  refuse('The packages of Portcullis are not installed. Run "npm ci".');
}
