/*
 * Loaded into a server with `--import`: SIGUSR2 steps its wall clock back by CLOCK_STEP_MS, as a time server may do.
 * Monotonic clocks are unaffected.
 */
const stepMs = Number(process.env.CLOCK_STEP_MS);
const systemNow = Date.now;
let offsetMs = 0;

Date.now = () => systemNow() + offsetMs;
globalThis.Date = new Proxy(Date, {
  construct: (date, args, newTarget) =>
    Reflect.construct(date, args.length > 0 ? args : [Date.now()], newTarget),
});
process.on("SIGUSR2", () => {
  offsetMs -= stepMs;
});
