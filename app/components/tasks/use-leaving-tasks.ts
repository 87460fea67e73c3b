import { useEffect, useRef, useState } from "react";
import type { ListedTask } from "#app/schemas/task.ts";

/** How long a checked task stays in a list that it leaves: 600 ms struck through, 250 ms to collapse (see .leaving). */
const LEAVING_MS = 850;

interface LeavingTask {
  task: ListedTask;
  /** The ids of the rows above it. */
  above: number[];
}

/**
 * Keeps checked tasks in place for a moment after they have left the list, so that the user sees what happened.
 * @returns the tasks to display, and a function that keeps a task displayed while it leaves
 */
export function useLeavingTasks(tasks: ListedTask[]): [ListedTask[], (id: number) => void] {
  const [leaving, setLeaving] = useState<LeavingTask[]>([]);
  const timers = useRef<ReturnType<typeof setTimeout>[]>([]);
  useEffect(() => () => timers.current.forEach(clearTimeout), []);

  const leave = (id: number) => {
    const index = shown.findIndex((task) => task.id === id);
    const task = shown[index];
    if (!task) return;
    const above = shown.slice(0, index).map(({ id }) => id);
    const left = { above, task: { ...task, completed: !task.completed } };
    setLeaving((before) => [...before, left]);
    const end = () => setLeaving((before) => before.filter((other) => other !== left));
    timers.current.push(setTimeout(end, LEAVING_MS));
  };

  const shown = [...tasks];
  // Not by an index: the rows above may have left the list by then.
  for (const { task, above } of leaving)
    if (!shown.some(({ id }) => id === task.id))
      shown.splice(shown.findLastIndex(({ id }) => above.includes(id)) + 1, 0, task);
  return [shown, leave];
}
