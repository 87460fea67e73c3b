import { parseArgs } from "node:util";
import { openBrowser } from "../../support/browser.ts";
import { measureBundle, totalBytes } from "../../support/bundle-size.ts";
import { freePort } from "../../support/free-port.ts";
import { type Figures, median, runLighthouse } from "./lighthouse.ts";
import { startDemo } from "./seeded-app.ts";
import { MEASURES, shortfalls, table } from "./targets.ts";

/*
 * `npm run measure:pages [-- --runs N]`: what Lighthouse says of the built application on a slow phone (mobile,
 * throttled), the median of three runs for each page, beside our targets. Ends with 1 when one of them is missed.
 */
const PAGES = [
  { name: "landing", path: "/" },
  { name: "sign up", path: "/signup" },
  { name: "sign in", path: "/signin" },
  { name: "dashboard", path: "/dashboard", signedIn: true },
  { name: "settings", path: "/settings", signedIn: true },
];

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" } } });
const runs = Math.max(1, Math.trunc(Number(values.runs)) || 3);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const demo = await startDemo();
const port = await freePort();
const browser = await openBrowser([`--remote-debugging-port=${port}`]);
/** In the browser's own jar, where Lighthouse's tabs are: beside cookies of that jar a header of its own is dropped. */
async function keepOnly(cookie: string): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send("Storage.clearCookies");
  const [name = "", value = ""] = cookie.split(/=(.*)/s);
  if (cookie) await session.send("Storage.setCookies", { cookies: [{ name, value, url: demo.url }] });
  await session.detach();
}

try {
  const measured: { name: string; figures: Figures }[] = [];
  for (const { name, path, signedIn } of PAGES) {
    const cookie = signedIn ? demo.cookie : "";
    await keepOnly(cookie);
    const { scripts, styles } = await measureBundle(demo.url, path, cookie);
    const weight = { js: totalBytes(scripts) / 1000, css: totalBytes(styles) / 1000 };
    const seen: Figures[] = [];
    for (let run = 1; run <= runs; run++) {
      const { figures, complaints } = await runLighthouse(demo.url + path, port);
      seen.push({ ...figures, ...weight });
      say(`${name}, run ${run} of ${runs}: performance ${figures.performance}`);
      if (run === 1) for (const complaint of complaints) say(`  ${complaint}`);
    }
    measured.push({ name, figures: median(seen) });
  }
  say(`\n${table(measured)}\n`);
  const missed = measured.flatMap(({ name, figures }) => shortfalls(name, figures));
  for (const line of missed) say(line);
  say(
    missed.length === 0 ? `All targets are met (${MEASURES.length} for each of ${PAGES.length} pages).` : "",
  );
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  await browser.close();
  await demo.stop();
}
