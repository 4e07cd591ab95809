import { existsSync, readFileSync } from 'node:fs';
import { type Profiler, type Runtime, Session } from 'node:inspector/promises';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const SAMPLING_INTERVAL_US = 200;

/** One function on the stack, and what was called from it. */
interface Frame {
  readonly name: string;
  readonly library: string;
  ms: number;
  readonly callees: Map<string, Frame>;
}

export interface Sampled {
  /** Milliseconds a call, by whose code they were spent in. */
  readonly selfMs: ReadonlyMap<string, number>;
  readonly root: Frame;
}

/** Samples where this process spends its time while that runs; what it waits is left out. */
export async function profile(run: () => Promise<unknown>, calls: number): Promise<Sampled> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  await run();
  const { profile: recorded } = await session.post('Profiler.stop');
  session.disconnect();
  return read(recorded, calls);
}

function read({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, calls: number): Sampled {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const selfMs = new Map<string, number>();
  const root: Frame = { name: 'all', library: '', ms: 0, callees: new Map() };
  for (const [n, id] of samples.entries()) {
    const ms = (timeDeltas[n + 1] ?? 0) / 1_000 / calls;
    const stack: Runtime.CallFrame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame !== undefined && frame.functionName !== '(root)') stack.unshift(frame);
    }
    const top = stack.at(-1);
    if (top === undefined || top.functionName === '(idle)') continue;
    // What is written in C++ has no file: it is told by its caller's, as that is who wants it.
    const library = libraryOf(stack.findLast(({ url }) => url !== '') ?? top);
    selfMs.set(library, (selfMs.get(library) ?? 0) + ms);
    root.ms += ms;
    let within = root;
    for (const frame of stack) {
      const name = frame.functionName || '(anonymous)';
      const key = `${name} ${frame.url}:${frame.lineNumber}`;
      const known = within.callees.get(key) ?? {
        ...{ name, library: libraryOf(frame), ms: 0, callees: new Map() },
      };
      within.callees.set(key, known);
      known.ms += ms;
      within = known;
    }
  }
  return { selfMs, root };
}

const maps = new Map<string, SourceMap | undefined>();

/** Whose code that is: a package, this repository's, or a part of Node. */
function libraryOf({ url, lineNumber, columnNumber, functionName }: Runtime.CallFrame): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return 'system calls and what V8 does not tell';
  if (url.startsWith('node:')) {
    if (/http|_agent/.test(url)) return 'Node: http';
    if (/stream|net$|tty|tls/.test(url)) return 'Node: streams and sockets';
    return /timers|abort|event_target/.test(url) ? 'Node: timers and signals' : 'Node: all else';
  }
  const source = sourceOf(url, lineNumber, columnNumber);
  const path = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source);
  if (path?.[1] !== undefined) return path[1];
  return /\/functions\//.test(source) ? 'own code' : 'the measurement';
}

function sourceOf(url: string, line: number, column: number): string {
  if (!url.startsWith('file:')) return url;
  const path = fileURLToPath(url.replace(/\?.*/, ''));
  if (!maps.has(path)) {
    const file = `${path}.map`;
    maps.set(path, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined);
  }
  const entry = maps.get(path)?.findEntry(line, column);
  return entry !== undefined && 'originalSource' in entry ? entry.originalSource : path;
}

const WIDTH = 1_200;
const ROW = 16;
const COLOURS: readonly [RegExp, string][] = [
  [/^own code/, '#8fc98f'],
  [/^Node/, '#e8c47a'],
  [/^(system|garbage)/, '#c9c9c9'],
  [/^the measurement/, '#e6e6e6'],
  [/./, '#e39a86'],
];

/** @returns an SVG: one graph below the other, callers below what they call; hovering tells name, library and time */
export function flameGraph(sampled: Readonly<Record<string, Sampled>>): string {
  const parts: string[] = [];
  let top = 0;
  for (const [title, { root }] of Object.entries(sampled)) {
    const boxes: { x: number; depth: number; width: number; frame: Frame }[] = [];
    const place = (frame: Frame, x: number, depth: number): void => {
      const width = (frame.ms / root.ms) * WIDTH;
      if (width < 2) return;
      if (depth >= 0) boxes.push({ x, depth, width, frame });
      let at = x;
      for (const callee of [...frame.callees.values()].toSorted((a, b) => b.ms - a.ms)) {
        place(callee, at, depth + 1);
        at += (callee.ms / root.ms) * WIDTH;
      }
    };
    place(root, 0, -1);
    const height = (Math.max(0, ...boxes.map(({ depth }) => depth)) + 1) * ROW;
    parts.push(
      `<text x="0" y="${top + 14}" font-weight="bold">${title}: ${root.ms.toFixed(3)} ms a call</text>`,
    );
    for (const { x, depth, width, frame } of boxes) {
      const y = top + 20 + height - (depth + 1) * ROW;
      const colour = COLOURS.find(([library]) => library.test(frame.library))?.[1];
      const letters = Math.floor(width / 6.2);
      const label =
        letters > 3
          ? `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${escaped(frame.name.slice(0, letters))}</text>`
          : '';
      parts.push(
        `<g><title>${escaped(`${frame.name} (${frame.library}): ${frame.ms.toFixed(3)} ms`)}</title>` +
          `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colour}"/>${label}</g>`,
      );
    }
    top += height + 36;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="monospace" font-size="10">
<rect width="100%" height="100%" fill="white"/>
${parts.join('\n')}
</svg>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
