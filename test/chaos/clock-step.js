/*
 * Loaded into a server with `--import`: SIGUSR2 steps its wall clock back by an hour, as a time server may do. Monotonic
 * clocks go on.
 */
const STEP_MS = 60 * 60 * 1000;
const systemNow = Date.now;
let offsetMs = 0;

Date.now = () => systemNow() + offsetMs;
globalThis.Date = new Proxy(Date, {
  construct: (date, args, newTarget) =>
    Reflect.construct(date, args.length > 0 ? args : [Date.now()], newTarget),
});
process.on("SIGUSR2", () => {
  offsetMs -= STEP_MS;
});
