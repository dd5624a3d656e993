/** Which numbers are rung for a department, and in which order. Pure. */
import type { Destination, Directory } from './directory.ts';
import { isOpen } from './opening-hours.ts';

export type Candidate = { destination: Destination; number: string };

/** The numbers in their order: the department's own, then those of the department behind it. Closed ones have none. */
export function candidates(directory: Directory, wanted: Destination, at: Date): Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<Destination>();
  let destination: Destination | undefined = wanted;
  while (destination && !seen.has(destination)) {
    const here: Destination = destination;
    seen.add(here);
    if (!here.hours || isOpen(here.hours, at))
      found.push(...here.numbers.map((number) => ({ destination: here, number })));
    destination =
      here.otherwise === undefined ? undefined : directory.departments.get(here.otherwise);
  }
  return found;
}
