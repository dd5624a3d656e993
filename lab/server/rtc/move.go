// Moves a connected participant from one room of this node to another, without closing its connection. RoomManager calls Move
// for RoomService.MoveParticipant. It leaves out what a node knows beyond its rooms (store, topics, webhooks): OnJoined and
// OnLeft are for that.
package rtc

import (
	"sync"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils"
	"github.com/livekit/protocol/utils/guid"
	"github.com/livekit/psrpc"

	"github.com/livekit/livekit-server/pkg/rtc/types"
	"github.com/livekit/livekit-server/pkg/telemetry"
)

var (
	ErrMoveParticipantLeft    = psrpc.NewErrorf(psrpc.NotFound, "the participant left the room before it could be moved")
	ErrMoveDestinationClosed  = psrpc.NewErrorf(psrpc.NotFound, "the destination room has closed")
	ErrMoveIdentityTaken      = psrpc.NewErrorf(psrpc.AlreadyExists, "a participant with the same identity is already in the destination room")
	ErrMoveDestinationFull    = psrpc.NewErrorf(psrpc.ResourceExhausted, "the destination room has reached its max participants")
	ErrMoveDependent          = psrpc.NewErrorf(psrpc.FailedPrecondition, "agents and egress recorders cannot be moved")
	ErrMoveNotActive          = psrpc.NewErrorf(psrpc.FailedPrecondition, "the participant is not connected yet, so it cannot be moved")
	ErrMoveUnprepared         = psrpc.NewErrorf(psrpc.FailedPrecondition, "this kind of session cannot be moved")
	ErrMoveSignalDisconnected = psrpc.NewErrorf(psrpc.Unavailable, "the participant's signal connection is interrupted, so it cannot be told to move; try again")
)

// Move says who moves where. All fields are required.
type Move struct {
	Participant types.LocalParticipant
	From, To    *Room
	// Helper resolves tracks in To, and PreviousHelper in From, should the move be undone.
	Helper, PreviousHelper types.LocalParticipantHelper
	// Token admits the client to To: it is what the client will reconnect with.
	Token string
	// OnJoined runs once, when the participant is in To.
	OnJoined func(types.LocalParticipant)
	// OnLeft runs once, after OnJoined, when the participant leaves To: by closing, or by moving on.
	OnLeft func(types.LocalParticipant)
}

// Run moves the participant. On ErrMoveParticipantLeft it is in neither room; on any other error it is where it was, and nobody
// has noticed. The close callbacks of From run once, whether the participant closes at the same moment or not.
func (m Move) Run() error {
	p, err := movable(m.Participant)
	if err != nil {
		return err
	}
	if err := p.closeCallbacksOnce(); err != nil {
		return err
	}
	if err := m.transfer(); err != nil {
		return err
	}

	before := p.switchRoom(m.To, m.Helper)
	if err := m.To.sendMoved(p, m.Token); err != nil {
		return m.undo(p, before, err)
	}

	m.To.introduce(p)
	departed := &departedParticipant{LocalParticipant: p, sid: before.sid, guard: before.guard}
	m.From.forget(departed)
	for _, track := range before.tracks {
		m.From.ParticipantTelemetryListener().OnTrackUnpublished(before.sid, p.Identity(), track.info, track.isPublished, true)
	}
	for _, callback := range before.onClose {
		callback(p)
	}

	m.OnJoined(p)
	p.movableTelemetry().pointAt(m.To.ParticipantTelemetryListener())
	for _, track := range p.GetPublishedTracks() {
		p.GetTelemetryListener().OnTrackPublished(p.ID(), p.Identity(), track.ToProto(), true)
	}
	onLeft := once(m.OnLeft)
	p.AddOnClose(types.ParticipantCloseKeyNormal, onLeft)

	if p.IsClosed() {
		// Close may have begun while the participant was between the rooms, and then it told neither of them.
		m.To.expel(p)
		onLeft(p)
		return ErrMoveParticipantLeft
	}
	return nil
}

// movable returns the participant when it is of a kind, and in a state, in which it can be moved.
func movable(lp types.LocalParticipant) (*ParticipantImpl, error) {
	p, ok := lp.(*ParticipantImpl)
	switch {
	case !ok:
		return nil, ErrMoveUnprepared
	case p.IsClosed() || p.IsDisconnected():
		return nil, ErrMoveParticipantLeft
	case p.IsDependent():
		return nil, ErrMoveDependent
	case p.State() != livekit.ParticipantInfo_ACTIVE:
		return nil, ErrMoveNotActive
	case p.movableTelemetry() == nil || p.params.LoggerResolver == nil || p.params.ReporterResolver == nil:
		return nil, ErrMoveUnprepared
	case !p.hasSignalConnection():
		return nil, ErrMoveSignalDisconnected
	}
	if err := p.SupportsMoving(); err != nil {
		return nil, psrpc.NewError(psrpc.FailedPrecondition, err)
	}
	return p, nil
}

// transfer takes the participant out of one room's books and writes it into the other's, at once: it is never in both, and no
// other join or move can come between the checks and the change.
func (m Move) transfer() error {
	defer lockRooms(m.From, m.To)()
	identity := m.Participant.Identity()
	switch {
	case m.From.participants[identity] != m.Participant:
		return ErrMoveParticipantLeft
	case m.To.IsClosed():
		return ErrMoveDestinationClosed
	case m.To.participants[identity] != nil:
		return ErrMoveIdentityTaken
	case m.To.isFullLocked():
		return ErrMoveDestinationFull
	}
	handOverLocked(m.From, m.To, identity)
	return nil
}

// undo puts the participant back where it was, because the client could not be told. It returns the reason, or
// ErrMoveParticipantLeft when the participant is gone.
func (m Move) undo(p *ParticipantImpl, before beforeMove, reason error) error {
	p.switchRoom(m.From, m.PreviousHelper)
	p.restore(before)
	p.movableTelemetry().pointAt(m.From.ParticipantTelemetryListener())

	unlock := lockRooms(m.From, m.To)
	isReplaced := m.From.IsClosed() || m.From.participants[p.Identity()] != nil
	switch {
	case m.To.participants[p.Identity()] != types.LocalParticipant(p):
		// The participant has closed, and the destination has already dropped it.
	case isReplaced:
		forgetLocked(m.To, p.Identity())
	default:
		handOverLocked(m.To, m.From, p.Identity())
	}
	unlock()

	if isReplaced {
		_ = p.Close(true, types.ParticipantCloseReasonDuplicateIdentity, false)
	}
	if p.IsClosed() {
		m.From.expel(p)
		for _, callback := range before.onClose {
			callback(p)
		}
		return ErrMoveParticipantLeft
	}
	for _, trackID := range before.subscriptions {
		p.SubscribeToTrack(trackID, false)
	}
	return reason
}

// once returns a callback that runs at most once, however many ask for it.
func once(callback func(types.LocalParticipant)) func(types.LocalParticipant) {
	var ran sync.Once
	return func(lp types.LocalParticipant) {
		ran.Do(func() { callback(lp) })
	}
}

// departedParticipant is a participant as the room that it has left knew it: with the session id of that room.
type departedParticipant struct {
	types.LocalParticipant
	sid   livekit.ParticipantID
	guard *telemetry.ReferenceGuard
}

// ToProto describes the participant at its departure. Moving away is told apart from hanging up by the reason MIGRATION.
func (d *departedParticipant) ToProto() *livekit.ParticipantInfo {
	info := d.LocalParticipant.ToProto()
	info.Sid = string(d.sid)
	info.State = livekit.ParticipantInfo_DISCONNECTED
	info.Tracks = nil
	if !d.IsClosed() {
		info.DisconnectReason = livekit.DisconnectReason_MIGRATION
	}
	// Updates of this session that are still on their way are older, so that whoever gets them later drops them.
	info.Version++
	return info
}

// TelemetryGuard returns the guard under which the room counted the participant.
func (d *departedParticipant) TelemetryGuard() *telemetry.ReferenceGuard {
	return d.guard
}

// beforeMove is what has to be put back if the move is undone, and what the room that is left is owed if it is not.
type beforeMove struct {
	sid           livekit.ParticipantID
	guard         *telemetry.ReferenceGuard
	onClose       map[string]func(types.LocalParticipant)
	tracks        []trackBeforeMove
	subscriptions []livekit.TrackID
}

// trackBeforeMove is what the room that is left is told of a track when that is unpublished in it.
type trackBeforeMove struct {
	info        *livekit.TrackInfo
	isPublished bool
}

// closeCallbacksOnce makes the callbacks that wait for the participant's close run at most once, and makes them see the session
// to which they belong: Close and Move may both want to run them. It refuses when Close has begun, for then it may already hold
// the callbacks as they were.
func (p *ParticipantImpl) closeCallbacksOnce() error {
	sid, guard := p.ID(), p.TelemetryGuard()
	p.lock.Lock()
	for key, callback := range p.onClose {
		p.onClose[key] = once(func(lp types.LocalParticipant) {
			callback(&departedParticipant{LocalParticipant: lp, sid: sid, guard: guard})
		})
	}
	p.lock.Unlock()
	if p.IsClosed() {
		return ErrMoveParticipantLeft
	}
	return nil
}

// switchRoom makes the participant listen to another room, under a new session id and with no subscription in either direction.
// Nothing is reported yet: its telemetry is silent from here on.
func (p *ParticipantImpl) switchRoom(room *Room, helper types.LocalParticipantHelper) beforeMove {
	before := beforeMove{sid: p.ID(), guard: p.TelemetryGuard()}
	for _, track := range p.GetPublishedTracks() {
		isPublished := track.(types.LocalMediaTrack).Published()
		before.tracks = append(before.tracks, trackBeforeMove{track.ToProto(), isPublished})
	}
	p.movableTelemetry().mute()

	// MoveToRoom would run the close callbacks at once. They talk to the store, and the participant would hear nobody meanwhile, so
	// they are run when it has arrived.
	p.lock.Lock()
	before.onClose = p.onClose
	p.onClose = make(map[string]func(types.LocalParticipant))
	p.lock.Unlock()

	// MoveToRoom leaves the subscriptions to a reconciler, which makes new ones wait for the end of the old ones (200 ms).
	for _, subscribed := range p.GetSubscribedTracks() {
		before.subscriptions = append(before.subscriptions, subscribed.ID())
		_ = p.unsubscribeSynchronous(subscribed.ID())
	}

	p.MoveToRoom(types.MoveToRoomParams{
		RoomName:      room.Name(),
		ParticipantID: livekit.ParticipantID(guid.New(utils.ParticipantPrefix)),
		Listener:      room.LocalParticipantListener(),
		// Tracks keep the listener that they were made with, so the movable one stays, and is pointed elsewhere.
		TelemetryListener: p.movableTelemetry(),
		Helper:            helper,
	})
	p.params.LoggerResolver.Resolve(MovableLogFields(room, p.Identity(), p.ID())...)
	return before
}

// restore gives the participant back its session id and the callbacks of the room that it is in again.
func (p *ParticipantImpl) restore(before beforeMove) {
	p.id.Store(before.sid)
	p.lock.Lock()
	p.telemetryGuard = before.guard
	p.onClose = before.onClose
	p.lock.Unlock()
}

func (p *ParticipantImpl) movableTelemetry() *movableTelemetry {
	m, _ := p.params.TelemetryListener.(*movableTelemetry)
	return m
}

func (p *ParticipantImpl) hasSignalConnection() bool {
	sink := p.GetResponseSink()
	return sink != nil && !sink.IsClosed()
}

// MovableLogFields are the log fields that change when a participant moves.
func MovableLogFields(room *Room, identity livekit.ParticipantIdentity, sid livekit.ParticipantID) []any {
	return []any{"room", room.Name(), "roomID", room.ID(), "participant", identity, "participantID", sid, "remote", false}
}
