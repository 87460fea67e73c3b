/** Minimum percentages of covered lines. `npm test` fails below them. */
export const MIN_LINES_PERCENT = { backend: 80, components: 70 };
