import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretLintRuleReportHandler, SecretLintSourceCode } from '@secretlint/types';

/** Where in a text something stands: the first character and the one after the last. */
export type Span = readonly [start: number, end: number];

/**
 * Of the rules, what is not for us: a filter lets a text say what is not looked for in it, one opens the file that a text
 * is said to come from, and two hide the host of a URL together with its password (`masking.ts` hides the password alone).
 */
const LEFT_OUT = /-rule-(?:filter-comments|gcp|basicauth|database-connection-string)$/;

let found: Span[] = [];

/**
 * Secretlint's rules, run without its core: that is asynchronous, takes seven times as long and leaves 62 performance marks
 * a call behind, which nobody frees. Made with the first text: that takes some milliseconds.
 */
const makeRules = (): SecretLintRuleReportHandler[] =>
  rules
    .filter(({ meta }) => !LEFT_OUT.test(meta.id))
    .map((rule) =>
      rule.create(
        {
          sharedOptions: {},
          createTranslator: () => (messageId) => ({ message: '', messageId: String(messageId), data: {} }),
          report: ({ range }) => found.push(range),
          ignore: () => {},
        },
        { enableIDScanRule: true },
      ),
    );
let made: SecretLintRuleReportHandler[] | undefined;

/**
 * What each rule looks for has a run of that many characters, and is no UUID. Asking them all about a text costs ten
 * microseconds at least, and most texts have none.
 */
const RUN = /(?<![\w-])(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-]))[\w-]{16}/i;

/** @returns where the keys of well-known providers stand in the text, in no order: what the rules of secretlint report */
export function knownSecrets(text: string): readonly Span[] {
  if (!RUN.test(text)) return [];
  made ??= makeRules();
  found = [];
  for (const { file } of made) file?.({ ...NO_FILE, content: text });
  return found;
}

const noLines = (): never => {
  throw new Error('A rule of secretlint asks for lines and columns');
};
const NO_FILE: Omit<SecretLintSourceCode, 'content'> = {
  hasBOM: false,
  filePath: undefined,
  physicalFilePath: undefined,
  contentType: 'text',
  ext: '',
  getFilePath: () => undefined,
  getPhysicalFilePath: () => undefined,
  locationToRange: noLines,
  rangeToLocation: noLines,
  positionToIndex: noLines,
  indexToPosition: noLines,
};
