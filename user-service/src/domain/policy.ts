/** How strict the service is: as the public API is documented, or as a production system should be. */
export type Policy = 'documented' | 'strict';

/** What a policy means here. */
export interface PolicyRules {
  /** Fewest characters of a new password. */
  readonly passwordMinLength: number;
  /** Whether a new password is one of the first that an attacker tries. */
  isCommonPassword(password: string): boolean;
  /** Whether a user's subscriptions are shown to the owner and staff only. */
  readonly subscriptionsArePrivate: boolean;
  /** Whether, of all users, only staff may publish flight updates. */
  readonly publishersAreStaff: boolean;
}

/** @param commonPasswords in lower case; only the strict policy looks into it */
export function toPolicyRules(policy: Policy, commonPasswords: ReadonlySet<string>): PolicyRules {
  switch (policy) {
    case 'documented':
      return {
        passwordMinLength: 1,
        isCommonPassword: () => false,
        subscriptionsArePrivate: false,
        publishersAreStaff: false,
      };
    case 'strict':
      return {
        passwordMinLength: 8,
        isCommonPassword: (password) => commonPasswords.has(password.toLowerCase()),
        subscriptionsArePrivate: true,
        publishersAreStaff: true,
      };
  }
}
