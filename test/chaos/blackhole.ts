import { execFileSync } from "node:child_process";
import type { DatabaseProxy } from "../support/database-proxy.ts";

/** A network that swallows everything on the way to the database, without a word to either end. */
export interface Blackhole {
  how: string;
  begin(): void;
  end(): Promise<void>;
}

const iptables = (...args: string[]) =>
  void execFileSync("iptables", ["-w", "2", ...args], { stdio: "ignore" });

/** Packets to and from the proxy's port, of nobody else. */
function rules(port: string): string[][] {
  return ["--dport", "--sport"].map((end) => ["INPUT", "-i", "lo", "-p", "tcp", end, port, "-j", "DROP"]);
}

function mayUseIptables(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    iptables("-S", "INPUT");
    return true;
  } catch {
    return false;
  }
}

/** By the kernel's packet filter where this account may, by the proxy itself elsewhere. */
export function createBlackhole(proxy: DatabaseProxy, wanted = mayUseIptables()): Blackhole {
  if (!wanted) return { how: "proxy", begin: proxy.freeze, end: proxy.heal };
  const drop = rules(new URL(proxy.url).port);
  return {
    how: "iptables",
    begin: () => {
      for (const rule of drop) iptables("-I", ...rule);
    },
    // async, and never a throw: it also runs where nothing was cut, or no longer is.
    end: async () => {
      for (const rule of drop) {
        try {
          iptables("-D", ...rule);
        } catch {
          // Not there.
        }
      }
    },
  };
}
