/**
 * The lines of livekit-server that have to change so that MoveParticipant can work; the new code itself is in rtc/ and service/.
 * source.ts applies them to a copy of the pinned module. An edit that does not fit exactly once stops the build: then the module
 * is not the version that these edits were written for.
 */

/** One change to one file. `find` must occur exactly once. */
export interface Edit {
  file: string;
  find: string;
  replace: string;
  why: string;
}

export const edits: Edit[] = [
  {
    file: 'pkg/service/roommanager.go',
    why: 'The stub makes room for the method in service/move.go.',
    find: `func (r *RoomManager) MoveParticipant(ctx context.Context, req *livekit.MoveParticipantRequest) (*livekit.MoveParticipantResponse, error) {
	return nil, errors.New("not implemented")
}

`,
    replace: '',
  },
  {
    file: 'pkg/service/roomservice.go',
    why: 'An unknown room or participant is "not found", not "unavailable": nobody listens on the topic of somebody who is not there.',
    find: `	res, err := s.participantClient.MoveParticipant(`,
    replace: `	if err := s.checkMove(ctx, req); err != nil {
		return nil, err
	}

	res, err := s.participantClient.MoveParticipant(`,
  },
  {
    file: 'pkg/service/roommanager.go',
    why: 'Log lines of a moved participant name the room that it is in.',
    find: `	pLogger := rtc.LoggerWithParticipant(
		rtc.LoggerWithRoom(logger.GetLogger(), room.Name(), room.ID()),
		pi.Identity,
		sid,
		false,
	)
`,
    replace: `	pLogger, loggerResolver := movableLogger(room, pi.Identity, sid)
`,
  },
  {
    file: 'pkg/service/roommanager.go',
    why: 'MoveToRoom resets both resolvers, and panics when they are nil, as the open-source server leaves them.',
    find: `		Reporter:                 roomobs.NewNoopParticipantSessionReporter(),
`,
    replace: `		LoggerResolver:           loggerResolver,
		Reporter:                 roomobs.NewNoopParticipantSessionReporter(),
		ReporterResolver:         noReporterResolver{},
`,
  },
  {
    file: 'pkg/service/roommanager.go',
    why: 'Track events of a moved participant name the room that it is in.',
    find: `		TelemetryListener:        room.ParticipantTelemetryListener(),
`,
    replace: `		TelemetryListener:        rtc.NewMovableTelemetry(room),
`,
  },
  {
    file: 'pkg/service/roommanager.go',
    why: 'The departure is reported for the session that departs; the participant may have another one in another room by then.',
    find: `		r.telemetry.ParticipantLeft(ctx, proto, p.ToProto(), true, participant.TelemetryGuard())
`,
    replace: `		r.telemetry.ParticipantLeft(ctx, proto, p.ToProto(), true, p.TelemetryGuard())
`,
  },
  ...[
    'webrtc/v4 => github.com/livekit/webrtc-pion/v4 v4.2.18-warp.7',
    'dtls/v3 => github.com/livekit/dtls/v3 v3.1.5-warp.3',
    'ice/v4 => github.com/livekit/ice/v4 v4.4.0-warp.3',
  ].map((fork) => ({
    file: 'go.mod',
    why: "pion as it is published: LiveKit's forks of it are not on every module proxy, and all that they add is WARP.",
    find: `replace github.com/pion/${fork}\n`,
    replace: '',
  })),
  {
    file: 'go.sum',
    why: 'The checksums of what is then used in place of the forks of dtls and ice.',
    find: `github.com/pion/datachannel v1.6.3/go.mod h1:oRmkXVVXxkUbqa8MatgdNHW29kvtQY3HUdjJQsfv2GE=
`,
    replace: `github.com/pion/datachannel v1.6.3/go.mod h1:oRmkXVVXxkUbqa8MatgdNHW29kvtQY3HUdjJQsfv2GE=
github.com/pion/dtls/v3 v3.1.9 h1:rpeycmLIkc4krpk1IxP7+39o11QdCXbmV9+FGi9yZJ8=
github.com/pion/dtls/v3 v3.1.9/go.mod h1:iKFQNYrjsN2TiA2YKKMqB9MOZaFpjFULBI/A4sW0eyc=
github.com/pion/ice/v4 v4.4.0 h1:wvHDDqimaC38Y7MVpD46Y63p246ChvXd87VKoLYS5b4=
github.com/pion/ice/v4 v4.4.0/go.mod h1:obAyD+J+Hzs7QA7Y8YXHp5uIn6gb7z87pKedXZkrcFU=
`,
  },
  {
    file: 'go.sum',
    why: 'The same for the fork of webrtc.',
    find: `github.com/pion/turn/v5 v5.0.13/go.mod h1:btdOovUYdYc8iBnvt87JHN4Pa1XV5UiLaCYe4ay3o9A=
`,
    replace: `github.com/pion/turn/v5 v5.0.13/go.mod h1:btdOovUYdYc8iBnvt87JHN4Pa1XV5UiLaCYe4ay3o9A=
github.com/pion/webrtc/v4 v4.2.18 h1:smA/3g6Gy4RohM0VIZ5KKY/12TQbxv3XFgpUMyb2EUI=
github.com/pion/webrtc/v4 v4.2.18/go.mod h1:vmzi6s+rvhoIuT94DPqivB+0xJXs9rG4QRD+4MgBtlY=
`,
  },
  {
    file: 'pkg/rtc/transport.go',
    why: 'Half of WARP (rtc.enable_warp, off unless asked for) is in the forks alone; the other half, SNAP, stays.',
    find: `		se.EnableSped(true)
`,
    replace: '',
  },
];

/** Applies an edit to the text of its file. Throws one sentence that says what to do when the text is not as expected. */
export function applyEdit(text: string, edit: Edit): string {
  const [before, after, ...more] = text.split(edit.find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(
      `livekit-server's ${edit.file} is not what lab/server/edits.ts expects (it has the text of the edit "${edit.why}" ` +
        `${more.length > 0 ? 'more than once' : 'nowhere'}): use the pinned version, or adapt the edit to the new one.`,
    );
  }
  return before + edit.replace + after;
}
