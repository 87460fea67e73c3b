import { createInterface } from "node:readline/promises";

/**
 * Asks on a terminal whether to do something that deletes data. Elsewhere the option must be given.
 * @param reason what would be lost, as a sentence without a full stop
 * @throws Error with one line unless the answer is yes
 */
export async function confirmLoss(reason: string, allowed: boolean, signal: AbortSignal): Promise<void> {
  if (allowed) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Error(`refused, because ${reason}. To do it anyway, add --yes-really`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(
      `${reason[0]?.toUpperCase()}${reason.slice(1)}.\nType "yes" to continue: `,
      { signal },
    );
    if (answer.trim() !== "yes") throw new Error("nothing was changed");
  } finally {
    terminal.close();
  }
}
