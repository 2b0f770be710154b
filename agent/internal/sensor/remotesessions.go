package sensor

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// remoteSession is one time that somebody controlled this machine, or that
// somebody here controlled another.
type remoteSession struct {
	Tool      string `column:"tool,key,public" about:"which of the catalogue's tools was used"`
	Source    string `column:"source,key,public" about:"which log says so, such as connection_trace, xrdp_log or eventlog"`
	Direction string `column:"direction,public" about:"incoming where this machine was controlled, outgoing where another was controlled from here, or unknown"`
	State     string `column:"state,public" about:"active, ended, or unknown where a begin has no end and nothing shows that it lasts"`
	Approval  string `column:"approval,public" about:"how it was let in: person (somebody here agreed), password, unattended (nobody had to), or unknown"`
	Kind      string `column:"kind,public" about:"what it was for: screen, files, shell or unknown"`
	Started   string `column:"started,key,public" about:"when it began"`
	Ended     string `column:"ended,public" about:"when it ended"`
	Peer      string `column:"peer,key,pseudonym" about:"the other side, as the log names it: a number, name or address"`
	PeerScope string `column:"peer_scope,public" about:"where the other side is: loopback, private (the local network), public or unknown"`
	Account   string `column:"account,pseudonym" about:"account on the controlled machine"`
}

// RemoteSessions looks at what remote-access software writes of its sessions.
func RemoteSessions() Sensor {
	return Define(Options{
		Class: "remote_sessions", Every: 15 * time.Second,
		About: "Looks at when remote-access software says that a session began and ended, to know whether somebody else controls this laptop now or did within the last day.",
	}, collectRemoteSessions)
}

func collectRemoteSessions(context.Context, host.Host) ([]remoteSession, error) {
	return nil, host.ErrUnsupported
}
