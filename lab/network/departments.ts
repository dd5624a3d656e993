/** What the departments of a lab are called, by their keys in its directory. What the AI says of a department has this in it. */
export const spokenNames = {
  billing: 'the billing team',
  billing_desk: 'the billing desk',
  billing_office: 'the billing office',
  sales: 'the sales team',
  claims: 'the claims team',
  front_desk: 'the front desk',
  night_desk: 'the night desk',
  switchboard: 'the switchboard',
  reception: 'the reception',
  workshop: 'the workshop',
} as const;
