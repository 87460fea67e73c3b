declare module "vnu-jar" {
  /** Where the checker's jar is. */
  const path: string;
  export default path;
}
