package flight

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	// consulWait is how long Consul may hold an answer back while nothing changes.
	consulWait = 30 * time.Second
	// consulTimeout is how long an answer may take that is not held back.
	consulTimeout = 5 * time.Second
	// consulLimit is how much of an answer is read, in bytes.
	consulLimit = 16 << 20
)

// consulAgent asks a Consul agent.
type consulAgent struct {
	base   *url.URL
	token  string
	client *http.Client
}

// newConsulClient makes what asks an agent, unless the caller says. It uses no
// proxies of the environment, as calls don't either, and follows no redirects:
// they would carry the token along.
func newConsulClient() *http.Client {
	return &http.Client{
		// Longer than any pause between queries. Nothing closes what is idle when a client is closed.
		Transport:     &http.Transport{IdleConnTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// healthyEntry is what is read of each instance in Consul's answer.
type healthyEntry struct {
	Node    struct{ Address string }
	Service struct {
		Address string
		Port    int
	}
}

// healthy asks for the instances of a service that pass their checks. With the
// index of an earlier answer it waits until there is something newer, or for
// consulWait. It answers addresses in an order of their own, and the index to go
// on with: 0 when Consul named none.
func (a *consulAgent) healthy(ctx context.Context, service string, index uint64) ([]string, uint64, error) {
	timeout := consulTimeout
	query := url.Values{"passing": {"true"}}
	if index > 0 {
		query.Set("index", strconv.FormatUint(index, 10))
		query.Set("wait", consulWait.String())
		// Consul adds up to a sixteenth of the wait, so that not all ask again at once.
		timeout += consulWait + consulWait/16
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	target := a.base.JoinPath("v1/health/service", service)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, 0, err
	}
	if a.token != "" {
		request.Header.Set("X-Consul-Token", a.token)
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("the answer of Consul is %s", answer.Status)
	}
	var entries []healthyEntry
	if err := json.NewDecoder(io.LimitReader(answer.Body, consulLimit)).Decode(&entries); err != nil {
		return nil, 0, fmt.Errorf("the answer of Consul can't be read: %w", err)
	}
	// A header that is missing or makes no sense is 0, which does not wait.
	next, _ := strconv.ParseUint(answer.Header.Get("X-Consul-Index"), 10, 64)
	return toAddresses(entries), next, nil
}

func toAddresses(entries []healthyEntry) []string {
	addresses := make([]string, 0, len(entries))
	for _, entry := range entries {
		host := entry.Service.Address
		if host == "" {
			host = entry.Node.Address
		}
		addresses = append(addresses, net.JoinHostPort(host, strconv.Itoa(entry.Service.Port)))
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}
