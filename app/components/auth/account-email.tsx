/** Shows password managers the account. It has no name, so it is not submitted. */
export const AccountEmail = ({ email }: { email: string }) => (
  <input type="email" autoComplete="username" value={email} readOnly hidden />
);
