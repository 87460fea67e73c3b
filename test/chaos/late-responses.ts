import type { AppServer } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { cookiesAfter, PASSWORD, request, signUp, type TestResponse } from "../support/users.ts";

/** Pages that read the session, and one that does not exist. */
export const LATE_PATHS = ["/", "/signin", "/signup", "/signout", "/none", "/dashboard"];

const getPage = (base: string, path: string, cookie: string): Promise<TestResponse> =>
  request(base, "GET", path, { headers: { Cookie: cookie } });

/** Signs in by the form of the page. */
export const submitSignIn = (base: string, email: string, cookie = ""): Promise<TestResponse> =>
  rawRequest(base, "POST", "/signin", {
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      Origin: new URL(base).origin,
      ...(cookie && { Cookie: cookie }),
    },
    body: new URLSearchParams({ email, password: PASSWORD }).toString(),
  });

/**
 * Requests a page with the cookie of a session that has ended, while another tab of the same browser signs in. The
 * browser receives the page last.
 * @returns the status of the dashboard with the cookies that the browser has then
 */
export async function statusAfterLateResponse(
  base: string,
  path: string,
  deadCookie: string,
  email: string,
): Promise<number> {
  const [signedIn, late] = await Promise.all([
    submitSignIn(base, email, deadCookie),
    getPage(base, path, deadCookie),
  ]);
  const cookies = cookiesAfter(late, cookiesAfter(signedIn, deadCookie));
  return (await getPage(base, "/dashboard", cookies)).status;
}

/**
 * Sends late responses for every path.
 * @returns the number of repetitions, and the paths after which the new session was gone
 */
export async function sendLateResponses({ url }: AppServer, rounds: number, signal: AbortSignal) {
  const { email, cookie, api } = await signUp(url);
  await api("POST", "/api/auth/signout");
  const failures: string[] = [];
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    for (const path of LATE_PATHS) {
      if (signal.aborted) return { count, failures };
      const status = await statusAfterLateResponse(url, path, cookie, email);
      if (status !== 200) failures.push(`${path}: ${status}`);
      count += 1;
    }
  }
  return { count, failures };
}
