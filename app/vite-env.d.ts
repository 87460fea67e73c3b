declare module "virtual:remix/server-build";
declare module "virtual:common-passwords" {
  const packed: string;
  export default packed;
}
