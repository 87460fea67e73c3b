import { describe, expect, it } from "vitest";
import { clientNetwork, ipv6Prefix48 } from "#app/services/client-network.server.ts";

describe("ipv6Prefix48", () => {
  it.each([
    ["2001:db8:0:1::1", "2001:db8:0::/48"],
    ["[2001:0DB8:7:ffff::1]:50123", "2001:db8:7::/48"],
    ["192.0.2.1", undefined],
    ["::ffff:192.0.2.1", undefined],
    ["unknown", undefined],
  ])("of %j is %s", (address, prefix) => {
    expect(ipv6Prefix48(address)).toBe(prefix);
  });
});

describe("clientNetwork", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    [" 192.0.2.1 ", "192.0.2.1"],
    ["192.0.2.1:50123", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
  ])("of IPv4 %j is %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it.each([
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"],
    ["2001:0DB8:0000:0001:0:0:0:2", "2001:db8:0:1::/64"],
    ["[2001:db8:0:1::1]:50123", "2001:db8:0:1::/64"],
    ["2001:db8:0:2::1", "2001:db8:0:2::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["fe80::1%eth0.100", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["1::fffe:192.0.2.1", "1:0:0:0::/64"],
  ])("of IPv6 %j is the /64 %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it.each([
    "",
    "unknown",
    "_hidden",
    "192.0.2.256",
    "192.0.2.1.5",
    "0300.0.2.1",
    "2001:db8",
    "x".repeat(9_000),
    "192.0.2.1; drop table task",
  ])("of the invalid address %j is unknown", (address) => {
    expect(clientNetwork(address)).toBe("unknown");
  });
});
