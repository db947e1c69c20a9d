package flight

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is a pause that grows with failures in a row.
type backoff struct{ least, most time.Duration }

// after doubles the least pause with each failure after the first, up to the
// most. The upper half is by chance, so that many callers don't come back at
// once.
func (b backoff) after(failures int) time.Duration {
	ceiling := b.least
	for range failures - 1 {
		if ceiling *= 2; ceiling >= b.most {
			ceiling = b.most
			break
		}
	}
	return jittered(ceiling)
}

// jittered is half the duration and a part of the other half.
func jittered(duration time.Duration) time.Duration {
	return duration/2 + rand.N(duration/2+1)
}

// pause waits, or answers why the context ended.
func pause(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
