import { serialize } from "hono/utils/cookie";
import { z } from "zod";
import { env } from "#app/env.server.ts";
import type { PageContext } from "#app/http/request-context.ts";
import { createSealer, type Sealer } from "#app/services/sealing.server.ts";
import {
  type CookieScope,
  cookieAttributes,
  cookieName,
  readCookie,
  type SetCookie,
} from "./attributes.server.ts";

/*
 * The fields of a task form that arrived after its session had ended. They wait in an encrypted cookie until the same user
 * has signed in again; then the form is shown with them.
 */

/** Time for a sign-in. */
const KEPT_SECONDS = 30 * 60;
/** The longest task (1,200 characters of four bytes) needs two cookies. Browsers accept 4,096 bytes per cookie. */
const cookieNames = (): string[] => ["tock-text-1", "tock-text-2"].map(cookieName);
const COOKIE_CHARACTERS = 3_600;

const keptFormSchema = z.object({
  user_id: z.uuid(),
  /** Seconds since 1970. */
  expires: z.number().refine((seconds) => seconds > Date.now() / 1000),
  form: z.object({
    intent: z.string(),
    id: z.string(),
    title: z.string(),
    description: z.string(),
    /** Of the task that was edited. */
    version: z.string().optional(),
    /** Of a form with a checkbox: "true" if it is checked, else "". */
    completed: z.string().optional(),
  }),
});

/** A kept form: its intent, the id and the version of the task that it changes, its text and its checkbox. */
export type KeptForm = z.output<typeof keptFormSchema>["form"];

let sealer: Sealer | undefined;
function formSealer(): Sealer {
  sealer ??= createSealer("tock kept form", env().SESSION_SECRET);
  return sealer;
}

const seal = (content: unknown): string => formSealer().seal(JSON.stringify(content)).toString("base64url");

/** @returns the sealed content; undefined for a value that is missing, forged, or sealed with a secret that is gone */
function unseal(sealed: string): unknown {
  const text = formSealer().unseal(Buffer.from(sealed, "base64url"));
  return text === undefined ? undefined : JSON.parse(text);
}

// Not Remix's createCookie, which encodes values as JSON in Base64: they would become too long for a cookie.
const setCookie = (name: string, value: string, maxAge: number, scope: CookieScope): SetCookie => [
  "Set-Cookie",
  serialize(name, value, { ...cookieAttributes(scope), maxAge }),
];

/**
 * Seals a form for the user who sent it.
 * @param userId the user to whom the form was shown, as the form says: a cookie expires together with its session
 * @returns the cookies; none for a form that is too long or has no user
 */
export function keepForm(userId: string, form: KeptForm, scope: CookieScope): SetCookie[] {
  const expires = Math.floor(Date.now() / 1000) + KEPT_SECONDS;
  const content = keptFormSchema.safeParse({ user_id: userId, expires, form });
  if (!content.success) return [];
  const names = cookieNames();
  const sealed = seal(content.data);
  if (sealed.length > names.length * COOKIE_CHARACTERS) return [];
  const part = (index: number) => sealed.slice(index * COOKIE_CHARACTERS, (index + 1) * COOKIE_CHARACTERS);
  return names.map((name, index) => setCookie(name, part(index), part(index) ? KEPT_SECONDS : 0, scope));
}

function readKept(request: Request) {
  const sealed = cookieNames()
    .map((name) => readCookie(request, name) ?? "")
    .join("");
  return sealed ? keptFormSchema.safeParse(unseal(sealed)).data : undefined;
}

/** Whether a request brings a form that waits for a sign-in. */
export const hasKeptForm = (request: Request): boolean => readKept(request) !== undefined;

/** @returns the form with this intent that the signed-in user sent after their session had ended; null without one */
export function findKeptForm({ request, pageSession }: PageContext, intent: string): KeptForm | null {
  const kept = readKept(request);
  const userId = pageSession.kind === "signed-in" ? pageSession.session.user.id : undefined;
  return kept?.user_id === userId && kept?.form.intent === intent ? kept.form : null;
}

/** @returns the cookies that remove a kept form; none if the request has none */
export const removeKeptForm = (context: PageContext): SetCookie[] =>
  cookieNames()
    .filter((name) => readCookie(context.request, name))
    .map((name) => setCookie(name, "", 0, context));
