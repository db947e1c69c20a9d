package flight

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestConsulsTokenIsNotCarriedAlongRedirects(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	consul := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer consul.Close()
	_, err := get(t, connect(t, Options{Consul: consul.URL, ConsulToken: "acl"}))
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "307") || elsewhere.Load() != 0 {
		t.Errorf("failed with %v after %d queries elsewhere", err, elsewhere.Load())
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	const nowhere = "http://127.0.0.1:1"
	if os.Getenv("HTTP_PROXY") != nowhere {
		// net/http reads the environment once: it takes a process of its own.
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "HTTP_PROXY="+nowhere, "HTTPS_PROXY="+nowhere, "NO_PROXY=", "no_proxy=")
		if output, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, output)
		}
		return
	}
	// Loopback itself is never reached through a proxy.
	here := func(address string) string { return strings.Replace(address, "127.0.0.1", "0.0.0.0", 1) }
	consul := startAgent(t, here(serveFlights(t, flights{get: named("one")})))
	if name, err := get(t, connect(t, Options{Consul: here(consul.URL)})); name != "one" || err != nil {
		t.Errorf("answered %q, %v", name, err)
	}
}
