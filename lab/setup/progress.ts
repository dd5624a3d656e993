/**
 * Says that a long step is still going on, and for how long. Everything in this folder that takes more than a second goes through
 * `withProgress`.
 */

export type Say = (line: string) => void;

const reminderMs = 15_000;

/** Runs a step, saying its label at the start, every 15 s, and at the end with the time it took. */
export async function withProgress<T>(
  { say, label }: { say: Say; label: string },
  step: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  say(`${label} …`);
  const reminder = setInterval(() => {
    say(`${label} … ${elapsed(Date.now() - startedAt)}`);
  }, reminderMs);
  try {
    const result = await step();
    say(`${label}: done in ${elapsed(Date.now() - startedAt)}`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/** Formats a duration as people say it: `40 s`, `2 min 5 s`. */
export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
