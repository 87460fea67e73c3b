/** The path of the JSON array with the URL paths of the scripts of all pages. */
export const PAGE_SCRIPTS_PATH = "/page-scripts.json";
