/** The few pieces of Markdown that the pages are made of. Widths and blank lines are for prettier. */

export const markdownTable = (head: readonly string[], rows: readonly string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const bullets = (items: readonly string[]): string =>
  items.map((item) => `- ${item}`).join('\n');

export const numbered = (items: readonly string[]): string =>
  items.map((item, index) => `${index + 1}. ${item}`).join('\n');

export const fenced = (language: string, lines: readonly string[]): string =>
  ['```' + language, ...lines, '```'].join('\n');

export const names = (all: readonly string[]): string =>
  all.map((name) => `\`${name}\``).join(', ');

export const sentence = (words: string): string =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

export const seconds = (ms: number): string => `${ms / 1000} s`;

/** Pieces of a page, with a blank line between each two. */
export const page = (...pieces: readonly string[]): string => pieces.join('\n\n');

export const printedFrom =
  '<!-- Printed from agent/ by `pnpm docs:print`. Do not edit: change agent/transfer/ and print again. -->';
