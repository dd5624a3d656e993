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
