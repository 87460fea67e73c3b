import { DATABASE_NAME } from "./cluster.ts";
import { LOG_SETTINGS } from "./server-log.ts";

/** Returns the settings of the server, by name. @param throwaway turns durability off */
export function serverSettings(throwaway: boolean, maxConnections: number): Record<string, string | number> {
  return {
    ...LOG_SETTINGS,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: maxConnections,
    shared_buffers: "64MB",
    timezone: "UTC",
    ...(throwaway && { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
}

/** Returns the URL of the owner, a superuser. */
export function databaseUrl(port: number, password: string): string {
  return `postgres://${DATABASE_NAME}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`;
}
