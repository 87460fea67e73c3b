import { execFileSync } from "node:child_process";
import type { DatabaseProxy } from "../support/database-proxy.ts";

/** Drops all packets between the server and its database, without closing a connection. */
export interface Blackhole {
  method: "iptables" | "proxy";
  begin(): void;
  end(): Promise<void>;
}

const iptables = (...args: string[]) =>
  void execFileSync("iptables", ["-w", "2", ...args], { stdio: "ignore" });

/** Rules that match only packets to and from the proxy's port. */
function dropRules(port: string): string[][] {
  return ["--dport", "--sport"].map((end) => ["INPUT", "-i", "lo", "-p", "tcp", end, port, "-j", "DROP"]);
}

function canUseIptables(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    iptables("-S", "INPUT");
    return true;
  } catch {
    return false;
  }
}

/** Uses the kernel's packet filter if this account may change it, else the proxy. */
export function createBlackhole(proxy: DatabaseProxy, useIptables = canUseIptables()): Blackhole {
  if (!useIptables) return { method: "proxy", begin: proxy.freeze, end: proxy.heal };
  const rules = dropRules(new URL(proxy.url).port);
  return {
    method: "iptables",
    begin: () => {
      for (const rule of rules) iptables("-I", ...rule);
    },
    // Never rejects: clean-up also runs before begin() and after end().
    end: async () => {
      for (const rule of rules) {
        try {
          iptables("-D", ...rule);
        } catch {
          // The rule does not exist.
        }
      }
    },
  };
}
