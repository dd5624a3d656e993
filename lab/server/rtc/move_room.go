// What a move changes in the two rooms. Move calls it, in the order that move.go shows.
package rtc

import (
	"maps"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"

	"github.com/livekit/livekit-server/pkg/rtc/types"
)

// lockRooms locks both rooms and returns what unlocks them. The order is by name, so that two moves in opposite directions
// cannot wait for each other.
func lockRooms(a, b *Room) func() {
	if b.Name() < a.Name() {
		a, b = b, a
	}
	a.lock.Lock()
	b.lock.Lock()
	return func() {
		b.lock.Unlock()
		a.lock.Unlock()
	}
}

// handOverLocked moves the entries of a participant from one room's books to the other's. Both rooms are locked.
func handOverLocked(from, to *Room, identity livekit.ParticipantIdentity) {
	to.participants[identity] = from.participants[identity]
	to.participantOpts[identity] = from.participantOpts[identity]
	to.participantRequestSources[identity] = from.participantRequestSources[identity]
	forgetLocked(from, identity)
	if to.FirstJoinedAt() == 0 {
		// Otherwise the room would count as one that nobody ever joined, and close after its empty timeout.
		to.joinedAt.Store(time.Now().Unix())
	}
}

func forgetLocked(r *Room, identity livekit.ParticipantIdentity) {
	delete(r.participants, identity)
	delete(r.participantOpts, identity)
	delete(r.participantRequestSources, identity)
	delete(r.hasPublished, identity)
}

// isFullLocked tells whether one more participant would exceed the room's limit. Agents and recorders do not count, as in Join.
func (r *Room) isFullLocked() bool {
	if r.protoRoom.MaxParticipants == 0 {
		return false
	}
	count := uint32(0)
	for _, p := range r.participants {
		if !p.IsDependent() {
			count++
		}
	}
	return count >= r.protoRoom.MaxParticipants
}

// sendMoved tells the client in which room it is now and who else is there. The room is locked, so that an update about someone
// who joins at this moment comes after it: the client forgets everybody when it reads this message.
func (r *Room) sendMoved(p *ParticipantImpl, token string) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if p.IsClosed() {
		return ErrMoveParticipantLeft
	}
	if !p.hasSignalConnection() {
		// Writing would fail silently.
		return ErrMoveSignalDisconnected
	}
	others := toParticipants(slices.Collect(maps.Values(r.participants)))
	return p.SendRoomMovedResponse(&livekit.RoomMovedResponse{
		Room:              r.ToProto(),
		Token:             token,
		Participant:       p.ToProto(),
		OtherParticipants: GetOtherParticipantInfo(p, false, others, false),
	})
}

// introduce does for a participant that has moved in what joining and publishing do for one that connects.
func (r *Room) introduce(p *ParticipantImpl) {
	r.broadcastParticipantState(p, broadcastOptions{skipSource: true, immediate: true})
	for _, track := range p.GetPublishedTracks() {
		r.onTrackPublished(p, track)
	}
	for _, track := range p.GetPublishedDataTracks() {
		r.onDataTrackPublished(p, track)
	}
	r.subscribeToExistingTracks(p, false)

	r.lock.RLock()
	r.launchTargetAgents(slices.Collect(maps.Values(r.agentDispatches)), p, livekit.JobType_JT_PARTICIPANT)
	r.lock.RUnlock()
	if r.onParticipantChanged != nil {
		r.onParticipantChanged(p)
	}
	r.protoProxy.MarkDirty(true)
}

// forget does for a participant that has moved out what leaving does, except closing it.
func (r *Room) forget(departed *departedParticipant) {
	for _, track := range departed.GetPublishedTracks() {
		r.trackManager.RemoveTrack(track)
	}
	for _, track := range departed.GetPublishedDataTracks() {
		r.trackManager.RemoveDataTrack(track)
	}
	r.leftAt.Store(time.Now().Unix())
	r.tellDeparture(departed)
	r.protoProxy.MarkDirty(true)
}

// expel drops a participant that has closed while it was moving. It waits for the close to be past its state change, which is
// a matter of microseconds, so that the others are told the final state.
func (r *Room) expel(p *ParticipantImpl) {
	<-p.Disconnected()
	r.RemoveParticipant(p.Identity(), p.ID(), p.CloseReason())
	r.tellDeparture(&departedParticipant{LocalParticipant: p, sid: p.ID(), guard: p.TelemetryGuard()})
}

func (r *Room) tellDeparture(departed *departedParticipant) {
	if departed.Hidden() {
		return
	}
	r.batchedUpdatesMu.Lock()
	updates := PushAndDequeueUpdates(departed.ToProto(), types.ParticipantCloseReasonNone, true, nil, r.batchedUpdates)
	r.batchedUpdatesMu.Unlock()
	SendParticipantUpdates(updates, r.GetParticipants(), r.roomConfig.UpdateBatchTargetSize)
}
