import { useFetcher } from "@remix-run/react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { THEMES, type Theme } from "#app/page-data/theme.ts";

const LABELS: Record<Theme, string> = { system: "Same as my device", light: "Light", dark: "Dark" };

/** Chooses between light and dark pages on this device. */
export function ThemeForm({ theme }: { theme: Theme }) {
  const fetcher = useFetcher();
  return (
    <ActionForm intent="theme" fetcher={fetcher}>
      {({ pending }) => (
        <>
          <fieldset>
            <legend>Tock on this device is</legend>
            {THEMES.map((name) => (
              <label key={name} className="flex min-h-target items-center gap-3">
                <input
                  type="radio"
                  name="theme"
                  value={name}
                  defaultChecked={name === theme}
                  className="size-5 accent-accent"
                />
                {LABELS[name]}
              </label>
            ))}
          </fieldset>
          <p>
            <Button variant="quiet" pending={pending}>
              Save theme
            </Button>
          </p>
        </>
      )}
    </ActionForm>
  );
}
