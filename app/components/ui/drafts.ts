import { useRouteLoaderData } from "@remix-run/react";

const PREFIX = "tock-draft ";

/** The storage key of a user's draft. The user id keeps a draft from the next user of the same tab. */
const draftKey = (userId: string | undefined, name: string | undefined): string | undefined =>
  userId && name && `${userId} ${name}`;

/** As `draftKey`, for the signed-in user; undefined while no user is signed in. */
export const useDraftKey = (name: string | undefined): string | undefined => draftKey(useUserId(), name);

export const useUserId = (): string | undefined =>
  useRouteLoaderData<{ userId: string | null }>("root")?.userId ?? undefined;

/** @returns what was stored with `writeDraft`; undefined without one, or where the browser denies storage */
export function readDraft<T>(key: string | undefined): T | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key) ?? "") as T;
  } catch {
    return undefined;
  }
}

/** Stores a draft for this tab; without a value, removes it. */
export function writeDraft(key: string | undefined, value?: unknown): void {
  try {
    if (key && value) sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
    else sessionStorage.removeItem(PREFIX + key);
  } catch {
    // Storage is denied or full: the text is still on the page.
  }
}

/** The fields of a form, with the id of its user. */
export type SentForm = Record<string, string>;

/** Removes the draft of a task's form. */
export const removeTaskDraft = ({ user_id }: SentForm, id: string | undefined): void =>
  writeDraft(draftKey(user_id, `task-${id}`));

/** The storage key of the forms that were sent without waiting and have no answer yet: `useDraftKey("sent")`. */
const sentKey = ({ user_id }: SentForm): string | undefined => draftKey(user_id, "sent");

/** Stores a form until its answer has arrived. */
export function addSentForm(form: SentForm): void {
  const others = removeSentForm(form);
  writeDraft(sentKey(form), [...others, form]);
}

/** @returns the other forms without an answer */
export function removeSentForm(form: SentForm): SentForm[] {
  const key = sentKey(form);
  const all = readDraft<SentForm[]>(key) ?? [];
  const others = all.filter((other) => JSON.stringify(other) !== JSON.stringify(form));
  writeDraft(key, others.length > 0 && others);
  return others;
}

/** Removes the drafts of all users from this tab. */
export function clearDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Storage is denied: there are no drafts.
  }
}
