/**
 * An error whose message is written for the person at the keyboard: what is wrong, and what to do now. run.ts prints the message
 * alone, without a stack.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
