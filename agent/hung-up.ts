/**
 * Whether the phone of a leg has hung up. livekit-sip says so on the participant just before it leaves the room; the leave itself
 * can get lost, and then livekit-server 1.13.5 lists the leg for 20 s more.
 */
export const hasHungUp = (attributes: Readonly<Record<string, string>>): boolean =>
  attributes['sip.callStatus'] === 'hangup';
