import { cleanup, configure, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { type ActionFunction, createMemoryRouter, RouterProvider } from "react-router-dom";
import { afterEach } from "vitest";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { WAIT_MS } from "./wait-until.ts";

afterEach(cleanup);

configure({ asyncUtilTimeout: WAIT_MS });

// jsdom does not implement the methods of <dialog>.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.setAttribute("open", "");
  this.querySelector<HTMLElement>("button")?.focus();
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.removeAttribute("open");
  this.dispatchEvent(new Event("close"));
};

/** The flags that Remix sets. React Router warns about each missing one. */
export const FUTURE_FLAGS = {
  v7_fetcherPersist: true,
  v7_normalizeFormMethod: true,
  v7_partialHydration: true,
  v7_relativeSplatPath: true,
  v7_skipActionErrorRevalidation: true,
};

interface Options {
  path?: string;
  /** The page's answer to a form that was posted without JavaScript. */
  failure?: FormFailure;
  /** The action's answer to a form that the component submits. */
  answer?: (form: FormData) => unknown;
}

/** Renders a component as the only page of a router. `sent` collects the fields of the submitted forms. */
export function renderRoute(
  element: ReactElement,
  { path = "/", failure, answer = () => null }: Options = {},
) {
  const sent: Record<string, FormDataEntryValue>[] = [];
  const action: ActionFunction = async ({ request }) => {
    const form = await request.formData();
    sent.push(Object.fromEntries(form));
    return answer(form);
  };
  const router = createMemoryRouter([{ id: "page", path: "*", element, action }], {
    initialEntries: [path],
    future: FUTURE_FLAGS,
    ...(failure && { hydrationData: { loaderData: {}, actionData: { page: failure } } }),
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
  hasSecret: false,
  ...rest,
});
