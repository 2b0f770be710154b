package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

func TestSignInGivesACookieThatOnlyTheServerReads(t *testing.T) {
	r := apitest.New(t)
	c := consolev1connect.NewSessionServiceClient(http.DefaultClient, r.URL)
	got, err := c.SignIn(t.Context(), connect.NewRequest(&consolev1.SignInRequest{Code: r.Code("ana", alert.Analyst)}))
	if err != nil {
		t.Fatal(err)
	}
	set := got.Header().Get("Set-Cookie")
	for _, want := range []string{"farmwatch_session=" + got.Msg.GetToken(), "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("cookie %q lacks %s", set, want)
		}
	}
	ask := connect.NewRequest(&consolev1.GetSessionRequest{})
	ask.Header().Set("Cookie", strings.Split(set, ";")[0])
	who, err := c.GetSession(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if m := who.Msg; m.GetSession().GetUser() != "ana" || m.GetSession().GetRole() != "analyst" || m.GetInstallServer() != "collector.example:7443" || m.GetScale().GetMedium() != 50 {
		t.Errorf("session = %v", m)
	}
	leave := connect.NewRequest(&consolev1.SignOutRequest{})
	leave.Header().Set("Cookie", strings.Split(set, ";")[0])
	if _, err := c.SignOut(t.Context(), leave); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSession(t.Context(), ask)
	wantCode(t, err, connect.CodeUnauthenticated, "not signed in")
	_, err = c.SignIn(t.Context(), connect.NewRequest(&consolev1.SignInRequest{Code: "guess"}))
	wantCode(t, err, connect.CodeUnauthenticated, "ask for a new link")
}

func TestTheConsoleIsServed(t *testing.T) {
	r := apitest.New(t)
	for _, tt := range []struct{ path, contains, cache string }{
		{"/", "<title>farmwatch", "no-store"},
		{"/alerts/123?x=1", "<title>farmwatch", "no-store"},
		{"/index.html", "<title>farmwatch", "no-store"},
		{"/assets/app-1a.js", "export {}", "immutable"},
		{"/healthz", "ok", ""},
	} {
		response, err := http.Get(r.URL + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), tt.contains) || !strings.Contains(response.Header.Get("Cache-Control"), tt.cache) {
			t.Errorf("%s: %s %q %v", tt.path, response.Status, body, err)
		}
		if csp := response.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", tt.path, csp)
		}
	}
	gone, err := http.Get(r.URL + "/assets/app-old.js")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Body.Close()
	if gone.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is gone: %s", gone.Status)
	}
}

func TestAnotherSiteCannotActForABrowser(t *testing.T) {
	r := apitest.New(t)
	token := r.Token("ana", alert.Analyst)
	post := func(edit func(*http.Request)) int {
		ask, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+consolev1connect.SessionServiceGetSessionProcedure, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		ask.Header.Set("Content-Type", "application/json")
		ask.Header.Set("Connect-Protocol-Version", "1")
		ask.AddCookie(&http.Cookie{Name: "farmwatch_session", Value: token})
		edit(ask)
		response, err := http.DefaultClient.Do(ask)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if got := post(func(*http.Request) {}); got != http.StatusOK {
		t.Errorf("the console itself: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }); got != http.StatusForbidden {
		t.Errorf("another origin: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); got != http.StatusForbidden {
		t.Errorf("cross-site: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }); got != http.StatusUnsupportedMediaType {
		t.Errorf("a form's content type: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Del("Connect-Protocol-Version") }); got != http.StatusBadRequest {
		t.Errorf("without the protocol's header: %d", got)
	}
}

// Over TLS no neighbour of the domain may plant a session of its own choice.
func TestOverTLSTheCookieIsOfThisHostAlone(t *testing.T) {
	r := apitest.New(t)
	r.Server.Secure = true
	c := consolev1connect.NewSessionServiceClient(http.DefaultClient, r.URL)
	got, err := c.SignIn(t.Context(), connect.NewRequest(&consolev1.SignInRequest{Code: r.Code("ana", alert.Analyst)}))
	if err != nil {
		t.Fatal(err)
	}
	set := got.Header().Get("Set-Cookie")
	if !strings.HasPrefix(set, "__Host-farmwatch_session="+got.Msg.GetToken()) || !strings.Contains(set, "; Secure") || strings.Contains(set, "Domain") {
		t.Errorf("cookie %q", set)
	}
	ask := connect.NewRequest(&consolev1.GetSessionRequest{})
	ask.Header().Set("Cookie", "farmwatch_session="+got.Msg.GetToken())
	_, err = c.GetSession(t.Context(), ask)
	wantCode(t, err, connect.CodeUnauthenticated, "not signed in")
	ask = connect.NewRequest(&consolev1.GetSessionRequest{})
	ask.Header().Set("Cookie", strings.Split(set, ";")[0])
	if _, err := c.GetSession(t.Context(), ask); err != nil {
		t.Errorf("with its own cookie: %v", err)
	}
}
