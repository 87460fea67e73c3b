import { createCookie, createCookieSessionStorage } from "@remix-run/node";
import { env } from "#app/env.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";
import { continuesSession } from "#app/services/session-tokens.server.ts";
import {
  type CookieScope,
  cookieAttributes,
  cookieName,
  isHttps,
  type SetCookie,
} from "./attributes.server.ts";

/*
 * Three cookies, because a browser stores responses in the order in which they arrive. A late response of one tab must
 * not undo a sign-in of another tab, so no response to a page visit writes the cookie of the sign-in.
 */

/** Longer than the Undo button of a notice works. */
const NOTICE_SECONDS = 60 * 60;

function createCookies(scope: CookieScope) {
  const attributes = cookieAttributes(scope);
  const cookie = (name: string, maxAge: number) => ({
    name: cookieName(name),
    maxAge,
    secrets: env().SESSION_SECRET,
    ...attributes,
  });
  const tokenStorage = (name: string) => {
    const options = cookie(name, SESSION_SECONDS);
    return { name: options.name, ...createCookieSessionStorage<{ token: string }>({ cookie: options }) };
  };
  const { name: noticeName, ...noticeOptions } = cookie("tock-notice", NOTICE_SECONDS);
  return {
    /** The token of the sign-in. */
    signIn: tokenStorage("tock"),
    /** A later token of the same session. */
    renewal: tokenStorage("tock-renewed"),
    notice: createCookie(noticeName, noticeOptions),
  };
}

// Created on first use, so that importing this module does not read the environment.
const cookiesByScheme = new Map<boolean, ReturnType<typeof createCookies>>();
function cookiesOf(scope: CookieScope) {
  const scheme = isHttps(scope);
  let cookies = cookiesByScheme.get(scheme);
  if (!cookies) {
    cookies = createCookies(scope);
    cookiesByScheme.set(scheme, cookies);
  }
  return cookies;
}

type TokenStorage = ReturnType<typeof createCookies>["signIn"];

async function readToken(storage: TokenStorage, header: string): Promise<string | undefined> {
  if (!header.includes(`${storage.name}=`)) return undefined;
  return (await storage.getSession(header)).get("token");
}

async function writeToken(storage: TokenStorage, token: string): Promise<SetCookie> {
  const session = await storage.getSession();
  session.set("token", token);
  return ["Set-Cookie", await storage.commitSession(session)];
}

/**
 * Returns the token of a request's cookies, not verified: that of the sign-in, or of a later renewal of its session. A
 * cookie without a valid signature counts as absent.
 */
export async function readSessionToken(request: Request, scope: CookieScope): Promise<string | undefined> {
  const header = request.headers.get("Cookie") ?? "";
  const { signIn, renewal } = cookiesOf(scope);
  const token = await readToken(signIn, header);
  const renewed = await readToken(renewal, header);
  if (token === undefined || renewed === undefined) return token ?? renewed;
  return continuesSession(token, renewed) ? renewed : token;
}

/** Stores the token of a sign-in. Nothing of an earlier one is kept, which prevents session fixation. */
export const signInCookie = (token: string, scope: CookieScope): Promise<SetCookie> =>
  writeToken(cookiesOf(scope).signIn, token);

/** Stores a renewed token beside that of the sign-in. */
export const renewalCookie = (token: string, scope: CookieScope): Promise<SetCookie> =>
  writeToken(cookiesOf(scope).renewal, token);

/** Removes the tokens of the request. */
export async function clearedSessionCookies(request: Request, scope: CookieScope): Promise<SetCookie[]> {
  const header = request.headers.get("Cookie") ?? "";
  const { signIn, renewal } = cookiesOf(scope);
  const present = header.includes(`${renewal.name}=`) ? [signIn, renewal] : [signIn];
  const cleared = async (storage: TokenStorage): Promise<SetCookie> => [
    "Set-Cookie",
    await storage.destroySession(await storage.getSession()),
  ];
  return Promise.all(present.map(cleared));
}

/** @returns the notice that the next page shows, null without one */
export async function readNotice(request: Request, scope: CookieScope): Promise<Notice | null> {
  const notice: Notice | null = await cookiesOf(scope).notice.parse(request.headers.get("Cookie"));
  // The signature covers the value and not the name: another cookie of this site may be sent under this one.
  return typeof notice?.text === "string" ? notice : null;
}

/** Stores a notice for the next page; null removes it. */
export async function noticeCookie(notice: Notice | null, scope: CookieScope): Promise<SetCookie> {
  const { notice: cookie } = cookiesOf(scope);
  return ["Set-Cookie", await cookie.serialize(notice, notice ? {} : { maxAge: 0 })];
}
