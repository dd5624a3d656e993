import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
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

describe('words that the human said into the end of the offer, and that are understood after it,', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('do not count while they speak them', () => {
    const offer = new Offer('offer-2');
    offer.humanSpeaks(true);
    offer.spoken();
    offer.humanSpeaks(false);
    offer.humanSpoke();
    expect(offer.isAcceptedBy('offer-2')).toBe(false);
  });

  test('do not count when they have just spoken them', () => {
    const offer = new Offer('offer-2');
    offer.humanSpeaks(true);
    offer.humanSpeaks(false);
    vi.advanceTimersByTime(limits.transcriptMs - 1);
    offer.spoken();
    offer.humanSpoke();
    expect(offer.isAcceptedBy('offer-2')).toBe(false);
  });

  test('keep what is said next from nothing', () => {
    const offer = new Offer('offer-2');
    offer.humanSpeaks(true);
    offer.spoken();
    offer.humanSpoke();
    offer.humanSpoke();
    expect(offer.isAcceptedBy('offer-2')).toBe(true);
  });

  test('are told from what is begun after it', () => {
    const offer = new Offer('offer-2');
    offer.humanSpeaks(true);
    offer.spoken();
    offer.humanSpeaks(false);
    offer.humanSpeaks(true);
    offer.humanSpoke();
    expect(offer.isAcceptedBy('offer-2')).toBe(true);
  });

  test('are long understood when they have been quiet for a while', () => {
    const offer = new Offer('offer-2');
    offer.humanSpeaks(true);
    offer.humanSpeaks(false);
    vi.advanceTimersByTime(limits.transcriptMs);
    offer.spoken();
    offer.humanSpoke();
    expect(offer.isAcceptedBy('offer-2')).toBe(true);
  });
});
