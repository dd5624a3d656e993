// RoomService.MoveParticipant against a real server on loopback, with real WebRTC clients. It runs in package test of the patched
// livekit-server, with the clients that LiveKit tests its own server with; go-tests.ts starts it.
package test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/protojson"
	"github.com/livekit/protocol/webhook"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/rtc/types"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	testclient "github.com/livekit/livekit-server/test/client"
)

// Reached only by something that hangs.
const moveLimit = 10 * time.Second

func TestMoveThereAndBack(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b")
	inA, inB := lab.join("a", "in-a"), lab.join("b", "in-b")
	caller := lab.join("a", "caller")
	inA.publishAudio()
	inB.publishAudio()
	caller.publishAudio()
	inA.hears(caller.sid())
	caller.hears(inA.sid())
	first := caller.sid()

	require.NoError(t, lab.move("a", "caller", "b"))

	moved := caller.movedTo("b")
	require.NotEqual(t, first, moved.Participant.Sid)
	require.Equal(t, []string{"in-b"}, identities(moved.OtherParticipants))
	lab.requireTokenFor("b", "caller", moved.Token)
	inB.hears(caller.sid())
	caller.hears(inB.sid())
	inA.hearsNobody()
	require.Equal(t, livekit.DisconnectReason_MIGRATION, inA.sawLeave(first).DisconnectReason)
	lab.requireListed("a", "in-a")
	lab.requireListed("b", "caller", "in-b")
	lab.requireCounted("a", 1)
	lab.requireCounted("b", 2)

	require.NoError(t, lab.move("b", "caller", "a"))

	require.Equal(t, []string{"in-a"}, identities(caller.movedTo("a").OtherParticipants))
	inA.hears(caller.sid())
	caller.hears(inA.sid())
	inB.hearsNobody()
	lab.requireListed("a", "caller", "in-a")
	lab.requireListed("b", "in-b")
}

func TestMoveIsReportedAsLeavingAndJoining(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b")
	caller := lab.join("a", "caller")
	caller.publishAudio()
	lab.waitForEvent("track_published", "a", "caller")
	first := caller.sid()
	lab.events.clear()

	require.NoError(t, lab.move("a", "caller", "b"))

	lab.requireEvents("caller", "participant_left a", "track_unpublished a", "participant_joined b", "track_published b")
	left := lab.waitForEvent("participant_left", "a", "caller").Participant
	require.Equal(t, first, left.Sid)
	require.Equal(t, livekit.DisconnectReason_MIGRATION, left.DisconnectReason)
	joined := lab.waitForEvent("participant_joined", "b", "caller").Participant
	require.Equal(t, caller.movedTo("b").Participant.Sid, joined.Sid)
	require.Equal(t, livekit.ParticipantInfo_ACTIVE, joined.State)

	lab.events.clear()
	caller.Stop()
	left = lab.waitForEvent("participant_left", "b", "caller").Participant
	require.Equal(t, livekit.DisconnectReason_CLIENT_INITIATED, left.DisconnectReason)
	require.Equal(t, joined.Sid, left.Sid)
	lab.requireListed("b")
	lab.requireEvents("caller", "participant_left b", "track_unpublished b")
}

func TestMovedParticipantIsAddressedInItsNewRoom(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b")
	caller, other := lab.join("a", "caller"), lab.join("b", "other")
	trackID := caller.publishAudio()
	other.publishAudio()
	require.NoError(t, lab.move("a", "caller", "b"))
	caller.hears(other.sid())
	ctx := lab.admin("b", "")

	info, err := lab.rooms.UpdateParticipant(ctx, &livekit.UpdateParticipantRequest{
		Room: "b", Identity: "caller", Attributes: map[string]string{"asked": "in b"},
	})
	require.NoError(t, err)
	require.Equal(t, "in b", info.Attributes["asked"])

	muted, err := lab.rooms.MutePublishedTrack(ctx, &livekit.MuteRoomTrackRequest{
		Room: "b", Identity: "caller", TrackSid: trackID, Muted: true,
	})
	require.NoError(t, err)
	require.True(t, muted.Track.Muted)

	_, err = lab.rooms.UpdateSubscriptions(ctx, &livekit.UpdateSubscriptionsRequest{
		Room: "b", Identity: "caller", TrackSids: lab.trackIDs("b", "other"), Subscribe: false,
	})
	require.NoError(t, err)
	caller.hearsNobody()

	_, err = lab.rooms.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: "b", Identity: "caller"})
	require.NoError(t, err)
	left := lab.waitForEvent("participant_left", "b", "caller").Participant
	require.Equal(t, livekit.DisconnectReason_PARTICIPANT_REMOVED, left.DisconnectReason)
	lab.requireListed("b", "other")

	// Nobody answers for the caller any more, in either room. That takes three seconds to find out, so both are asked at once.
	var asked sync.WaitGroup
	for _, room := range []string{"a", "b"} {
		asked.Go(func() {
			_, err := lab.rooms.MutePublishedTrack(lab.admin(room, ""), &livekit.MuteRoomTrackRequest{
				Room: room, Identity: "caller", TrackSid: trackID, Muted: true,
			})
			assert.ErrorContains(t, err, "no response from servers", room)
		})
	}
	asked.Wait()
}

func TestMovedParticipantReconnectsToItsNewRoom(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b")
	caller := lab.join("a", "caller")
	oldToken := joinToken("a", "caller", nil)
	require.NoError(t, lab.move("a", "caller", "b"))

	require.NotNil(t, lab.resume(oldToken).GetLeave())
	require.Nil(t, lab.resume(caller.movedTo("b").Token).GetLeave())

	lab.requireListed("a")
	lab.requireListed("b", "caller")
	require.Equal(t, caller.sid(), string(lab.room("b").GetParticipant("caller").ID()))
}

func TestDeletingTheRoomEndsTheMovedParticipant(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b")
	caller := lab.join("a", "caller")
	lab.join("a", "stays")
	require.NoError(t, lab.move("a", "caller", "b"))

	_, err := lab.rooms.DeleteRoom(contextWithToken(createRoomToken()), &livekit.DeleteRoomRequest{Room: "b"})
	require.NoError(t, err)

	left := lab.waitForEvent("participant_left", "b", "caller").Participant
	require.Equal(t, livekit.DisconnectReason_ROOM_DELETED, left.DisconnectReason)
	lab.waitForEvent("room_finished", "b", "")
	caller.isToldToLeave()
	lab.requireListed("a", "stays")
	require.Len(t, lab.events.named("participant_left", "a", "caller"), 1)
}

func TestRoomsKnowThatSomebodyMoved(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRoom(&livekit.CreateRoomRequest{Name: "a", DepartureTimeout: 1, EmptyTimeout: 3600})
	lab.createRoom(&livekit.CreateRoomRequest{Name: "b", DepartureTimeout: 1, EmptyTimeout: 3600})
	caller := lab.join("a", "caller")

	require.NoError(t, lab.move("a", "caller", "b"))

	// Both close by their departure timeout: the one that was left at once, and the other, which nobody ever connected to, when
	// the participant that moved there has left.
	lab.waitForEvent("room_finished", "a", "")
	lab.requireListed("b", "caller")
	caller.Stop()
	lab.waitForEvent("room_finished", "b", "")
}

func TestMoveIsRefused(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b")
	lab.createRoom(&livekit.CreateRoomRequest{Name: "full", MaxParticipants: 1})
	caller, namesake := lab.join("a", "caller"), lab.join("b", "caller")
	lab.join("full", "first")
	lab.joinAs("a", "agent", func(token *auth.AccessToken, _ *auth.VideoGrant) {
		token.SetKind(livekit.ParticipantInfo_AGENT)
	})
	lab.joinAs("a", "egress", func(token *auth.AccessToken, _ *auth.VideoGrant) {
		token.SetKind(livekit.ParticipantInfo_EGRESS)
	})
	lab.joinAs("a", "recorder", func(_ *auth.AccessToken, grant *auth.VideoGrant) { grant.Recorder = true })
	lab.events.clear()

	for _, refused := range []struct {
		why, from, identity, to string
		code                    twirp.ErrorCode
	}{
		{"unknown room", "nowhere", "caller", "b", twirp.NotFound},
		{"unknown participant", "a", "nobody", "b", twirp.NotFound},
		{"unknown destination", "a", "caller", "nowhere", twirp.NotFound},
		{"same room", "a", "caller", "a", twirp.InvalidArgument},
		{"identity taken", "a", "caller", "b", twirp.AlreadyExists},
		{"destination full", "a", "caller", "full", twirp.ResourceExhausted},
		{"agent", "a", "agent", "b", twirp.FailedPrecondition},
		{"egress", "a", "egress", "b", twirp.FailedPrecondition},
		{"recorder", "a", "recorder", "b", twirp.FailedPrecondition},
	} {
		t.Run(refused.why, func(t *testing.T) {
			requireCode(t, refused.code, lab.move(refused.from, refused.identity, refused.to))
		})
	}

	lab.requireListed("a", "agent", "caller", "egress", "recorder")
	lab.requireListed("b", "caller")
	require.Empty(t, caller.moves())
	lab.requireEvents("caller")
	// The refused request did not take the topic of the one who was there first.
	info, err := lab.rooms.UpdateParticipant(lab.admin("b", ""), &livekit.UpdateParticipantRequest{
		Room: "b", Identity: "caller", Attributes: map[string]string{"asked": "in b"},
	})
	require.NoError(t, err)
	require.Equal(t, namesake.sid(), info.Sid)
}

func TestParticipantThatLeavesDuringTheMove(t *testing.T) {
	lab := startMoveLab(t)
	for name, leaveWhen := range map[string]func(room string, p types.LocalParticipant){
		"as the destination learns of it": func(room string, p types.LocalParticipant) {
			lab.room(room).OnParticipantChanged(func(types.Participant) { leave(p) })
		},
		"as the source lets go of it": func(_ string, p types.LocalParticipant) {
			p.AddOnClose("test", func(types.LocalParticipant) { leave(p) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := lab.freshRooms()
			lab.join(a, "caller").publishAudio()
			lab.waitForEvent("track_published", a, "caller")
			leaveWhen(b, lab.room(a).GetParticipant("caller"))

			requireCode(t, twirp.NotFound, lab.move(a, "caller", b))

			lab.requireGone("caller", a, b)
		})
	}
}

func TestParticipantThatLeavesAtAnyMoment(t *testing.T) {
	lab := startMoveLab(t)
	for i := range 20 {
		a, b := lab.freshRooms()
		caller := lab.join(a, "caller")
		lab.waitForEvent("participant_joined", a, "caller")
		p := lab.room(a).GetParticipant("caller")

		var done sync.WaitGroup
		done.Go(func() { _ = lab.move(a, "caller", b) })
		done.Go(func() {
			// Not a wait for readiness: it spreads the departures over the length of a move, which is a few milliseconds.
			time.Sleep(time.Duration(i) * 300 * time.Microsecond)
			leave(p)
		})
		done.Wait()

		lab.requireGone("caller", a, b)
		caller.Stop()
	}

	// The server counts its clients as they are reported to come and go. Who is reported twice, or for the wrong session, stays.
	require.Eventually(t, func() bool {
		stats, err := prometheus.GetNodeStats(0, nil, nil)
		require.NoError(t, err)
		return stats.NumClients == 0 && stats.NumTracksIn == 0
	}, moveLimit, 50*time.Millisecond)
}

func TestOfTwoMovesOneWins(t *testing.T) {
	lab := startMoveLab(t)
	lab.createRooms("a", "b", "c")
	lab.join("a", "caller")

	var done sync.WaitGroup
	errs := make([]error, 2)
	for i, to := range []string{"b", "c"} {
		done.Go(func() { errs[i] = lab.move("a", "caller", to) })
	}
	done.Wait()

	winner, loser, err := "b", "c", errs[1]
	if errs[0] != nil {
		winner, loser, err = "c", "b", errs[0]
	}
	// "Unavailable" when the topic was dropped with the request on its way to it.
	var failure twirp.Error
	require.ErrorAs(t, err, &failure)
	require.Contains(t, []twirp.ErrorCode{twirp.NotFound, twirp.Unavailable}, failure.Code())
	lab.requireListed(winner, "caller")
	lab.requireListed(loser)
	lab.requireListed("a")
}

// ------------------------------------------------------------

// moveLab is a server without redis, on loopback, whose webhooks are recorded.
type moveLab struct {
	t      *testing.T
	server *service.LivekitServer
	rooms  livekit.RoomService
	port   int
	events *eventLog
	made   int
}

// The logger is one for the process, and clients of an earlier test may still be using it.
var quietMoveLogs sync.Once

func startMoveLab(t *testing.T) *moveLab {
	lab := &moveLab{t: t, port: freePort(t), events: &eventLog{}}
	hook := httptest.NewServer(lab.events)
	t.Cleanup(hook.Close)

	conf, err := config.NewConfig(fmt.Sprintf(`
port: %d
bind_addresses: ["127.0.0.1"]
rtc:
  tcp_port: 0
  udp_port: %d
  node_ip: 127.0.0.1
  use_external_ip: false
  enable_loopback_candidate: true
  interfaces: { includes: [lo] }
  stun_servers: ["127.0.0.1:%d"]
keys: { %s: %s }
webhook: { api_key: %s, urls: ["%s"] }
room: { auto_create: true }
logging: { level: error }
`, lab.port, freePort(t), freePort(t), testApiKey, testApiSecret, testApiKey, hook.URL), true, nil, nil)
	require.NoError(t, err)
	quietMoveLogs.Do(func() { config.InitLoggerFromConfig(&conf.Logging) })
	node, err := routing.NewLocalNode(conf)
	require.NoError(t, err)
	lab.server, err = service.InitializeServer(conf, node)
	require.NoError(t, err)
	go func() { _ = lab.server.Start() }()
	waitForServerToStart(lab.server)
	t.Cleanup(func() { lab.server.Stop(true) })

	lab.rooms = livekit.NewRoomServiceJSONClient(fmt.Sprintf("http://127.0.0.1:%d", lab.port), http.DefaultClient)
	return lab
}

// freePort returns a port that is free for TCP now; nothing else on loopback is asked for one in between.
func freePort(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func (l *moveLab) createRooms(names ...string) {
	for _, name := range names {
		l.createRoom(&livekit.CreateRoomRequest{Name: name})
	}
}

func (l *moveLab) createRoom(req *livekit.CreateRoomRequest) {
	_, err := l.rooms.CreateRoom(contextWithToken(createRoomToken()), req)
	require.NoError(l.t, err)
}

func (l *moveLab) freshRooms() (string, string) {
	l.made++
	a, b := fmt.Sprintf("a%d", l.made), fmt.Sprintf("b%d", l.made)
	l.createRooms(a, b)
	return a, b
}

func (l *moveLab) room(name string) interface {
	GetParticipant(livekit.ParticipantIdentity) types.LocalParticipant
	OnParticipantChanged(func(types.Participant))
} {
	return l.server.RoomManager().GetRoom(context.Background(), livekit.RoomName(name))
}

func (l *moveLab) admin(room, destination string) context.Context {
	return contextWithToken(joinTokenWithGrant("admin", &auth.VideoGrant{RoomAdmin: true, Room: room, DestinationRoom: destination}))
}

func (l *moveLab) move(from, identity, to string) error {
	_, err := l.rooms.MoveParticipant(l.admin(from, to), &livekit.MoveParticipantRequest{
		Room: from, Identity: identity, DestinationRoom: to,
	})
	return err
}

// resume does what a client does whose signal connection was interrupted: it connects again, with the token that it has. The
// server's first answer is returned.
func (l *moveLab) resume(token string) *livekit.SignalResponse {
	header := http.Header{}
	testclient.SetAuthorizationToken(header, token)
	url := fmt.Sprintf("ws://127.0.0.1:%d/rtc?protocol=%d&reconnect=1", l.port, types.CurrentProtocol)
	conn, _, err := websocket.DefaultDialer.Dial(url, header)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(l.t, conn.SetReadDeadline(time.Now().Add(moveLimit)))
	_, message, err := conn.ReadMessage()
	require.NoError(l.t, err)
	response := &livekit.SignalResponse{}
	require.NoError(l.t, proto.Unmarshal(message, response))
	return response
}

func (l *moveLab) join(room, name string) *moveClient {
	return l.joinAs(room, name, nil)
}

func (l *moveLab) joinAs(room, name string, customize func(*auth.AccessToken, *auth.VideoGrant)) *moveClient {
	c := &moveClient{t: l.t, left: map[string]*livekit.ParticipantInfo{}}
	token := joinToken(room, name, customize)
	c.RTCClient = createRTCClientWithToken(token, l.port, testRTCServicePathv0, &testclient.Options{
		AutoSubscribe:             true,
		SignalResponseInterceptor: c.read,
	})
	l.t.Cleanup(c.Stop)
	waitUntilConnected(l.t, c.RTCClient)
	require.Eventually(l.t, func() bool {
		p := l.room(room).GetParticipant(livekit.ParticipantIdentity(name))
		return p != nil && p.State() == livekit.ParticipantInfo_ACTIVE
	}, moveLimit, 5*time.Millisecond)
	return c
}

// requireListed waits until the API lists exactly these identities.
func (l *moveLab) requireListed(room string, want ...string) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		res, err := l.rooms.ListParticipants(l.admin(room, ""), &livekit.ListParticipantsRequest{Room: room})
		require.NoError(l.t, err)
		return slices.Equal(identities(res.Participants), append([]string{}, want...))
	}, moveLimit, 10*time.Millisecond, "room %s should list %v", room, want)
}

// requireCounted waits until the API counts that many participants in the room. The limit is short: after a move the count is
// brought up to date at once, and not, as after other changes, within ten seconds.
func (l *moveLab) requireCounted(room string, want uint32) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		res, err := l.rooms.ListRooms(contextWithToken(listRoomToken()), &livekit.ListRoomsRequest{Names: []string{room}})
		require.NoError(l.t, err)
		return len(res.Rooms) == 1 && res.Rooms[0].NumParticipants == want
	}, 2*time.Second, 10*time.Millisecond, "room %s should count %d", room, want)
}

// requireGone checks that somebody is in neither room, left each room once that was joined, and that no node answers for them.
func (l *moveLab) requireGone(identity, from, to string) {
	l.t.Helper()
	l.requireListed(from)
	l.requireListed(to)
	// What is listed comes from the store, and who leaves is taken out of the room itself a moment before or after that.
	require.Eventually(l.t, func() bool {
		id := livekit.ParticipantIdentity(identity)
		return l.room(from).GetParticipant(id) == nil && l.room(to).GetParticipant(id) == nil
	}, moveLimit, 10*time.Millisecond, "%s should be in neither room", identity)
	require.Eventually(l.t, func() bool {
		return len(l.events.named("participant_left", from, identity)) == 1 &&
			len(l.events.named("participant_left", to, identity)) == len(l.events.named("participant_joined", to, identity))
	}, moveLimit, 20*time.Millisecond, "events: %v", l.events.of(identity))
	require.LessOrEqual(l.t, len(l.events.named("participant_joined", to, identity)), 1)
	require.Empty(l.t, l.events.named("participant_connection_aborted", from, identity))
	require.Empty(l.t, l.events.named("participant_connection_aborted", to, identity))
}

func (l *moveLab) requireTokenFor(room, identity, token string) {
	verifier, err := auth.ParseAPIToken(token)
	require.NoError(l.t, err)
	_, claims, err := verifier.Verify(testApiSecret)
	require.NoError(l.t, err)
	require.Equal(l.t, identity, claims.Identity)
	require.Equal(l.t, room, claims.Video.Room)
	require.True(l.t, claims.Video.RoomJoin)
}

func (l *moveLab) trackIDs(room, identity string) []string {
	info, err := l.rooms.GetParticipant(l.admin(room, ""), &livekit.RoomParticipantIdentity{Room: room, Identity: identity})
	require.NoError(l.t, err)
	var ids []string
	for _, track := range info.Tracks {
		ids = append(ids, track.Sid)
	}
	return ids
}

func (l *moveLab) waitForEvent(event, room, identity string) *livekit.WebhookEvent {
	l.t.Helper()
	var found []*livekit.WebhookEvent
	require.Eventually(l.t, func() bool {
		found = l.events.named(event, room, identity)
		return len(found) > 0
	}, moveLimit, 5*time.Millisecond, "no %s in room %s for %q", event, room, identity)
	return found[0]
}

// requireEvents waits until the webhooks told exactly this about a participant, in any order.
func (l *moveLab) requireEvents(identity string, want ...string) {
	l.t.Helper()
	want = append([]string{}, want...)
	slices.Sort(want)
	require.Eventually(l.t, func() bool { return slices.Equal(want, l.events.of(identity)) },
		moveLimit, 5*time.Millisecond, "want %v", want)
	require.Equal(l.t, want, l.events.of(identity))
}

// ------------------------------------------------------------

// moveClient is a WebRTC client that remembers what it was told about moves and departures.
type moveClient struct {
	*testclient.RTCClient
	t *testing.T

	lock     sync.Mutex
	received []*livekit.RoomMovedResponse
	left     map[string]*livekit.ParticipantInfo
	leave    *livekit.LeaveRequest
}

func (c *moveClient) read(res *livekit.SignalResponse, next testclient.SignalResponseHandler) error {
	c.lock.Lock()
	switch message := res.Message.(type) {
	case *livekit.SignalResponse_RoomMoved:
		c.received = append(c.received, message.RoomMoved)
	case *livekit.SignalResponse_Leave:
		c.leave = message.Leave
	case *livekit.SignalResponse_Update:
		for _, info := range message.Update.Participants {
			if info.State == livekit.ParticipantInfo_DISCONNECTED {
				c.left[info.Sid] = info
			}
		}
	}
	c.lock.Unlock()
	return next(res)
}

func (c *moveClient) moves() []*livekit.RoomMovedResponse {
	c.lock.Lock()
	defer c.lock.Unlock()
	return slices.Clone(c.received)
}

// movedTo waits until the client is told that it is in that room, and returns the message.
func (c *moveClient) movedTo(room string) *livekit.RoomMovedResponse {
	c.t.Helper()
	var last *livekit.RoomMovedResponse
	require.Eventually(c.t, func() bool {
		if moves := c.moves(); len(moves) > 0 {
			last = moves[len(moves)-1]
		}
		return last.GetRoom().GetName() == room
	}, moveLimit, time.Millisecond)
	return last
}

// sid is the client's session id in the room that it knows to be in.
func (c *moveClient) sid() string {
	if moves := c.moves(); len(moves) > 0 {
		return moves[len(moves)-1].Participant.Sid
	}
	return string(c.ID())
}

func (c *moveClient) sawLeave(sid string) *livekit.ParticipantInfo {
	var info *livekit.ParticipantInfo
	require.Eventually(c.t, func() bool {
		c.lock.Lock()
		defer c.lock.Unlock()
		info = c.left[sid]
		return info != nil
	}, moveLimit, 5*time.Millisecond)
	return info
}

func (c *moveClient) isToldToLeave() {
	require.Eventually(c.t, func() bool {
		c.lock.Lock()
		defer c.lock.Unlock()
		return c.leave.GetAction() == livekit.LeaveRequest_DISCONNECT && c.leave != nil
	}, moveLimit, 5*time.Millisecond)
}

// publishAudio publishes a track with frames in it, and returns its id.
func (c *moveClient) publishAudio() string {
	writer, err := c.AddStaticTrack("audio/opus", "audio", "phone")
	require.NoError(c.t, err)
	c.t.Cleanup(writer.Stop)
	require.Eventually(c.t, func() bool { return len(c.GetPublishedTrackIDs()) == 1 }, moveLimit, 5*time.Millisecond)
	return c.GetPublishedTrackIDs()[0]
}

// hears waits until this client receives a track of that session, and packets.
func (c *moveClient) hears(sid string) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		return len(c.SubscribedTracks()[livekit.ParticipantID(sid)]) == 1
	}, moveLimit, 5*time.Millisecond, "does not hear %s", sid)
	before := c.BytesReceived()
	require.Eventually(c.t, func() bool { return c.BytesReceived() > before }, moveLimit, 5*time.Millisecond)
}

// hearsNobody waits until this client receives no track any more.
func (c *moveClient) hearsNobody() {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		for _, tracks := range c.SubscribedTracks() {
			if len(tracks) > 0 {
				return false
			}
		}
		return true
	}, moveLimit, 5*time.Millisecond, "still hears somebody")
}

func leave(p types.LocalParticipant) {
	_ = p.Close(true, types.ParticipantCloseReasonClientRequestLeave, false)
}

// ------------------------------------------------------------

// eventLog receives webhooks and keeps them in the order of arrival.
type eventLog struct {
	lock   sync.Mutex
	events []*livekit.WebhookEvent
}

func (e *eventLog) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	keys := auth.NewFileBasedKeyProviderFromMap(map[string]string{testApiKey: testApiSecret})
	data, err := webhook.Receive(r, keys)
	if err != nil {
		return
	}
	event := &livekit.WebhookEvent{}
	if err := protojson.Unmarshal(data, event); err != nil {
		return
	}
	e.lock.Lock()
	e.events = append(e.events, event)
	e.lock.Unlock()
}

func (e *eventLog) clear() {
	e.lock.Lock()
	e.events = nil
	e.lock.Unlock()
}

func (e *eventLog) named(event, room, identity string) []*livekit.WebhookEvent {
	e.lock.Lock()
	defer e.lock.Unlock()
	return slices.DeleteFunc(slices.Clone(e.events), func(ev *livekit.WebhookEvent) bool {
		return ev.Event != event || ev.Room.GetName() != room || ev.Participant.GetIdentity() != identity
	})
}

// of returns "event room" for each event of one participant. The server sends events in no strict order, so they are sorted.
func (e *eventLog) of(identity string) []string {
	e.lock.Lock()
	defer e.lock.Unlock()
	lines := []string{}
	for _, ev := range e.events {
		if ev.Participant.GetIdentity() == identity {
			lines = append(lines, ev.Event+" "+ev.Room.GetName())
		}
	}
	slices.Sort(lines)
	return lines
}

func identities(participants []*livekit.ParticipantInfo) []string {
	names := []string{}
	for _, p := range participants {
		names = append(names, p.Identity)
	}
	slices.Sort(names)
	return names
}

func requireCode(t *testing.T, code twirp.ErrorCode, err error) {
	t.Helper()
	require.Error(t, err)
	var failure twirp.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, code, failure.Code(), "%v", err)
}
