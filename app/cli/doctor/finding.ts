/** The result of one check, as one line that can be read alone. A problem says what to change. */
export interface Finding {
  level: "ok" | "note" | "problem";
  topic: string;
  text: string;
}

export const ok = (topic: string, text: string): Finding => ({ level: "ok", topic, text });
/** Something that the check cannot decide. */
export const note = (topic: string, text: string): Finding => ({ level: "note", topic, text });
export const problem = (topic: string, text: string): Finding => ({ level: "problem", topic, text });
