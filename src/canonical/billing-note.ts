// Claude Code's first system block names its build and changes with every turn: it means something to its
// own vendor only, and anywhere else it defeats the prompt cache.

export const BILLING_NOTE = 'x-anthropic-billing-header:';

export function isBillingNote(text: string | undefined): boolean {
  return text?.startsWith(BILLING_NOTE) === true;
}
