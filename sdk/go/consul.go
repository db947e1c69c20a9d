package flight

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/resolver"
)

// pace is how often Consul is asked. Chance shortens each pause by up to a half,
// so that many clients don't ask in step.
type pace struct {
	// floor is the pause from an answer to the next query, however often the set
	// changes.
	floor time.Duration
	// blind is the same when Consul named no index to wait on.
	blind time.Duration
	// backoff is the pause after failures.
	backoff backoff
}

var usualPace = pace{
	floor:   100 * time.Millisecond,
	blind:   2 * time.Second,
	backoff: backoff{least: 250 * time.Millisecond, most: 5 * time.Second},
}

// consulBuilder makes gRPC call the instances of a service that pass their
// checks in Consul, by blocking queries.
//
// See https://developer.hashicorp.com/consul/api-docs/features/blocking.
type consulBuilder struct {
	agent   *consulAgent
	service string
	pace    pace

	mu sync.Mutex
	// known is the last set that was not empty. It outlives the resolver, which a
	// channel closes when it has been idle for long.
	known []string
}

func (*consulBuilder) Scheme() string { return "flight-consul" }

func (b *consulBuilder) Build(_ resolver.Target, channel resolver.ClientConn, _ resolver.BuildOptions) (resolver.Resolver, error) {
	ctx, cancel := context.WithCancel(context.Background())
	built := &consulResolver{builder: b, channel: channel, cancel: cancel}
	if known := b.lastKnown(); known != nil {
		built.tell(known)
	}
	built.running.Go(func() { built.follow(ctx) })
	return built, nil
}

func (b *consulBuilder) lastKnown() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known
}

// learn keeps a set, and says whether it is another than the last.
func (b *consulBuilder) learn(addresses []string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Equal(b.known, addresses) {
		return false
	}
	b.known = addresses
	return true
}

// consulResolver follows the set as long as a channel is in use.
type consulResolver struct {
	builder *consulBuilder
	channel resolver.ClientConn
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// ResolveNow does nothing: Consul says by itself when the set changes.
func (*consulResolver) ResolveNow(resolver.ResolveNowOptions) {}

func (r *consulResolver) Close() {
	r.cancel()
	r.running.Wait()
}

func (r *consulResolver) follow(ctx context.Context) {
	agent, service, pace := r.builder.agent, r.builder.service, r.builder.pace
	var index uint64
	for failures := 0; ctx.Err() == nil; {
		addresses, next, err := agent.healthy(ctx, service, index)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			index = 0
			failures++
			r.channel.ReportError(err)
			_ = pause(ctx, pace.backoff.after(failures))
		default:
			failures = 0
			r.accept(addresses)
			// An index that goes backwards begins anew, as Consul's documentation asks: the agent was replaced.
			if next < index {
				next = 0
			}
			index = next
			_ = pause(ctx, pace.afterAnswer(index))
		}
	}
}

// afterAnswer is how long to leave Consul alone.
func (p pace) afterAnswer(index uint64) time.Duration {
	if index == 0 {
		return jittered(p.blind)
	}
	return jittered(p.floor)
}

// accept takes an answer. An empty one never takes the last address away: an
// agent that lost its state, or whose token is bad, answers the same. As after
// any error, gRPC goes on with the set that it has, and fails calls at once
// where it has none.
func (r *consulResolver) accept(addresses []string) {
	if len(addresses) == 0 {
		r.channel.ReportError(fmt.Errorf("no instance of %s passes its checks in Consul", r.builder.service))
		return
	}
	if r.builder.learn(addresses) {
		r.tell(addresses)
	}
}

func (r *consulResolver) tell(addresses []string) {
	// An error would say to resolve anew, which happens anyway.
	_ = r.channel.UpdateState(resolver.State{Endpoints: toEndpoints(addresses)})
}
