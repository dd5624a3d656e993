// RoomService.MoveParticipant for a server whose two rooms are on one node. Package rtc moves the participant between the rooms;
// this file does what belongs to the node: answers on the participant's topics, the store, the webhooks, the token.
package service

import (
	"context"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"

	"github.com/livekit/livekit-server/pkg/rtc"
	"github.com/livekit/livekit-server/pkg/rtc/types"
)

var (
	errMoveDestinationNotFound  = psrpc.NewErrorf(psrpc.NotFound, "the destination room does not exist")
	errMoveDestinationElsewhere = psrpc.NewErrorf(psrpc.FailedPrecondition, "the destination room is on another node; create both rooms with the same node id")
)

// MoveParticipant moves a participant to another room of this node. It stays where it was on every error but one: when it leaves
// during the move, it is in neither room.
func (r *RoomManager) MoveParticipant(ctx context.Context, req *livekit.MoveParticipantRequest) (*livekit.MoveParticipantResponse, error) {
	from, p, err := r.roomAndParticipantForReq(ctx, req)
	if err != nil {
		return nil, err
	}
	to, err := r.holdDestination(ctx, livekit.RoomName(req.DestinationRoom))
	if err != nil {
		return nil, err
	}
	defer to.Release()
	if to == from {
		return nil, ErrDestinationSameAsSourceRoom
	}
	if to.GetParticipant(p.Identity()) != nil {
		// Checked again when it counts; here it keeps us from listening on that participant's topic.
		return nil, rtc.ErrMoveIdentityTaken
	}

	token, err := r.tokenForRoom(p, to.Name())
	if err != nil {
		return nil, err
	}
	// The request's context ends with the topic that the participant leaves.
	session := &movedSession{manager: r, room: to, ctx: context.WithoutCancel(ctx)}
	if err := session.listen(p.Identity()); err != nil {
		return nil, err
	}
	err = rtc.Move{
		Participant:    p,
		From:           from,
		To:             to,
		Helper:         r.participantHelper(to),
		PreviousHelper: r.participantHelper(from),
		Token:          token,
		OnJoined:       session.joined,
		OnLeft:         session.left,
	}.Run()
	if err != nil {
		session.server.Kill()
		p.GetLogger().Infow("participant not moved", "destinationRoom", to.Name(), "reason", err)
		return nil, err
	}
	return &livekit.MoveParticipantResponse{}, nil
}

// holdDestination returns the room, kept from closing for being empty until it is released.
func (r *RoomManager) holdDestination(ctx context.Context, name livekit.RoomName) (*rtc.Room, error) {
	room := r.GetRoom(ctx, name)
	if room != nil && room.Hold() {
		return room, nil
	}
	if room == nil {
		if exists, err := r.roomStore.RoomExists(ctx, name); err == nil && exists {
			return nil, errMoveDestinationElsewhere
		}
	}
	return nil, errMoveDestinationNotFound
}

func (r *RoomManager) participantHelper(room *rtc.Room) types.LocalParticipantHelper {
	return &roomManagerParticipantHelper{room: room, codecRegressionThreshold: r.config.Video.CodecRegressionThreshold}
}

// tokenForRoom makes the token with which the client reconnects after the move: its present claims, for the other room. It
// lives as long as the one that the client came with, and at least ten minutes; the session refreshes it every five.
func (r *RoomManager) tokenForRoom(p types.LocalParticipant, room livekit.RoomName) (string, error) {
	key, secret, err := r.getFirstKeyPair()
	if err != nil {
		return "", err
	}
	grants := p.ClaimGrants().Clone()
	grants.Video.Room = string(room)
	validFor := max(tokenDefaultTTL, time.Until(p.TokenExpiresAt()))
	return auth.NewAccessToken(key, secret).
		SetName(grants.Name).
		SetIdentity(string(p.Identity())).
		SetKind(grants.GetParticipantKind()).
		SetValidFor(validFor).
		SetMetadata(grants.Metadata).
		SetAttributes(grants.Attributes).
		SetVideoGrant(grants.Video).
		SetRoomConfig(grants.GetRoomConfiguration()).
		SetRoomPreset(grants.RoomPreset).
		ToJWT()
}

// movableLogger makes the logger of a session, with fields that a move can change (see edits.ts).
func movableLogger(room *rtc.Room, identity livekit.ParticipantIdentity, sid livekit.ParticipantID) (logger.Logger, logger.DeferredFieldResolver) {
	l, resolver := logger.GetLogger().WithItemSampler().WithDeferredValues()
	resolver.Resolve(rtc.MovableLogFields(room, identity, sid)...)
	return l, resolver
}

// noReporterResolver stands for the one that the open-source server leaves out and that a move resets.
type noReporterResolver struct{}

func (noReporterResolver) Resolve(livekit.RoomName, livekit.RoomID, livekit.ParticipantIdentity, livekit.ParticipantID) {
}
func (noReporterResolver) Reset() {}

// movedSession is the node's side of a participant's stay in the room that it moved to: what StartSession sets up for one that
// connects.
type movedSession struct {
	manager *RoomManager
	room    *rtc.Room
	ctx     context.Context
	topic   rpc.ParticipantTopic
	server  rpc.TypedParticipantServer
	// stopServer is set when the participant has joined.
	stopServer func()
}

// listen answers requests for the participant in its new room. Until it is there, the answer is "not found".
func (s *movedSession) listen(identity livekit.ParticipantIdentity) error {
	server, err := rpc.NewTypedParticipantServer(s.manager, s.manager.bus)
	if err != nil {
		return err
	}
	s.server, s.topic = server, rpc.FormatParticipantTopic(s.room.Name(), identity)
	if err := server.RegisterAllParticipantTopics(s.topic); err != nil {
		server.Kill()
		return err
	}
	return nil
}

func (s *movedSession) joined(p types.LocalParticipant) {
	s.stopServer = s.manager.participantServers.Replace(s.topic, s.server)
	p.OnICEConfigChanged(func(p types.LocalParticipant, iceConfig *livekit.ICEConfig) {
		s.manager.iceConfigCache.Put(iceConfigCacheKey{s.room.Name(), p.Identity()}, iceConfig)
	})

	node := s.manager.currentNode
	meta := &livekit.AnalyticsClientMeta{Region: node.Region(), Node: string(node.NodeID())}
	telemetry, room, info := s.manager.telemetry, s.room.ToProto(), p.ToProto()
	telemetry.ParticipantJoined(s.ctx, room, info, p.GetClientInfo(), meta, true, p.TelemetryGuard())
	// This one sends the webhook, and without it the later departure would be reported as an aborted connection.
	telemetry.ParticipantActive(s.ctx, room, info, meta, false, false, p.TelemetryGuard())
}

func (s *movedSession) left(p types.LocalParticipant) {
	s.stopServer()
	if err := s.manager.roomStore.DeleteParticipant(s.ctx, s.room.Name(), p.Identity()); err != nil {
		p.GetLogger().Errorw("could not delete participant", err)
	}
	room := s.room.ToProto()
	if !p.Hidden() && !s.room.IsClosed() {
		if err := s.manager.roomStore.StoreRoom(s.ctx, room, s.room.Internal()); err != nil {
			p.GetLogger().Errorw("could not store room", err)
		}
	}
	s.manager.telemetry.ParticipantLeft(s.ctx, room, p.ToProto(), true, p.TelemetryGuard())
}

// checkMove answers what the store knows. Without it, a request for somebody who does not exist would wait for a node to answer,
// and then fail with "unavailable".
func (s *RoomService) checkMove(ctx context.Context, req *livekit.MoveParticipantRequest) error {
	if err := s.checkRoomExists(ctx, livekit.RoomName(req.Room), ErrRoomNotFound); err != nil {
		return err
	}
	if store, ok := s.roomStore.(OSSServiceStore); ok {
		found, err := store.HasParticipant(ctx, livekit.RoomName(req.Room), livekit.ParticipantIdentity(req.Identity))
		if err != nil {
			return err
		}
		if !found {
			return ErrParticipantNotFound
		}
	}
	return s.checkRoomExists(ctx, livekit.RoomName(req.DestinationRoom), errMoveDestinationNotFound)
}

func (s *RoomService) checkRoomExists(ctx context.Context, name livekit.RoomName, notFound error) error {
	exists, err := s.roomStore.RoomExists(ctx, name)
	if err != nil {
		return err
	}
	if !exists {
		return notFound
	}
	return nil
}
