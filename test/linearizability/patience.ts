/**
 * Loaded before a gateway's process: its limits of time are thirty times as long. The store's faults do not rest on them, and a
 * machine that is busy must not look like a store that hangs: then nothing would be answered, and so nothing be checked.
 */
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/functions/domain/call-limits.ts')) return loaded;
    const source = String(loaded.source);
    const patient = source.replaceAll(/(_TIMEOUT_MS) = (?=\d)/g, '$1 = 30 * ');
    if (patient === source) throw new Error('There are no limits to lengthen');
    return { ...loaded, source: patient };
  },
});
