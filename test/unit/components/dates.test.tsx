import { cleanup, render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { createMemoryRouter, Outlet, RouterProvider } from "react-router-dom";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { RelativeDate } from "#app/components/ui/relative-date.tsx";
import { useTimeZone } from "#app/components/ui/use-time-zone.ts";
import { FUTURE_FLAGS } from "../../support/render-route.tsx";

const OWN = "America/New_York";
const NOW = "2026-03-04T05:30:00.000Z";
const TIME = "2026-03-04T03:05:00.000Z";

afterEach(cleanup);
// The browser's own zone, which its page asks for once: that of the process.
vi.hoisted(() => {
  process.env.TZ = "America/New_York";
});

interface Visit {
  zone: string | null;
  now: string;
}

/** As the root does it. */
function Root({ zone, now }: Visit) {
  return <Outlet context={{ timeZone: useTimeZone(zone), now }} />;
}

/** A page in a browser that is in New York. */
function page(visit: Visit) {
  const times = (
    <p>
      <RelativeDate time={TIME} />, <DateTime time={TIME} />
    </p>
  );
  const routes = [{ element: <Root {...visit} />, children: [{ path: "/", element: times }] }];
  const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
  return <RouterProvider router={router} future={{ v7_startTransition: true }} />;
}

function hydrate(visit: Visit) {
  const container = document.createElement("div");
  document.body.append(container);
  // The router's own remark about layout effects on a server is not ours to mend.
  const complaints = vi.spyOn(console, "error").mockImplementation(() => {});
  container.innerHTML = renderToString(page(visit));
  complaints.mockClear();
  const sent = container.textContent;
  render(page(visit), { container, hydrate: true });
  expect(complaints).not.toHaveBeenCalled();
  complaints.mockRestore();
  return { sent, shown: container.textContent };
}

describe("a time on a page", () => {
  it("is written in the zone that the server was told, and stays so", () => {
    const { sent, shown } = hydrate({ zone: OWN, now: NOW });
    expect(sent).toBe("Yesterday, yesterday, 22:05");
    expect(shown).toBe(sent);
  });

  it("is UTC's for a reader in an unknown zone, until the browser knows better", () => {
    const { sent, shown } = hydrate({ zone: null, now: NOW });
    expect(sent).toBe("4 March, 4 March, 03:05 UTC");
    expect(shown).toBe("Yesterday, yesterday, 22:05");
  });

  it("follows the reader into another zone", () => {
    const { sent, shown } = hydrate({ zone: "Asia/Kathmandu", now: NOW });
    expect(sent).toBe("Today, today, 08:50");
    expect(shown).toBe("Yesterday, yesterday, 22:05");
  });

  it("keeps the exact time for programs, and all of it for whoever points at it", () => {
    render(page({ zone: null, now: NOW }));
    const time = screen.getByText("Yesterday");
    expect(time.getAttribute("datetime")).toBe(TIME);
    expect(time.getAttribute("title")).toBe("Tuesday 3 March 2026, 22:05");
  });
});

describe("the zone told to the server", () => {
  it("is a cookie of the whole site, written when it differs", () => {
    // biome-ignore lint/suspicious/noDocumentCookie: as in zone.ts.
    document.cookie = "zone=Asia/Kathmandu; Path=/";
    const written = vi.spyOn(document, "cookie", "set");
    const { unmount } = render(page({ zone: null, now: NOW }));
    expect(document.cookie).toBe(`zone=${OWN}`);
    unmount();
    render(page({ zone: null, now: NOW }));
    expect(written.mock.calls).toEqual([[`zone=${OWN}; Path=/; Max-Age=31536000; SameSite=Lax`]]);
  });
});
