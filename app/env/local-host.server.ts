/** Returns true for a host name or address of this machine. Connections to it need no TLS. */
export function isLocalHost(host: string): boolean {
  return (
    host === "" || host === "localhost" || host === "[::1]" || host === "::1" || /^127(\.\d+){3}$/.test(host)
  );
}
