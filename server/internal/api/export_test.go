package api

import "time"

// BeatEvery lets a test wait less than 20 s for a heartbeat.
func (s *Server) BeatEvery(d time.Duration) { s.beat = d }
