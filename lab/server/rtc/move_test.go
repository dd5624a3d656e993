// What a move does when the client cannot be told about it. The signal connection is a fake here, because a real one cannot be
// made to fail at that moment; everything else about moving is in test/move_participant_test.go, against a real server.
package rtc

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"

	"github.com/livekit/livekit-server/pkg/routing/routingfakes"
	"github.com/livekit/livekit-server/pkg/rtc/types"
	"github.com/livekit/livekit-server/pkg/rtc/types/typesfakes"
)

var errSignalFull = errors.New("signal channel is full")

func TestMoveIsUndoneWhenTheClientCannotBeTold(t *testing.T) {
	move, p := newMoveForTest(t)
	left := 0
	p.AddOnClose(types.ParticipantCloseKeyNormal, func(types.LocalParticipant) { left++ })
	sid, guard := p.ID(), p.TelemetryGuard()
	heard := subscribeForTest(p, "TR_heard")
	onRoomMoved(p, func() error {
		require.Equal(t, 1, heard.RemoveSubscriberCallCount())
		require.NotContains(t, p.subscriptions, livekit.TrackID("TR_heard"))
		return errSignalFull
	})

	require.ErrorIs(t, move.Run(), errSignalFull)

	require.Equal(t, types.LocalParticipant(p), move.From.GetParticipant("p"))
	require.Nil(t, move.To.GetParticipant("p"))
	require.Equal(t, sid, p.ID())
	require.Same(t, guard, p.TelemetryGuard())
	require.Equal(t, "from", p.ClaimGrants().Video.Room)
	require.Equal(t, move.From.LocalParticipantListener(), p.GetParticipantListener())
	require.Equal(t, move.PreviousHelper, p.helper())
	require.Equal(t, move.From.ParticipantTelemetryListener(), p.movableTelemetry().listener())
	require.Contains(t, p.subscriptions, livekit.TrackID("TR_heard"))
	require.Zero(t, left)

	require.NoError(t, p.Close(false, types.ParticipantCloseReasonClientRequestLeave, false))
	require.Equal(t, 1, left)
}

func TestMoveThatFailsAsTheParticipantLeaves(t *testing.T) {
	move, p := newMoveForTest(t)
	left := 0
	p.AddOnClose(types.ParticipantCloseKeyNormal, func(types.LocalParticipant) { left++ })
	onRoomMoved(p, func() error {
		go func() { _ = p.Close(false, types.ParticipantCloseReasonClientRequestLeave, false) }()
		require.Eventually(t, p.IsClosed, time.Second, time.Millisecond)
		return errSignalFull
	})

	require.ErrorIs(t, move.Run(), ErrMoveParticipantLeft)

	require.Nil(t, move.From.GetParticipant("p"))
	require.Nil(t, move.To.GetParticipant("p"))
	require.Equal(t, 1, left)
}

func TestMoveOfAParticipantThatLeavesBetweenTheRooms(t *testing.T) {
	move, p := newMoveForTest(t)
	left := 0
	p.AddOnClose(types.ParticipantCloseKeyNormal, func(types.LocalParticipant) { left++ })
	// The participant is in the books of the destination and still listens to the source: neither will drop it by itself.
	p.params.LoggerResolver = onReset(func() { _ = p.Close(false, types.ParticipantCloseReasonClientRequestLeave, false) })

	require.ErrorIs(t, move.Run(), ErrMoveParticipantLeft)

	require.Nil(t, move.From.GetParticipant("p"))
	require.Nil(t, move.To.GetParticipant("p"))
	require.Equal(t, 1, left)
}

func TestMoveAndCloseRunTheCloseCallbacksOnce(t *testing.T) {
	_, p := newMoveForTest(t)
	left := 0
	p.AddOnClose(types.ParticipantCloseKeyNormal, func(types.LocalParticipant) { left++ })

	require.NoError(t, p.closeCallbacksOnce())
	require.NoError(t, p.Close(false, types.ParticipantCloseReasonClientRequestLeave, false))
	for _, callback := range p.onClose {
		callback(p)
	}

	require.Equal(t, 1, left)
	require.ErrorIs(t, p.closeCallbacksOnce(), ErrMoveParticipantLeft)
}

func TestMoveIsRefusedWhileTheSignalConnectionIsInterrupted(t *testing.T) {
	move, p := newMoveForTest(t)
	p.GetResponseSink().(*routingfakes.FakeMessageSink).IsClosedReturns(true)

	require.ErrorIs(t, move.Run(), ErrMoveSignalDisconnected)

	require.Equal(t, types.LocalParticipant(p), move.From.GetParticipant("p"))
}

// newMoveForTest returns a move of participant "p" between two rooms, ready to run. That it arrives fails the test.
func newMoveForTest(t *testing.T) (Move, *ParticipantImpl) {
	from, to := newRoomWithParticipants(t, testRoomOpts{}), newRoomWithParticipants(t, testRoomOpts{})
	from.protoRoom.Name, to.protoRoom.Name = "from", "to"
	t.Cleanup(func() {
		from.Close(types.RoomCloseReasonUnknown)
		to.Close(types.RoomCloseReasonUnknown)
	})

	p := newParticipantForTestWithOpts("p", &participantOpts{protocolVersion: types.CurrentProtocol})
	p.params.TelemetryListener = NewMovableTelemetry(from)
	p.setTelemetryListener(p.params.TelemetryListener)
	_, p.params.LoggerResolver = logger.GetLogger().WithDeferredValues()
	p.params.ReporterResolver = ignoreReporter{}
	p.setListener(from.LocalParticipantListener())
	require.NoError(t, from.Join(p, &routingfakes.FakeMessageSource{}, &ParticipantOptions{}, nil))

	return Move{
		Participant:    p,
		From:           from,
		To:             to,
		Helper:         &typesfakes.FakeLocalParticipantHelper{},
		PreviousHelper: &typesfakes.FakeLocalParticipantHelper{},
		OnJoined:       func(types.LocalParticipant) { t.Error("the participant must not arrive") },
		OnLeft:         func(types.LocalParticipant) { t.Error("who has not arrived cannot leave") },
	}, p
}

// subscribeForTest makes the participant hear a track, and returns the track.
func subscribeForTest(p *ParticipantImpl, trackID livekit.TrackID) *typesfakes.FakeMediaTrack {
	track, subscribed := &typesfakes.FakeMediaTrack{}, &typesfakes.FakeSubscribedTrack{}
	subscribed.IDReturns(trackID)
	subscribed.MediaTrackReturns(track)
	subscription := newMediaTrackSubscription(p.ID(), trackID, p.GetLogger())
	subscription.setSubscribedTrack(subscribed)
	p.SubscriptionManager.lock.Lock()
	p.subscriptions[trackID] = subscription
	p.SubscriptionManager.lock.Unlock()
	return track
}

// onRoomMoved sets what happens when the server writes to the client that it has moved.
func onRoomMoved(p *ParticipantImpl, write func() error) {
	p.GetResponseSink().(*routingfakes.FakeMessageSink).WriteMessageCalls(func(message proto.Message) error {
		if response, ok := message.(*livekit.SignalResponse); ok && response.GetRoomMoved() != nil {
			return write()
		}
		return nil
	})
}

type ignoreReporter struct{}

func (ignoreReporter) Resolve(livekit.RoomName, livekit.RoomID, livekit.ParticipantIdentity, livekit.ParticipantID) {
}
func (ignoreReporter) Reset() {}

// onReset is a log field resolver that calls back when a move resets it, which is halfway through.
type onReset func()

func (onReset) Resolve(...any) {}
func (reset onReset) Reset()   { reset() }
