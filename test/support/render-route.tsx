import { cleanup, configure, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { type ActionFunction, createMemoryRouter, RouterProvider } from "react-router-dom";
import { afterEach } from "vitest";
import type { FormFailure } from "#app/page-data/form-failure.ts";

afterEach(cleanup);

// A busy machine takes its time: what is waited for comes late, not never.
configure({ asyncUtilTimeout: 5_000 });

// jsdom knows the dialog element but not its methods.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.setAttribute("open", "");
  this.querySelector<HTMLElement>("button")?.focus();
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.removeAttribute("open");
  this.dispatchEvent(new Event("close"));
};

/** As Remix sets them; left out, each is a warning. */
export const FUTURE_FLAGS = {
  v7_fetcherPersist: true,
  v7_normalizeFormMethod: true,
  v7_partialHydration: true,
  v7_relativeSplatPath: true,
  v7_skipActionErrorRevalidation: true,
};

interface Options {
  path?: string;
  /** Answers what the component's forms send. */
  answer?: (form: FormData) => unknown;
}

/** Shows a component at an address of a small router, and keeps what its forms send. */
export function renderRoute(element: ReactElement, { path = "/", answer = () => null }: Options = {}) {
  const sent: Record<string, FormDataEntryValue>[] = [];
  const action: ActionFunction = async ({ request }) => {
    const form = await request.formData();
    sent.push(Object.fromEntries(form));
    return answer(form);
  };
  const router = createMemoryRouter([{ path: "*", element, action }], {
    initialEntries: [path],
    future: FUTURE_FLAGS,
  });
  return {
    sent,
    router,
    user: userEvent.setup({ delay: null }),
    ...render(<RouterProvider router={router} future={{ v7_startTransition: true }} />),
  };
}

export const formFailureOf = (intent: string, rest: Partial<FormFailure> = {}): FormFailure => ({
  failed: true,
  intent,
  message: "Some of the input is not valid.",
  errors: {},
  values: {},
  ...rest,
});
