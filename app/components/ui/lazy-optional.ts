import { type ComponentType, lazy } from "react";

/**
 * A component that is loaded when it is first rendered. If its script cannot be loaded, it renders nothing: an error would
 * replace the page and the text that is being typed.
 */
export const lazyOptional = <Props>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy<ComponentType<Props>>(() => load().catch(() => ({ default: () => null })));
