import { keyNames, raise } from './page.ts';

const [url = '', apiKey = ''] = process.argv.slice(2);
console.log(JSON.stringify([await keyNames(url, apiKey), await raise(url, apiKey)]));
