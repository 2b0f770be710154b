// Command peers is two ends of a call, and a relay for calls, for tests of what an agent
// sees of them: real WebRTC by pion, with no picture and no sound.
//
//	peers call ADDRESS [stun:…|turn:…]   calls whoever answers at a TCP address
//	peers answer ADDRESS [stun:…|turn:…] answers whoever calls there
//	peers relay IP:PORT                  is a STUN and TURN server
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/pion/turn/v4"
	"github.com/pion/webrtc/v4"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "peers call|answer|relay ADDRESS [SERVER]")
		os.Exit(2)
	}
	run := map[string]func(string, []string) error{"call": call, "answer": answer, "relay": relay}[os.Args[1]]
	if err := run(os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func call(address string, servers []string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	peer, err := webrtc.NewPeerConnection(configuration(servers))
	if err != nil {
		return err
	}
	defer peer.Close()
	open := make(chan struct{})
	channel, err := peer.CreateDataChannel("words", nil)
	if err != nil {
		return err
	}
	channel.OnOpen(func() { close(open) })
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := tell(conn, peer, offer); err != nil {
		return err
	}
	var theirs webrtc.SessionDescription
	if err := json.NewDecoder(conn).Decode(&theirs); err != nil {
		return err
	}
	if err := peer.SetRemoteDescription(theirs); err != nil {
		return err
	}
	select {
	case <-open:
		fmt.Println("talking")
		time.Sleep(3 * time.Second)
		return nil
	case <-time.After(20 * time.Second):
		return fmt.Errorf("nobody can be reached: %s", peer.ConnectionState())
	}
}

func answer(address string, servers []string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		if err := take(conn, servers); err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
		}
	}
}

func take(conn net.Conn, servers []string) error {
	defer conn.Close()
	var theirs webrtc.SessionDescription
	if err := json.NewDecoder(conn).Decode(&theirs); err != nil {
		return err
	}
	peer, err := webrtc.NewPeerConnection(configuration(servers))
	if err != nil {
		return err
	}
	time.AfterFunc(30*time.Second, func() { _ = peer.Close() })
	if err := peer.SetRemoteDescription(theirs); err != nil {
		return err
	}
	ours, err := peer.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return tell(conn, peer, ours)
}

// tell sends what is said of this end, with all its addresses.
func tell(conn net.Conn, peer *webrtc.PeerConnection, said webrtc.SessionDescription) error {
	gathered := webrtc.GatheringCompletePromise(peer)
	if err := peer.SetLocalDescription(said); err != nil {
		return err
	}
	<-gathered
	return json.NewEncoder(conn).Encode(peer.LocalDescription())
}

// configuration goes by way of the relay alone where one is named.
func configuration(servers []string) webrtc.Configuration {
	var c webrtc.Configuration
	for _, server := range servers {
		c.ICEServers = append(c.ICEServers, webrtc.ICEServer{URLs: []string{server}, Username: "kim", Credential: "correct-horse"})
		if strings.HasPrefix(server, "turn:") {
			c.ICETransportPolicy = webrtc.ICETransportPolicyRelay
		}
	}
	return c
}

func relay(address string, _ []string) error {
	at, err := net.ResolveUDPAddr("udp4", address)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", at)
	if err != nil {
		return err
	}
	_, err = turn.NewServer(turn.ServerConfig{
		Realm: "relay.test",
		AuthHandler: func(username, realm string, _ net.Addr) ([]byte, bool) {
			return turn.GenerateAuthKey(username, realm, "correct-horse"), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: at.IP, Address: at.IP.String()},
		}},
	})
	if err != nil {
		return err
	}
	select {}
}
