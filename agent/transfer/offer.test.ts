import { expect, test } from 'vitest';
import { Offer } from './offer.ts';

test('counts when the human has spoken after the offer, under the token of this attempt', () => {
  const offer = new Offer('offer-2');
  offer.spoken();
  offer.humanSpoke();
  expect(offer.isAcceptedBy('offer-2')).toBe(true);
});

test('is spoken from its end on, whatever the human has said before', () => {
  const offer = new Offer('offer-2');
  offer.humanSpoke();
  expect(offer.isSpoken).toBe(false);
  offer.spoken();
  expect(offer.isSpoken).toBe(true);
});

test('does not count under the token of another attempt', () => {
  const offer = new Offer('offer-2');
  offer.spoken();
  offer.humanSpoke();
  expect(offer.isAcceptedBy('offer-1')).toBe(false);
});

test('does not count when the human has said nothing since the offer', () => {
  const offer = new Offer('offer-2');
  offer.humanSpoke();
  offer.spoken();
  expect(offer.isAcceptedBy('offer-2')).toBe(false);
});

test('does not count while the offer is not spoken to its end', () => {
  const offer = new Offer('offer-2');
  offer.humanSpoke();
  expect(offer.isAcceptedBy('offer-2')).toBe(false);
});
