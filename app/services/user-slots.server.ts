import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from "cockatiel";
import type { AppError } from "#app/errors.ts";

interface UserSlots {
  /** Operations of one user that run at once. */
  max: number;
  /** Further operations of one user that may wait. */
  waitingMax: number;
  rejection: () => AppError;
}

/**
 * Limits what one user has in progress at once, so that others get connections and processor time.
 * @returns a function that runs `work` in a slot of the user; it throws `rejection()` when too many wait
 */
export function createUserSlots({ max, waitingMax, rejection }: UserSlots) {
  const slotsByUser = new Map<string, BulkheadPolicy>();
  return async function withUserSlot<T>(userId: string, work: () => Promise<T>): Promise<T> {
    const slots = slotsByUser.get(userId) ?? bulkhead(max, waitingMax);
    slotsByUser.set(userId, slots);
    try {
      return await slots.execute(work);
    } catch (error) {
      throw error instanceof BulkheadRejectedError ? rejection() : error;
    } finally {
      if (slots.executionSlots === max) slotsByUser.delete(userId);
    }
  };
}
