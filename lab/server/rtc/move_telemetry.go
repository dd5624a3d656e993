// The part of a participant that tells the webhooks and the statistics in which room its tracks are. NewMovableTelemetry is
// called when a session starts (see edits.ts); Move points it at another room. It leaves out joins and departures: those are
// reported by RoomManager.
package rtc

import (
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/codecs/mime"
	"github.com/livekit/protocol/livekit"

	"github.com/livekit/livekit-server/pkg/rtc/types"
	"github.com/livekit/livekit-server/pkg/telemetry"
)

// movableTelemetry forwards to the listener of the room in which the participant is now. Media tracks and subscriptions keep the
// listener with which they were created, so the indirection has to be in the listener and not in the participant.
type movableTelemetry struct {
	current atomic.Pointer[types.ParticipantTelemetryListener]
}

var _ types.ParticipantTelemetryListener = (*movableTelemetry)(nil)

// NewMovableTelemetry returns a telemetry listener that starts in the given room and follows its participant.
func NewMovableTelemetry(room *Room) types.ParticipantTelemetryListener {
	m := &movableTelemetry{}
	m.pointAt(room.ParticipantTelemetryListener())
	return m
}

func (m *movableTelemetry) pointAt(listener types.ParticipantTelemetryListener) {
	m.current.Store(&listener)
}

func (m *movableTelemetry) mute() {
	m.pointAt(&types.NullParticipantTelemetryListener{})
}

func (m *movableTelemetry) listener() types.ParticipantTelemetryListener {
	return *m.current.Load()
}

func (m *movableTelemetry) OnTrackPublishRequested(pID livekit.ParticipantID, identity livekit.ParticipantIdentity, ti *livekit.TrackInfo, shouldSendEvent bool) {
	m.listener().OnTrackPublishRequested(pID, identity, ti, shouldSendEvent)
}

func (m *movableTelemetry) OnTrackPublished(pID livekit.ParticipantID, identity livekit.ParticipantIdentity, ti *livekit.TrackInfo, shouldSendEvent bool) {
	m.listener().OnTrackPublished(pID, identity, ti, shouldSendEvent)
}

func (m *movableTelemetry) OnTrackUnpublished(pID livekit.ParticipantID, identity livekit.ParticipantIdentity, ti *livekit.TrackInfo, wasPublishedLocally bool, shouldSendEvent bool) {
	m.listener().OnTrackUnpublished(pID, identity, ti, wasPublishedLocally, shouldSendEvent)
}

func (m *movableTelemetry) OnTrackSubscribeRequested(pID livekit.ParticipantID, ti *livekit.TrackInfo) {
	m.listener().OnTrackSubscribeRequested(pID, ti)
}

func (m *movableTelemetry) OnTrackSubscribed(pID livekit.ParticipantID, ti *livekit.TrackInfo, publisherInfo *livekit.ParticipantInfo, shouldSendEvent bool) {
	m.listener().OnTrackSubscribed(pID, ti, publisherInfo, shouldSendEvent)
}

func (m *movableTelemetry) OnTrackUnsubscribed(pID livekit.ParticipantID, ti *livekit.TrackInfo, shouldSendEvent bool) {
	m.listener().OnTrackUnsubscribed(pID, ti, shouldSendEvent)
}

func (m *movableTelemetry) OnTrackSubscribeFailed(pID livekit.ParticipantID, trackID livekit.TrackID, err error, isUserError bool) {
	m.listener().OnTrackSubscribeFailed(pID, trackID, err, isUserError)
}

func (m *movableTelemetry) OnTrackSubscribeStreamStarted(pID livekit.ParticipantID, ti *livekit.TrackInfo, elapsed time.Duration) {
	m.listener().OnTrackSubscribeStreamStarted(pID, ti, elapsed)
}

func (m *movableTelemetry) OnTrackMuted(pID livekit.ParticipantID, ti *livekit.TrackInfo) {
	m.listener().OnTrackMuted(pID, ti)
}

func (m *movableTelemetry) OnTrackUnmuted(pID livekit.ParticipantID, ti *livekit.TrackInfo) {
	m.listener().OnTrackUnmuted(pID, ti)
}

func (m *movableTelemetry) OnTrackPublishedUpdate(pID livekit.ParticipantID, ti *livekit.TrackInfo) {
	m.listener().OnTrackPublishedUpdate(pID, ti)
}

func (m *movableTelemetry) OnTrackMaxSubscribedVideoQuality(pID livekit.ParticipantID, ti *livekit.TrackInfo, mime mime.MimeType, maxQuality livekit.VideoQuality) {
	m.listener().OnTrackMaxSubscribedVideoQuality(pID, ti, mime, maxQuality)
}

func (m *movableTelemetry) OnTrackPublishRTPStats(pID livekit.ParticipantID, trackID livekit.TrackID, mimeType mime.MimeType, layer int, stats *livekit.RTPStats) {
	m.listener().OnTrackPublishRTPStats(pID, trackID, mimeType, layer, stats)
}

func (m *movableTelemetry) OnTrackSubscribeRTPStats(pID livekit.ParticipantID, trackID livekit.TrackID, mimeType mime.MimeType, stats *livekit.RTPStats) {
	m.listener().OnTrackSubscribeRTPStats(pID, trackID, mimeType, stats)
}

func (m *movableTelemetry) OnTrackStats(key telemetry.StatsKey, stat *livekit.AnalyticsStat) {
	m.listener().OnTrackStats(key, stat)
}
