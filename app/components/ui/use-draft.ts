import { type RefObject, useEffect } from "react";
import { readDraft, useDraftKey, writeDraft } from "./drafts.ts";
import { textFields } from "./unsaved-text.ts";

/**
 * Keeps the text of a form until it is sent: after a reload, a crash or "Back" it returns to the form.
 * @param name identifies the form; undefined for a form without draft
 * @param rejected whether the fields show text that the server has rejected
 */
export function useDraft(form: RefObject<HTMLFormElement>, name: string | undefined, rejected: boolean) {
  const key = useDraftKey(name);

  useEffect(() => {
    const draft = readDraft<Record<string, string>>(key);
    if (!draft || !form.current) return;
    for (const field of textFields(form.current)) {
      const text = draft[field.name];
      // Text that was typed before hydration is newer.
      if (text === undefined || field.value !== field.defaultValue) continue;
      field.value = text;
      const details = field.closest("details");
      if (details && text) details.open = true;
    }
  }, [form, key]);

  const saveDraft = () => {
    if (!key || !form.current) return;
    const fields = textFields(form.current);
    const unsent = rejected || fields.some(({ value, defaultValue }) => value !== defaultValue);
    // With the hidden fields: they say what the text was based on.
    const kept = [...form.current.querySelectorAll<HTMLInputElement>("[type=hidden]"), ...fields];
    writeDraft(key, unsent && Object.fromEntries(kept.map(({ name, value }) => [name, value])));
  };
  return { saveDraft, removeDraft: () => writeDraft(key) };
}
